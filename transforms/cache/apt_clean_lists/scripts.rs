//! Scripts of the build context that an image starts, and whether they install packages.

use super::FACTS;
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::{Base, Copied, joined};

/// Whether the text of `script`, as a process of stage `stage` that works in `directory` names it, is known and installs nothing.
pub(super) fn is_harmless(cx: &Context<'_>, stage: usize, directory: &str, script: &str) -> bool {
    text(cx, stage, directory, script).is_some_and(|text| FACTS.sign("sign of an install in a script", &text).is_none())
}

/// Whether the script is known, and installs packages with lists that it does not fetch.
pub(super) fn installs_with_lists(cx: &Context<'_>, stage: usize, directory: &str, script: &str) -> bool {
    text(cx, stage, directory, script).is_some_and(|text| {
        let calls = FACTS.sign("call of apt in a script", &text).is_some();
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
