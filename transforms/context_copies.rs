//! Which instructions take files from the build context, and which paths.

use std::borrow::Cow;

use crate::rewrite::{Context, Obstacle};
use crate::semantics::is_within;
use crate::syntax::{Instruction, Keyword};

/// A COPY or ADD that takes files from the build context.
pub(super) struct ContextCopy<'f> {
    pub stage: usize,
    pub instruction: &'f Instruction,
    /// Relative to the context, without `./` and slashes around them; empty for all of it. Variables and patterns are as written.
    pub sources: Vec<Cow<'f, str>>,
    pub destination: &'f str,
}

/// How an instruction takes a path of the context. Of several ways, the last counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Taken {
    No,
    /// With a folder above it.
    With,
    /// By its name, or maybe by a pattern or a variable.
    ByName,
}

impl ContextCopy<'_> {
    pub fn takes(&self, path: &str) -> Taken {
        self.sources.iter().map(|source| taken(source, path)).max().unwrap_or(Taken::No)
    }
}

fn taken(source: &str, path: &str) -> Taken {
    const OPEN: [char; 5] = ['*', '?', '[', '\\', '$'];
    if let Some(start) = source.find(OPEN) {
        let behind = source.rfind(|c| OPEN.contains(&c) || c == ']' || c == '}').unwrap_or(start) + 1;
        let behind = if source.contains('$') { "" } else { &source[behind..] };
        // A folder that the pattern means may hold the path.
        let fits = |path: &str| path.starts_with(&source[..start]) && path.ends_with(behind);
        let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
        return if parents.chain([path]).any(fits) { Taken::ByName } else { Taken::No };
    }
    if !source.is_empty() && is_within(source, path) {
        Taken::ByName
    } else if source.is_empty() || is_within(path, source) {
        Taken::With
    } else {
        Taken::No
    }
}

/// Every COPY and ADD that takes files from the build context.
///
/// # Errors
/// A place where the context is used in a way that does not say which files.
pub(super) fn context_copies<'f>(cx: &Context<'f>) -> Result<Vec<ContextCopy<'f>>, Obstacle> {
    let mut copies = Vec::new();
    for (stage, instruction) in cx.build.instructions() {
        let wrong = |because: &str| Err((instruction.text_range(), because.to_owned()));
        match instruction.keyword() {
            Keyword::Copy | Keyword::Add if instruction.flag("from").is_none() => {
                if instruction.flags().iter().any(|flag| matches!(flag.name(), "exclude" | "parents")) {
                    return wrong("a flag says which files are taken");
                }
                copies.extend(copy(stage, instruction));
            }
            Keyword::Run if mounts_context(instruction) => return wrong("a RUN has the build context mounted"),
            Keyword::Onbuild => return wrong("ONBUILD is for the contexts of other builds"),
            _ => {}
        }
    }
    Ok(copies)
}

fn mounts_context(instruction: &Instruction) -> bool {
    let mounts = instruction.flags().iter().filter(|flag| flag.name() == "mount").filter_map(|flag| flag.value());
    let mut fields = mounts.map(|value| value.split(',').collect::<Vec<_>>());
    fields.any(|fields| {
        let kind = fields.iter().find_map(|field| field.strip_prefix("type="));
        kind.is_none_or(|kind| kind == "bind") && !fields.iter().any(|field| field.starts_with("from="))
    })
}

fn copy(stage: usize, instruction: &Instruction) -> Option<ContextCopy<'_>> {
    let words = instruction.arguments().list();
    let (destination, sources) = words.split_last()?;
    let is_local = |source: &&&str| !source.starts_with("<<") && !source.contains("://");
    let sources: Vec<_> = sources.iter().filter(is_local).map(|source| cleaned(source)).collect();
    (!sources.is_empty()).then_some(ContextCopy { stage, instruction, sources, destination })
}

/// `path` without quotes, `.` and empty parts; what stands behind `..` counts from the context.
fn cleaned(path: &str) -> Cow<'_, str> {
    let path = path.trim_matches(['"', '\'']);
    if path.split('/').all(|part| !matches!(part, "" | "." | "..")) {
        return path.into();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/").into()
}
