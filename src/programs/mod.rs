//! What a program needs of the image around it, as far as its code and its manifests tell.
//!
//! Nothing here understands a program. It looks for signs, and knows packages by name: what it does not know counts as a need.

pub(crate) mod c;
pub(crate) mod dotnet;
pub(crate) mod files;
pub(crate) mod go;
pub(crate) mod installs;
pub(crate) mod java;
pub(crate) mod node;
pub(crate) mod python;
pub(crate) mod ruby;
pub(crate) mod rust;
pub(crate) mod variables;

pub(crate) use python::Package;

use crate::rewrite::Context;
use crate::syntax::{Instruction, Keyword};

/// What the code of a program does with its surroundings: the first sign of each kind, as half a sentence.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Of the system: programs that it starts, places outside its own folder, packages of which nothing is known.
    pub system: Option<String>,
    /// Files that it reads, by whatever name.
    pub reads: Option<String>,
    /// Files that it may write.
    pub writes: Option<String>,
    /// A port that may be for root alone, or another question for root.
    pub port: Option<String>,
}

/// In what a program is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    C,
    DotNet,
    Go,
    Java,
    Node,
    Python,
    Ruby,
    Rust,
}

/// What the program needs whose code and manifests are among `paths` of the build context; `None` if one of them is not known, or there is no
/// code.
pub(crate) fn needs(cx: &Context<'_>, language: Language, paths: &[String]) -> Option<Needs> {
    let is_code = match language {
        Language::C => c::is_code,
        Language::DotNet => dotnet::is_code,
        Language::Go => go::is_code,
        Language::Java => java::is_code,
        Language::Node => node::is_code,
        Language::Python => python::is_code,
        Language::Ruby => ruby::is_code,
        Language::Rust => rust::is_code,
    };
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| is_code(path)).collect();
    if code.iter().all(|path| matches!(*path, "go.mod" | "package.json" | "Cargo.toml")) {
        return None;
    }
    if !is_started_here(cx, paths) {
        return None;
    }
    let Some(texts) = files::texts(cx, &code) else {
        let because = "its code is more than is read here, or is not all text".to_owned();
        return Some(Needs { system: Some(because), ..Needs::default() });
    };
    let sources: Vec<_> = code.into_iter().zip(texts.iter().map(String::as_str)).collect();
    let mut needs = match language {
        Language::C => c::needs(&sources, paths),
        Language::DotNet => dotnet::needs(&sources),
        Language::Go => go::needs(&sources),
        Language::Java => java::needs(&sources),
        Language::Node => node::needs(&sources, paths),
        Language::Python => python::needs(&sources, paths),
        Language::Ruby => ruby::needs(&sources, paths),
        Language::Rust => rust::needs(&sources),
    };
    needs.port = needs.port.or_else(|| sources.iter().find_map(|(path, text)| low_port(path, text)));
    needs.port = needs.port.or_else(|| sources.iter().find_map(|(path, text)| asks_for_root(path, text)));
    let settings: Vec<_> = paths.iter().map(String::as_str).filter(|path| is_settings(path)).collect();
    let Some(texts) = files::texts(cx, &settings) else {
        needs.port.get_or_insert_with(|| "what its settings say is not known".to_owned());
        return Some(needs);
    };
    let settings: Vec<_> = settings.into_iter().zip(texts.iter().map(String::as_str)).collect();
    needs.port = needs.port.or_else(|| settings.iter().find_map(|(path, text)| low_port(path, text)));
    needs.writes = needs.writes.or_else(|| place(&settings));
    Some(needs)
}

/// Whether the scripts that the last stage starts are among `paths`, or what they may be compiled from. If not, another folder may be the build context, and what is
/// here is not the program.
fn is_started_here(cx: &Context<'_>, paths: &[String]) -> bool {
    const ENDINGS: &[&str] = &[".py", ".rb", ".js", ".mjs", ".cjs"];
    let is_start = |instruction: &&&Instruction| matches!(instruction.keyword(), Keyword::Cmd | Keyword::Entrypoint);
    let instructions = cx.build.stages.last().map_or(&[][..], |stage| &stage.instructions);
    let words: Vec<_> =
        instructions.iter().filter(is_start).flat_map(|instruction| instruction.arguments().list()).collect();
    let mut scripts = words.iter().flat_map(|words| words.split_whitespace()).filter_map(|word| {
        let stem = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending))?;
        Some(stem.rsplit('/').next().unwrap_or(stem))
    });
    let is_here = |stem: &str| {
        let mut names = paths.iter().filter_map(|path| path.rsplit('/').next());
        names.any(|name| name.split('.').next() == Some(stem))
    };
    scripts.all(is_here)
}

