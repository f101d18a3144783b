//! Which instructions take files from the build context, and which paths.

use crate::rewrite::{Context, Obstacle};
use crate::semantics::{By, Copied, Origin, Source, SourceKind};
use crate::syntax::Keyword;

/// What of the sources is a path in the build context.
pub(super) fn paths<'c>(copied: &'c Copied<'_>) -> impl Iterator<Item = &'c Source<'c>> {
    copied.sources.iter().filter(|source| source.kind == SourceKind::Path)
}

/// Every COPY and ADD that takes files from the build context.
///
/// # Errors
/// A place where the context is used in a way that does not say which files.
pub(super) fn context_copies<'f>(cx: &Context<'f>) -> Result<Vec<Copied<'f>>, Obstacle> {
    let triggers = cx.build.instructions().map(|(_, instruction)| instruction);
    let mut triggers = triggers.filter(|instruction| instruction.keyword() == Keyword::Onbuild);
    let mut copies = Vec::new();
    for copied in cx.build.brought() {
        let because = match (copied.by, copied.from) {
            _ if copied.is_trigger => continue,
            (_, Origin::Unknown) => "a variable says where files are taken from",
            (_, Origin::Stage(_) | Origin::Elsewhere) => continue,
            (By::Mount, Origin::Context) => "a RUN has the build context mounted",
            (_, Origin::Context) if copied.is_selective() => "a flag says which files are taken",
            (_, Origin::Context) => {
                let takes_paths = paths(&copied).next().is_some();
                copies.extend(takes_paths.then_some(copied));
                continue;
            }
        };
        return Err((copied.instruction.text_range(), because.to_owned()));
    }
    match triggers.next() {
        Some(trigger) => Err((trigger.text_range(), "ONBUILD is for the contexts of other builds".to_owned())),
        None => Ok(copies),
    }
}
