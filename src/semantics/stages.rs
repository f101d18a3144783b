//! Build stages and how they depend on each other.

use crate::syntax::{Dockerfile, Instruction, Keyword};

/// A build stage: a FROM and what follows it.
#[derive(Debug)]
pub struct Stage<'f> {
    pub from: &'f Instruction,
    /// In lower case, as stage names are compared.
    pub name: Option<String>,
    pub base: Base,
    /// Earlier stages that a variable in the FROM may make its base, besides the one that it is by the values in the file.
    pub possible_bases: Vec<usize>,
    /// What follows the FROM, in the order of the file.
    pub instructions: Vec<&'f Instruction>,
    /// Whether its layers can end in an image that somebody keeps: the last stage, every stage that is the base of such a one, and every stage that
    /// nothing else in the file uses, since it can only be there as a build target. Other stages only lend files (`COPY --from`).
    pub exported: bool,
}

/// What a stage starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    Scratch,
    /// An earlier stage, by its index.
    Stage(usize),
    /// An image, as written; variables are replaced where the file gives their value.
    Image(String),
}

impl Base {
    /// Whether a variable decides what it is.
    #[must_use]
    pub fn is_variable(&self) -> bool {
        matches!(self, Self::Image(image) if image.contains('$'))
    }

    /// Whether this is a Windows image, by its name.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        let Self::Image(image) = self else { return false };
        // Each of the words below has one of these, and few names do.
        if !image.bytes().any(|byte| matches!(byte, b'v' | b'V' | b'w' | b'W')) {
            return false;
        }
        let image = image.to_ascii_lowercase();
        if !["windows", "server", "framework"].iter().any(|part| image.contains(part)) {
            return false;
        }
        let parts = [
            "windowsservercore",
            "nanoserver",
            "windows/",
            "windows:",
            "dotnet/framework/",
            "dotnet-framework",
            "server:ltsc",
            "-windows",
            "servercore",
        ];
        parts.iter().any(|part| image.contains(part)) || image.ends_with("/windows")
    }
}

/// The stages of `file`, in order.
pub(super) fn stages(file: &Dockerfile) -> Vec<Stage<'_>> {
    let mut stages: Vec<Stage<'_>> = Vec::new();
    let mut global_arguments = Vec::new();
    for instruction in file.instructions() {
        match (instruction.keyword(), stages.last_mut()) {
            (Keyword::From, _) => {
                let stage = stage(instruction, &stages, &global_arguments);
                stages.push(stage);
            }
            (_, Some(stage)) => stage.instructions.push(instruction),
            (Keyword::Arg, None) => global_arguments.extend(arguments(instruction)),
            (_, None) => {}
        }
    }
    mark_exported(&mut stages);
    stages
}

/// Names and default values of an ARG, as written.
fn arguments(instruction: &Instruction) -> impl Iterator<Item = (&str, &str)> {
    instruction.arguments().words().iter().filter_map(|word| word.text.split_once('='))
}

fn stage<'f>(from: &'f Instruction, earlier: &[Stage<'f>], global_arguments: &[(&str, &str)]) -> Stage<'f> {
    let words = from.arguments().words();
    let written = words.first().map_or("", |word| word.text.as_str());
    let possible_bases = possible(earlier, written);
    let base = expand(written, global_arguments);
    let base = match position(earlier, &base) {
        Some(index) => Base::Stage(index),
        None if base.eq_ignore_ascii_case("scratch") => Base::Scratch,
        None => Base::Image(base),
    };
    let name = words.get(2).map(|word| word.text.to_lowercase());
    Stage { from, name, base, possible_bases, instructions: Vec::new(), exported: false }
}

/// The stages whose names a text with variables may stand for, by what it says before and behind them.
fn possible(stages: &[Stage<'_>], written: &str) -> Vec<usize> {
    let Some((before, rest)) = written.trim_matches(['"', '\'']).split_once('$') else { return Vec::new() };
    let before = before.to_lowercase();
    let behind = rest.rsplit_once('}').map_or_else(String::new, |(_, behind)| behind.to_lowercase());
    let fits =
        |name: &str| name.len() >= before.len() + behind.len() && name.starts_with(&before) && name.ends_with(&behind);
    let named = stages.iter().enumerate().filter(|(_, stage)| stage.name.as_deref().is_some_and(fits));
    named.map(|(index, _)| index).collect()
}

/// The stage that `name` means among `stages`: the last of that name.
fn position(stages: &[Stage<'_>], name: &str) -> Option<usize> {
    if stages.is_empty() {
        return None;
    }
    let name = name.to_lowercase();
    stages.iter().rposition(|stage| stage.name.as_deref() == Some(name.as_str()))
}

/// `text` with `$name` and `${name}` replaced by the values in `arguments` (the last of a name counts); others stay as they are.
fn expand(text: &str, arguments: &[(&str, &str)]) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let braced =
            after.strip_prefix('{').and_then(|inner| inner.find('}').map(|end| (&inner[..end], &inner[end + 1..])));
        let (name, remainder) = braced.unwrap_or_else(|| {
            let end = after.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(after.len());
            after.split_at(end)
        });
        let value = arguments.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.trim_matches('"'));
        match value {
            Some(value) if !value.contains('$') => result.push_str(value),
            _ => result.push_str(&rest[at..rest.len() - remainder.len()]),
        }
        rest = remainder;
    }
    result.push_str(rest);
    let trimmed = result.trim_matches(['"', '\'']);
    if trimmed.len() == result.len() { result } else { trimmed.to_owned() }
}

fn mark_exported(stages: &mut [Stage<'_>]) {
    for index in (0..stages.len()).rev() {
        let last = index + 1 == stages.len();
        if last || !is_used(stages, index) {
            stages[index].exported = true;
        }
        if let Stage { exported: true, base: Base::Stage(base), .. } = stages[index] {
            stages[base].exported = true;
        }
    }
}

/// Whether a later stage builds on `index` or takes files from it.
fn is_used(stages: &[Stage<'_>], index: usize) -> bool {
    let name = stages[index].name.as_deref();
    let number = index.to_string();
    let means = |reference: &str| reference == number || Some(reference.to_lowercase().as_str()) == name;
    stages[index + 1..].iter().any(|stage| {
        stage.base == Base::Stage(index)
            || stage.instructions.iter().any(|instruction| sources(instruction).any(&means))
    })
}

/// The stages or images that an instruction takes files from.
fn sources(instruction: &Instruction) -> impl Iterator<Item = &str> {
    instruction.flags().iter().filter_map(|flag| match flag.name() {
        "from" => flag.value(),
        "mount" => flag.value()?.split(',').find_map(|field| field.strip_prefix("from=")),
        _ => None,
    })
}
