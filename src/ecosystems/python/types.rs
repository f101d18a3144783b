//! Of which media type Python says that a file is: by Debian's table in `/etc/mime.types`, which the larger images have, or by its own alone.
//!
//! Python's own table was compared with those of Debian 11 to 13 for Python 3.8 to 3.14; what is listed here is the same in all of them, with Debian's table and
//! without. Node.js has no such table: its packages bring theirs.

use super::opens::{self, Opening};
use crate::bases::siblings;
use crate::known::suites;
use crate::programs::files;
use crate::rewrite::Context;

/// Endings of which both tables say the same, or nothing.
const SAME: &[&str] = &[
    "cfg", "conf", "css", "csv", "env", "gif", "htm", "html", "ico", "ini", "j2", "jinja", "jpeg", "jpg", "json",
    "jsx", "less", "lock", "log", "map", "mo", "mp3", "mp4", "pdf", "png", "po", "py", "scss", "svg", "tsx", "txt",
    "vue",
];

/// Endings of JavaScript, of which it depends on both releases.
const SCRIPTS: &[&str] = &["js", "mjs"];

/// Endings of what people write beside a program, to build and to configure it.
const OF_PROJECTS: &[&str] = &["md", "rst", "sh", "toml", "xml", "yaml", "yml"];

/// Signs of a type that is asked for by a name that is not seen.
const OF_NAMES: &[&str] = &[
    "CGIHTTPRequestHandler",
    "FileResponse",
    "SimpleHTTPRequestHandler",
    "attach_file",
    "attachment_filename",
    "download_name",
    "file=open",
    "files=",
    "guess_type",
    "flask_restx",
    "rest_framework",
    "send_file",
];

/// Signs of folders that are served.
const OF_FOLDERS: &[&str] = &[
    "StaticFiles",
    "add_static",
    "send_from_directory",
    "static_file",
    "static_folder",
    "staticdir",
    "urls.static",
    "views.static",
];

/// What serves the folder `static` unasked.
const OF_STATIC: &[&str] = &["Flask("];

/// Signs of files that are made when the program runs.
const OF_WRITING: &[&str] = &[
    "FileField",
    "ImageField",
    "MEDIA_ROOT",
    "UPLOAD",
    "ZipFile(",
    "copyfile",
    "makedirs",
    "mkdir",
    "save(",
    "savefig",
    "to_csv",
    "to_excel",
    "urlretrieve",
    "write_bytes",
    "write_text",
];

/// Signs that a folder of any name may be meant.
const OF_ANY_FOLDER: &[&str] = &["\".\"", "'.'", "\"./\"", "'./'", "BASE_DIR", "__file__", "getcwd", "root_path"];

/// The first file or sign in a program of `paths` that has another type without Debian's table. The image is the one of the tag `exact`.
pub(super) fn obstacle(cx: &Context<'_>, exact: &str, paths: &[String]) -> Option<String> {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| path.ends_with(".py")).collect();
    let Some(texts) = files::texts(cx, &code) else { return Some("what the program serves is not known".to_owned()) };
    let sign = |signs: &[&'static str]| {
        let found = |text: &String| signs.iter().find(|sign| text.contains(**sign));
        code.iter().zip(&texts).find_map(|(path, text)| Some((*path, *found(text)?)))
    };
    let of_code = |(path, sign): (&str, &str)| {
        let sign = sign.trim_matches(['(', '"', '\'', '=']);
        format!("`{path}` has `{sign}`, and only the larger image may say of which type a file is")
    };
    let is_same_script = has_one_type_of_scripts(exact);
    let of_administration = sign(&["contrib.admin"]).filter(|_| !is_same_script);
    if let Some(found) = sign(OF_NAMES).or(of_administration) {
        return Some(of_code(found));
    }
    let serves = sign(OF_FOLDERS);
    let writing = code.iter().zip(&texts).find(|(_, text)| opens::opening(text) == Some(Opening::MayWrite));
    let writing = sign(OF_WRITING).or(writing.map(|(path, _)| (*path, "open")));
    if let Some(found) = writing.filter(|_| serves.or(sign(OF_STATIC)).is_some()) {
        return Some(of_code(found));
    }
    let serves_any = serves.is_some() && sign(OF_ANY_FOLDER).is_some();
    let is_same = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let Some(ending) = ending.as_deref() else { return true };
        let is_of_project = files::is_for_people(path)
            || name.starts_with('.')
            || (!path.contains('/') && OF_PROJECTS.contains(&ending));
        SAME.contains(&ending) || (is_same_script && SCRIPTS.contains(&ending)) || (is_of_project && !serves_any)
    };
    let path = paths.iter().find(|path| !is_same(path))?;
    Some(format!("only the larger image may say of which type `{path}` is"))
}

/// Whether Python and Debian agree on JavaScript: both have changed their minds from `application/javascript` to `text/javascript`.
fn has_one_type_of_scripts(exact: &str) -> bool {
    let [3, minor, ..] = siblings::version(exact)[..] else { return false };
    let is_text_in_python = minor >= 12;
    let suite = exact.rsplit('-').next().and_then(suites::suite);
    suite
        .and_then(|suite| suite.value("calls JavaScript"))
        .is_some_and(|of_debian| (of_debian == "text/javascript") == is_text_in_python)
}