/// What code names of `module`, which it writes as `os.name`; a name is made of what `is_of_name` takes.
fn members<'t>(text: &'t str, module: &'t str, is_of_name: fn(char) -> bool) -> impl Iterator<Item = &'t str> + Clone {
    text.match_indices(module).filter_map(move |(at, _)| {
        let rest = text[at + module.len()..].strip_prefix('.')?;
        let is_module = !text[..at].ends_with(|before: char| before.is_alphanumeric() || "_./".contains(before));
        is_module.then(|| rest.split(|c| !is_of_name(c)).next().unwrap_or_default())
    })
}

/// What of the program as a whole goes to a path, and its text.
type Source<'s> = (&'s str, &'s str);

impl Needs {
    /// What the first signs are that stand in `sources` as written.
    fn by_signs(sources: &[Source<'_>], of_system: &[&str], of_reading: &[&str], of_writing: &[&str]) -> Self {
        let first = |signs: &[&str]| {
            sources.iter().find_map(|(path, text)| {
                let sign = signs.iter().find(|sign| text.contains(**sign))?;
                Some(format!("`{path}` has `{}`", sign.trim_end_matches(['(', '"', '\'', '`']).trim()))
            })
        };
        let system = first(of_system).or_else(|| place(sources));
        Self { system, reads: first(of_reading), writes: first(of_writing), port: None }
    }

    /// The first call of one of `builtins`, functions that need no module.
    fn of_builtins(sources: &[Source<'_>], builtins: &[&str]) -> Option<String> {
        sources.iter().find_map(|(path, text)| {
            let builtin = builtins.iter().find(|builtin| calls_builtin(text, builtin))?;
            Some(format!("`{path}` has `{builtin}`"))
        })
    }

    /// The first of all, of the system or of files.
    pub fn any(&self) -> Option<&String> {
        self.system.as_ref().or(self.writes.as_ref()).or(self.reads.as_ref())
    }
}

/// Whether `text` calls the function `name`, and not a method that is called so too, or one whose name ends so.
fn calls_builtin(text: &str, name: &str) -> bool {
    /// Objects through which the function itself can be reached.
    const HOLDERS: &[&str] = &["__builtins__", "builtins", "global", "globalThis", "self", "window"];
    let is_part_of_name = |c: char| c.is_alphanumeric() || "_$".contains(c);
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&text[..at], text[at + name.len()..].trim_start());
        let is_reached = match before.strip_suffix('.') {
            Some(object) => HOLDERS.contains(&object.rsplit(|c| !is_part_of_name(c)).next().unwrap_or_default()),
            None => !before.ends_with(is_part_of_name) && !before.trim_end_matches(' ').ends_with("def"),
        };
        is_reached && behind.starts_with('(')
    })
}

/// Folders that belong to the system, or may be another's.
const PLACES: &[&str] = &[
    "/bin/", "/boot/", "/data", "/dev/", "/etc/", "/go/", "/home/", "/lib", "/media/", "/mnt/", "/opt/", "/proc/",
    "/root", "/run/", "/sbin/", "/srv/", "/sys/", "/usr/", "/var/",
];

/// Files that say how a program is to run, besides those that are for people and tools.
fn is_settings(path: &str) -> bool {
    const ENDINGS: &[&str] = &["cfg", "conf", "env", "ini", "json", "properties", "toml", "xml", "yaml", "yml"];
    const OF_TOOLS: &[&str] = &["compose", "docker-compose", "nest-cli", "nodemon", "package", "pyproject", "tsconfig"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_hidden = path.split('/').any(|part| part.starts_with('.'));
    let is_of_tool = OF_TOOLS.iter().any(|tool| name.starts_with(tool)) || path.contains("node_modules/");
    let has_ending = name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending));
    !files::is_for_people(path) && (name.starts_with(".env") || (has_ending && !is_hidden && !is_of_tool))
}

