//! Of which media type Python says that a file is: by Debian's table in `/etc/mime.types`, which the larger images have, or by its own alone.
//!
//! Python's own table was compared with those of Debian 11 to 13 for Python 3.8 to 3.14; what is listed here is the same in all of them, with Debian's table and
//! without. Node.js has no such table: its packages bring theirs.

use super::opens::{self, Opening};
use crate::known::{Table, table};
use crate::programs::files;
use crate::rewrite::Context;

/// Endings of files, and signs of files that are served.
static FACTS: Table = table!("types.txt");

/// The first file or sign in a program of `paths` that has another type without Debian's table.
pub(super) fn obstacle(cx: &Context<'_>, paths: &[String]) -> Option<String> {
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| path.ends_with(".py")).collect();
    let Some(texts) = files::texts(cx, &code) else { return Some("what the program serves is not known".to_owned()) };
    let sign = |kind: &str| code.iter().zip(&texts).find_map(|(path, text)| Some((*path, FACTS.sign(kind, text)?)));
    let of_code = |(path, sign): (&str, &str)| {
        let sign = sign.trim_matches(['(', '"', '\'', '=']);
        format!("`{path}` has `{sign}`, and only the larger image may say of which type a file is")
    };
    if let Some(found) = sign("sign of a name that is not seen") {
        return Some(of_code(found));
    }
    let serves = sign("sign of a folder");
    let serves_static = sign("sign of the folder static");
    let writing = code.iter().zip(&texts).find(|(_, text)| opens::opening(text) == Some(Opening::MayWrite));
    let writing = sign("sign of a file that is made").or(writing.map(|(path, _)| (*path, "open")));
    if let Some(found) = writing.filter(|_| serves.or(serves_static).is_some()) {
        return Some(of_code(found));
    }
    // Those are gathered when the image is built.
    if serves.or(serves_static).or(sign("sign of the folder static, gathered")).is_none() {
        return None;
    }
    let serves_any = serves.is_some() && sign("sign of any folder").is_some();
    let is_same = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        let Some(ending) = ending.as_deref() else { return true };
        let is_of_project = files::is_for_people(path)
            || name.starts_with('.')
            || (!path.contains('/') && FACTS.has("ending beside a program", ending));
        FACTS.has("ending with one type", ending) || (is_of_project && !serves_any)
    };
    let folders: Option<Vec<_>> = texts.iter().map(|text| served(text)).collect();
    let folders = folders.map(|folders| folders.concat()).filter(|folders| !folders.is_empty());
    let is_served = |path: &str| match &folders {
        _ if serves.is_none() => path.split('/').any(|folder| folder == "static"),
        Some(folders) => folders.iter().any(|folder| path.contains(folder)),
        None => true,
    };
    let path = paths.iter().find(|path| is_served(path) && !is_same(path))?;
    Some(format!("only the larger image may say of which type `{path}` is"))
}

/// The folders that a text serves, as it calls them: none if it serves nothing; `None` if they are not all written out.
fn served(text: &str) -> Option<Vec<String>> {
    let calls = FACTS.of("sign of a folder").flat_map(|sign| text.match_indices(sign));
    let mut folders = Vec::new();
    for (at, sign) in calls {
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        if line.starts_with("from ") || line.starts_with("import ") {
            continue;
        }
        let arguments = text[at + sign.len()..].strip_prefix('(')?.split(')').next()?;
        let literal = arguments.split_once("directory=").map(|(_, value)| value.trim_start())?;
        let quote = literal.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let folder = literal[1..].split(quote).next()?.trim_start_matches("./").trim_matches('/');
        if folder.is_empty() || folder == "." {
            return None;
        }
        folders.push(folder.to_owned());
    }
    Some(folders)
}
