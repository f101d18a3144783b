//! Paths that code and settings name, of files that may not be the program's own.

use super::routes::is_of_route;
use super::{Source, files};
use crate::known::{Table, table};
use crate::semantics::is_within;

/// Folders that belong to the system or may be another's, and words about files and addresses.
static FACTS: Table = table!("places.txt");

/// Words about files, in the name of what a path is given to.
const FILES: &str = "word about files";

/// Those of [`FILES`] that no address has in its name.
const FILES_ALONE: &str = "word about files alone";

/// Words about addresses, whose paths are none of files.
const ADDRESSES: &str = "word about addresses";

/// Files that say how a program is to run, besides those that are for people and tools.
pub(super) fn is_settings(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_hidden = path.split('/').any(|part| part.starts_with('.') && !FACTS.has("hidden folder of settings", part));
    let is_of_tool = FACTS.of("start of settings of a tool").any(|tool| name.starts_with(tool))
        || path.contains("node_modules/")
        || path.contains("src/test/");
    let has_ending = FACTS.of("ending of settings").any(|ending| name.ends_with(ending));
    !files::is_for_people(path) && (name.starts_with(".env") || (has_ending && !is_hidden && !is_of_tool))
}

/// What may stand before a value in settings.
const OF_SETTINGS: &[char] = &['"', '\'', '`', '=', ':', '>', ' ', '-', ','];

const QUOTES: &[char] = &['"', '\'', '`'];