/// What may stand before a value in settings.
const OF_SETTINGS: &[char] = &['"', '\'', '`', '=', ':', '>', ' ', '-', ','];

/// A string that starts with a folder of the system; in settings, a value that may be without quotes.
fn place(sources: &[Source<'_>]) -> Option<String> {
    sources.iter().find_map(|(path, text)| {
        let quotes = ['"', '\'', '`'].as_slice();
        let before = if is_settings(path) { OF_SETTINGS } else { quotes };
        let place =
            PLACES.iter().find(|place| text.match_indices(**place).any(|(at, _)| text[..at].ends_with(before)))?;
        Some(format!("`{path}` has `{place}`"))
    })
}

/// Where the number of the user is compared, or kept to be compared.
fn asks_for_root(path: &str, text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let asks = |name: &str| {
        lower.match_indices(name).any(|(at, _)| {
            let before =
                lower[..at].rsplit(|c: char| !c.is_alphanumeric() && !"._".contains(c)).next().unwrap_or_default();
            let before = lower[..at - before.len()].trim_end_matches([' ', '(']);
            // `getuid!()` and `getuid?.()` are calls too.
            let after = lower[at + name.len()..].trim_start_matches('!').trim_start_matches("?.");
            let after = after.trim_start_matches([' ', '(', ')']);
            before.ends_with(['=', '!', '<', '>'])
                || [" not", " if", "\nif", "return"].iter().any(|word| before.ends_with(word))
                || after.starts_with(['=', '!', '<', '>', '?', '&', '|'])
        })
    };
    let name = ["geteuid", "getuid"].into_iter().find(|name| asks(name))?;
    Some(format!("`{path}` asks `{name}` who runs it"))
}

/// What is not root may listen on ports from here on, whatever runs the container.
const PORT_MIN: u32 = 1024;

/// A number behind a word about ports that may be a port for root alone.
fn low_port(path: &str, text: &str) -> Option<String> {
    const WORDS: &[&str] = &["port", "listen", "bind", "addr"];
    /// Behind these stand numbers of other kinds too.
    const VAGUE: &[&str] = &["run", "serve", "start", "0.0.0.0"];
    const WELL_KNOWN: &[u32] = &[21, 22, 25, 53, 67, 69, 80, 81, 82, 88, 389, 443, 445, 514];
    /// How far behind the word the number may stand.
    const BYTES_MAX: usize = 30;
    let lower = text.to_ascii_lowercase();
    let places = WORDS.iter().chain(VAGUE).flat_map(|word| lower.match_indices(*word));
    // In `import` it is no word.
    let places = places.filter(|(at, _)| {
        let is_inside = text[..*at].ends_with(|before: char| before.is_ascii_alphabetic());
        !is_inside || text[*at..].starts_with(|first: char| first.is_ascii_uppercase())
    });
    let mut numbers = places.flat_map(|(at, word)| {
        let line = lower[at + word.len()..].lines().next().unwrap_or_default();
        let near =
            line.char_indices().take_while(|(at, _)| *at < BYTES_MAX).last().map_or(0, |(at, c)| at + c.len_utf8());
        let words = line[..near].split(|c: char| !c.is_ascii_alphanumeric() && !"_.-%#".contains(c));
        words.filter_map(move |number| Some((word, number.parse::<u32>().ok()?)))
    });
    let is_low = |word: &str, port: u32| match VAGUE.contains(&word) {
        true => WELL_KNOWN.contains(&port),
        false => (1..PORT_MIN).contains(&port),
    };
    let (_, port) = numbers.find(|(word, port)| is_low(word, *port))?;
    Some(format!("`{path}` has `{port}`, which may be a port for root alone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_no_builtin() {
        for text in ["x = eval(y)", "exec (y)", "window.eval(a)", "builtins.exec(y)", "if(eval(a)){}"] {
            assert!(calls_builtin(text, "eval") || calls_builtin(text, "exec"), "{text}");
        }
        for text in ["model.eval()", "ast.literal_eval(x)", "def eval(self):", "session.exec(query)", "redis?.eval(s)"]
        {
            assert!(!calls_builtin(text, "eval") && !calls_builtin(text, "exec"), "{text}");
        }
    }
}
