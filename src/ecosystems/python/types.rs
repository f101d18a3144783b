//! Of which media type Python says that a file is: by Debian's table in `/etc/mime.types`, which the larger images have, or by its own alone.
//!
//! Python's own table was compared with those of Debian 11 to 13 for Python 3.8 to 3.14; what is listed here is the same in all of them, with Debian's table and
//! without. Node.js has no such table: its packages bring theirs.

use super::opens::{self, Opening};
use crate::bases::siblings;
use crate::known::{Table, suites, table};
use crate::programs::files;
use crate::rewrite::Context;

/// Endings of files, and signs of files that are served.
static FACTS: Table = table!("types.txt");

/// The first file or sign in a program of `paths` that has another type without Debian's table. The image is the one of the tag `exact`.
pub(super) fn obstacle(cx: &Context<'_>, exact: &str, paths: &[String]) -> Option<String> {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| path.ends_with(".py")).collect();
    let Some(texts) = files::texts(cx, &code) else { return Some("what the program serves is not known".to_owned()) };
    let sign = |kind: &str| code.iter().zip(&texts).find_map(|(path, text)| Some((*path, FACTS.sign(kind, text)?)));
    let of_code = |(path, sign): (&str, &str)| {
        let sign = sign.trim_matches(['(', '"', '\'', '=']);
        format!("`{path}` has `{sign}`, and only the larger image may say of which type a file is")
    };
    let is_same_script = has_one_type_of_scripts(exact);
    let of_administration = sign("sign of scripts").filter(|_| !is_same_script);
    if let Some(found) = sign("sign of a name that is not seen").or(of_administration) {
        return Some(of_code(found));
    }
    let serves = sign("sign of a folder");
    let writing = code.iter().zip(&texts).find(|(_, text)| opens::opening(text) == Some(Opening::MayWrite));
    let writing = sign("sign of a file that is made").or(writing.map(|(path, _)| (*path, "open")));
    if let Some(found) = writing.filter(|_| serves.or(sign("sign of the folder static")).is_some()) {
        return Some(of_code(found));
    }
    let serves_any = serves.is_some() && sign("sign of any folder").is_some();
    let is_same = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let Some(ending) = ending.as_deref() else { return true };
        let is_of_project = files::is_for_people(path)
            || name.starts_with('.')
            || (!path.contains('/') && FACTS.has("ending beside a program", ending));
        FACTS.has("ending with one type", ending)
            || (is_same_script && FACTS.has("ending of a script", ending))
            || (is_of_project && !serves_any)
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
