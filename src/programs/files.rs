//! What of the build context gets into the image.

use std::sync::Arc;

use crate::known::{Table, table};
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::{Copied, Source, is_within};

/// Files of people and of their tools.
static FACTS: Table = table!("files.txt");

/// Most files whose text is asked for: more are no program that can be vouched for.
const TEXTS_MAX: usize = 300;

/// The paths that a COPY takes, as the answers have them: without `.`, `..` and slashes around; empty for all. `None` if one is not known, or comes from
/// elsewhere.
pub(crate) fn sources(copied: &Copied<'_>) -> Option<Vec<String>> {
    let is_known = copied.foreign().is_none() && copied.unclear().is_none();
    // What a pattern fits is not looked at: it may be everything.
    let path = |source: &Source<'_>| if source.is_pattern() { String::new() } else { source.path().into_owned() };
    is_known.then(|| copied.sources.iter().map(path).collect())
}

/// The files of the context that `sources` copy; `None` if the context is not known, or is not the one that the file is for.
pub(crate) fn copied(cx: &Context<'_>, sources: &[String]) -> Option<Arc<Vec<String>>> {
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return None };
    let is_of = |path: &str, source: &str| source.is_empty() || is_within(path, source);
    let is_there = |source: &String| all.iter().any(|path| is_of(path, source));
    if !sources.iter().all(is_there) {
        return None;
    }
    if sources.iter().any(String::is_empty) {
        return Some(Arc::clone(all));
    }
    Some(Arc::new(all.iter().filter(|path| sources.iter().any(|source| is_of(path, source))).cloned().collect()))
}

/// The texts of `paths`, in order; `None` if one is not known. All are asked for before that is said.
pub(crate) fn texts(cx: &Context<'_>, paths: &[&str]) -> Option<Vec<String>> {
    if paths.len() > TEXTS_MAX {
        return None;
    }
    let answers: Vec<_> = paths.iter().map(|path| cx.facts.answer(Question::ContextFile((*path).to_owned()))).collect();
    let texts = answers.into_iter().map(|answer| match answer {
        Answer::Text(text) => String::from_utf8(text.clone()).ok(),
        _ => None,
    });
    texts.collect()
}

/// Whether nothing in the name of a file says what is in it: it may be code, such as `bin/www`.
pub(crate) fn is_nameless(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.') && !FACTS.has("file of a tool", name) && !is_for_people(path)
}

/// The first of `paths` that is native code, which may be linked to what another image lacks; as a sentence.
pub(crate) fn native(paths: &[String]) -> Option<String> {
    let is_native = |path: &&String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.contains(".so.") || FACTS.of("ending of native code").any(|ending| name.ends_with(ending))
    };
    paths.iter().find(is_native).map(|path| format!("what `{path}` is linked to is not known"))
}

/// Files that no program reads when it runs: those of people and of their tools.
pub(crate) fn is_for_people(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    FACTS.has("file for people", &name)
        || (FACTS.of("start of a license").any(|start| name.starts_with(start)) && !name.contains('.'))
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerfile")
        || name.ends_with(".dockerignore")
        || FACTS.of("folder for people").any(|folder| path.starts_with(folder))
        || (path.starts_with("docs/") && name.ends_with(".md"))
}
