//! Scripts of the build context that an image starts, and whether they install packages.

use crate::rewrite::{Answer, Context, Question};
use crate::semantics::{Base, Copied, joined};

/// Words in a script that may install packages, or start something that does.
const INSTALLS: &[&str] = &[
    "ansible",
    "apt",
    "aptitude",
    "dpkg",
    "eval",
    "exec(",
    "install",
    "popen",
    "puppet",
    "spawn",
    "subprocess",
    "system",
    "child_process",
    ".sh",
    ".py",
    ".pl",
    ".rb",
    "source ",
    "curl",
    "wget",
    "make",
    "`",
];

/// Whether the text of `script`, as a process of stage `stage` that works in `directory` names it, is known and installs nothing.
pub(super) fn is_harmless(cx: &Context<'_>, stage: usize, directory: &str, script: &str) -> bool {
    text(cx, stage, directory, script).is_some_and(|text| !INSTALLS.iter().any(|word| text.contains(word)))
}

/// Whether the script is known, and installs packages with lists that it does not fetch.
pub(super) fn installs_with_lists(cx: &Context<'_>, stage: usize, directory: &str, script: &str) -> bool {
    text(cx, stage, directory, script).is_some_and(|text| {
        let calls = ["apt-get", "apt ", "aptitude", "\"apt\"", "'apt'"].iter().any(|word| text.contains(word));
        calls && text.contains("install") && !text.contains("update")
    })
}

/// What stands in `script`, if it is copied from the build context.
fn text(cx: &Context<'_>, stage: usize, directory: &str, script: &str) -> Option<String> {
    let path = joined(directory, script);
    let mut stage = stage;
    loop {
        let copies = cx.build.copies_of(stage).filter(Copied::is_of_context);
        let sources: Vec<_> = copies.flat_map(|copied| copied.origins_of(&path)).collect();
        // The last one counts.
        let texts = sources.into_iter().rev().map(|source| cx.facts.answer(Question::ContextFile(source)));
        let mut texts = texts.filter_map(|answer| match answer {
            Answer::Text(text) => String::from_utf8(text.clone()).ok(),
            _ => None,
        });
        if let Some(text) = texts.next() {
            return Some(text);
        }
        let Base::Stage(base) = cx.build.stages[stage].base else { return None };
        stage = base;
    }
}
