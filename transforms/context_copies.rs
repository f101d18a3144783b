//! Which instructions take files from the build context, and which paths.

use crate::rewrite::{Context, Obstacle};
use crate::semantics::is_within;
use crate::syntax::{Arguments, Instruction, Keyword};

/// A COPY or ADD that takes files from the build context.
pub(super) struct ContextCopy<'f> {
    pub stage: usize,
    pub instruction: &'f Instruction,
    /// Relative to the context, without `./` and slashes around them; empty for all of it. Variables and patterns are as written.
    pub sources: Vec<String>,
    pub destination: String,
}

/// How an instruction takes a path of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    No,
    /// With a folder above it.
    With,
    /// By its name, or maybe by a pattern or a variable.
    ByName,
}

impl ContextCopy<'_> {
    pub fn takes(&self, path: &str) -> Taken {
        let ways: Vec<_> = self.sources.iter().map(|source| taken(source, path)).collect();
        [Taken::ByName, Taken::With].into_iter().find(|way| ways.contains(way)).unwrap_or(Taken::No)
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
    let words: Vec<String> = match instruction.arguments() {
        Arguments::Json(strings) => strings.iter().map(|string| string.value.clone()).collect(),
        arguments => arguments.words().iter().map(|word| word.text.clone()).collect(),
    };
    let (destination, sources) = words.split_last()?;
    let is_local = |source: &&String| !source.starts_with("<<") && !source.contains("://");
    let sources: Vec<_> = sources.iter().filter(is_local).map(|source| cleaned(source)).collect();
    (!sources.is_empty()).then(|| ContextCopy { stage, instruction, sources, destination: destination.clone() })
}

/// `path` without quotes, `.` and empty parts; what stands behind `..` counts from the context.
fn cleaned(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.trim_matches(['"', '\'']).split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