/// A string that starts with a folder of the system; in settings, a value that may be without quotes.
pub(crate) fn place(sources: &[Source<'_>]) -> Option<String> {
    sources.iter().find_map(|(path, text)| {
        let before = if is_settings(path) { OF_SETTINGS } else { QUOTES };
        let is_place = |at: usize| {
            let is_start = text[..at].ends_with(before) && !is_of_class_path(&text[..at]);
            is_start && !is_of_route(&text[..at], &text[at..])
        };
        let place =
            FACTS.of("place of the system").find(|place| text.match_indices(place).any(|(at, _)| is_place(at)))?;
        Some(format!("`{path}` has `{place}`"))
    })
}

/// The first path in `sources` that may be of a file or folder that the program writes, and is neither in one of the folders `own` nor for all.
pub(super) fn outside(sources: &[Source<'_>], own: &[String]) -> Option<String> {
    sources.iter().find_map(|(path, text)| {
        let lines: Vec<_> = text.lines().collect();
        let is_settings = is_settings(path);
        let place = lines.iter().enumerate().find_map(|(index, line)| {
            let places = if is_settings { values(line) } else { literals(line) };
            let mut places = places.into_iter().filter(|(_, place)| is_outside(place, own));
            places.find(|(at, place)| match is_settings {
                true => is_file_of_settings(path, &lines[..index], &line[..*at], place),
                false => {
                    !is_of_own_folder(&line[..*at])
                        && !is_no_string(path, &line[..*at])
                        && is_file_of_code(line, *at, place)
                }
            })
        });
        place.map(|(_, place)| format!("`{path}` has `{place}`"))
    })
}

/// Whether `place` is absolute, and not among what is the program's own, for all, or there to be read.
fn is_outside(place: &str, own: &[String]) -> bool {
    let is_of_web = FACTS.of("ending of the web").any(|ending| place.ends_with(ending));
    let is_path = !is_of_web && place[1..].starts_with(|first: char| first.is_alphanumeric() || "._".contains(first));
    let is_in = |folder: &str| is_within(place, folder);
    is_path && !own.iter().any(|folder| is_in(folder)) && !FACTS.of("place for all").any(is_in)
}

/// The part of `text` that is a path as written, up to what stands for something else.
fn path_at(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && !"/._-+@~".contains(c)).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', '-'])
}

/// The strings in a line of code that start with a slash, and what stands behind a colon in `${name:/folder}`.
fn literals(line: &str) -> Vec<(usize, &str)> {
    let is_default =
        |before: &str| before.ends_with(':') && before.rsplit(QUOTES).next().unwrap_or_default().starts_with("${");
    let starts = line.match_indices('/').filter(|(at, _)| line[..*at].ends_with(QUOTES) || is_default(&line[..*at]));
    starts.map(|(at, _)| (at, path_at(&line[at..]))).filter(|(_, path)| path.len() > 1).collect()
}

/// Whether what comes next is looked for among what the program brings with it.
fn is_of_class_path(before: &str) -> bool {
    before.ends_with("classpath:") || before.ends_with("classpath*:")
}

/// The values in a line of settings that start with a slash, or lead out of a folder.
fn values(line: &str) -> Vec<(usize, &str)> {
    if line.trim_start().starts_with(['#', ';', '/', '!']) || line.trim_start().starts_with("<!--") {
        return Vec::new();
    }
    let places = line.match_indices('/').map(|(at, _)| at - if line[..at].ends_with("..") { 2 } else { 0 });
    let starts = places.filter(|at| {
        let before = &line[..*at];
        !is_of_class_path(before)
            && (before.is_empty() || before.ends_with(OF_SETTINGS) || before.ends_with('('))
            && !line[*at..].starts_with("//")
    });
    starts.map(|at| (at, path_at(&line[at..]))).filter(|(_, path)| path.len() > 1).collect()
}

/// Whether one of the words of `kind` stands in `text`.
fn has_any(text: &str, kind: &str) -> bool {
    FACTS.sign(kind, text).is_some()
}

/// Whether `place` is called as folders of files are, or as files that are written.
fn looks_written(place: &str) -> bool {
    let first = place.split('/').nth(1).unwrap_or_default().to_ascii_lowercase();
    FACTS.has("folder that is written", &first)
        || FACTS.of("ending that is written").any(|ending| place.ends_with(ending))
}

/// Whether what ends `before` is put behind the folder of the program itself.
fn is_of_own_folder(before: &str) -> bool {
    let before = before.trim_end_matches(QUOTES).trim_end().to_ascii_lowercase();
    let is_it = |text: &str| FACTS.of("folder of the program itself").any(|folder| text.trim_end().ends_with(folder));
    let joined = before.strip_suffix(',').filter(|text| {
        text.rfind('(').is_some_and(|at| {
            text[..at].ends_with("path.join") || text.trim_end().ends_with("__dirname") && text[..at].ends_with("join")
        })
    });
    before.strip_suffix('+').is_some_and(is_it) || joined.is_some_and(|text| text.contains("__dirname") && is_it(text))
}

/// Whether the quote that ends `before` is none of Python, or stands in a comment.
fn is_no_string(path: &str, before: &str) -> bool {
    let start = before.trim_start();
    let is_of_numbers = [".py", ".rb"].iter().any(|ending| path.ends_with(ending));
    (is_of_numbers && (before.ends_with('`') || start.starts_with('#')))
        || start.starts_with("//")
        || start.starts_with("* ")
}

/// Whether `place` in code, at `at` of its line, may be of a file.
fn is_file_of_code(line: &str, at: usize, place: &str) -> bool {
    let before = &line[..at];
    if is_of_route(before, &line[at..]) {
        return false;
    }
    let call = before.trim_end_matches(QUOTES).trim_end_matches('$').trim_end().strip_suffix('(');
    let name = call.and_then(|call| call.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()).unwrap_or_default();
    if has_any(&name.to_ascii_lowercase(), "call that writes") {
        return true;
    }
    // What stands in other strings says nothing, if it is no name of a setting.
    let parts = line.split(QUOTES).enumerate().filter(|(index, part)| index % 2 == 0 || names_setting(part));
    let words = parts.map(|(_, part)| part).collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    let others = FACTS.of("word about no files").chain(FACTS.of("call for a setting"));
    let words = others.fold(words, |words, other| words.replace(other, " "));
    (has_any(&words, "word about files in code") || looks_written(place)) && !has_any(&words, ADDRESSES)
}

/// Whether a string names a variable or a key of settings: `UPLOAD_DIR`, `upload.dir`, `${upload.dir:...}`.
fn names_setting(text: &str) -> bool {
    let is_variable = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let is_key = text.contains('.') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    text.starts_with("${") || is_variable || is_key
}

/// Whether `place` in settings, with the lines above it and what stands `before` it, may be of a file.
fn is_file_of_settings(path: &str, above: &[&str], before: &str, place: &str) -> bool {
    let key = before.to_ascii_lowercase();
    let key = key.trim_matches(|c: char| !c.is_alphanumeric());
    let last = key.rsplit(|c: char| !c.is_alphanumeric() && !"-_".contains(c)).next().unwrap_or_default();
    if last.is_empty() || FACTS.has("key that says nothing alone", last) {
        let around = format!("{} {}", parents(above, before), key.strip_suffix(last).unwrap_or_default());
        return looks_written(place) || (has_any(&around, FILES) && !has_any(&around, ADDRESSES));
    }
    if place.starts_with("..") {
        return has_any(last, FILES_ALONE) || looks_written(place);
    }
    if has_any(last, ADDRESSES) {
        return has_any(last, FILES_ALONE);
    }
    let path = path.to_ascii_lowercase();
    let may_be_other = path.ends_with(".json") && !has_any(&path, "name of settings");
    !may_be_other || has_any(last, FILES) || looks_written(place)
}

/// The keys above a line of settings, by how far lines are indented.
fn parents(above: &[&str], line: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut least = indent(line);
    let mut parents = String::new();
    for line in above.iter().rev().filter(|line| !line.trim().is_empty()) {
        if indent(line) < least {
            least = indent(line);
            parents.push_str(&line.to_ascii_lowercase());
        }
    }
    parents
}

#[cfg(test)]
mod tests {
    use super::outside;

    #[test]
    fn a_path_counts_where_a_file_may_be_meant() {
        let own = ["/app".to_owned()];
        let of_code = [
            "static final String DIR = \"/uploads\";",
            "const LOG_FILE = '/weblogs/app.log'",
            "storage.init(\"/uploads\")",
            "@Value(\"${upload.dir:/pictures}\") String folder;",
            "os.environ.get(\"UPLOAD_DIR\", \"/pictures\")",
            "request.getPart(\"a\").write(\"/pictures/\" + name);",
        ];
        for text in of_code {
            assert!(outside(&[("a.java", text)], &own).is_some(), "{text}");
        }
        let of_settings = [
            "logging.file.name=/weblogs/app.log",
            "api.upload-dir=/pictures",
            "media: /pictures",
            "logging:\n  file:\n    path: /weblogs",
            "<file>/logs/a.log</file>",
            "<property name=\"LOG_HOME\" value=\"/weblogs\"/>",
            "dir: ${UPLOADS:/pictures}",
            "- /uploads",
            "log-folder: ../weblogs",
            "path: ../logs/a.log",
        ];
        for text in of_settings {
            assert!(outside(&[("a.yml", text)], &own).is_some(), "{text}");
        }
        let of_addresses = [
            ("a.java", "@GetMapping(\"/uploads\")"),
            ("a.js", "app.get(\"/files/:id\", download)"),
            ("a.js", "const home = isLoggedIn ? \"/users\" : \"/login\""),
            ("a.js", "{ path: \"/pictures\", component: Pictures }"),
            ("a.js", "const uploadUrl = \"/uploads\""),
            ("a.java", "http.requestMatchers(\"/login\", \"/logs/**\")"),
            ("a.java", "String log = \"/app/logs/a.log\""),
            ("a.java", "String file = \"/tmp/a.log\""),
            ("a.yml", "server:\n  servlet:\n    context-path: /shop"),
            ("a.yml", "springdoc:\n  swagger-ui:\n    path: /docs"),
            ("a.yml", "file: /app/logs/a.log"),
            ("a.yml", "url: http://a/logs"),
            ("a.yml", "# file: /logs"),
            ("a.yml", "file: classpath:/logs/a.csv"),
            ("a.yml", "$ref: ../common.yml"),
            ("data.json", "\"image\": \"/pictures/a.png\""),
        ];
        for (path, text) in of_addresses {
            assert_eq!(outside(&[(path, text)], &own), None, "{text}");
        }
    }
}
