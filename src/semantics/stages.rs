//! Build stages and how they depend on each other.

use std::collections::{BTreeMap, BTreeSet};

use super::copies::lender;
use crate::known::SIGNS;
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
        // Each of the words that tell so has one of these, and few names do.
        if !image.bytes().any(|byte| matches!(byte, b'v' | b'V' | b'w' | b'W')) {
            return false;
        }
        let image = image.to_ascii_lowercase();
        const { SIGNS.expect("image of Windows") }.sign(&image).is_some() || image.ends_with("/windows")
    }
}

/// The most stages of a file that is rewritten. What stages are to each other takes time that grows with the square of their number; nobody has
/// written a file with a tenth of these.
pub const STAGES_MAX: usize = 1_000;

/// Of each name of a stage, in lower case, the last stage that has it.
pub(super) type Names = BTreeMap<String, usize>;

/// The stages of `file`, in order, and their names.
pub(super) fn stages(file: &Dockerfile) -> (Vec<Stage<'_>>, Names) {
    let mut stages: Vec<Stage<'_>> = Vec::new();
    let mut names = Names::new();
    let mut global_arguments = BTreeMap::new();
    for instruction in file.instructions() {
        match (instruction.keyword(), stages.last_mut()) {
            (Keyword::From, _) => {
                let stage = stage(instruction, &stages, &names, &global_arguments);
                names.extend(stage.name.clone().map(|name| (name, stages.len())));
                stages.push(stage);
            }
            (_, Some(stage)) => stage.instructions.push(instruction),
            (Keyword::Arg, None) => global_arguments.extend(arguments(instruction)),
            (_, None) => {}
        }
    }
    mark_exported(&mut stages);
    (stages, names)
}

/// Names and default values of an ARG, as written.
fn arguments(instruction: &Instruction) -> impl Iterator<Item = (&str, &str)> {
    instruction.arguments().words().iter().filter_map(|word| word.text.split_once('='))
}

fn stage<'f>(
    from: &'f Instruction,
    earlier: &[Stage<'f>],
    names: &Names,
    global_arguments: &BTreeMap<&str, &str>,
) -> Stage<'f> {
    let words = from.arguments().words();
    let written = words.first().map_or("", |word| word.text.as_str());
    let possible_bases = possible(earlier, written);
    let base = expand(written, global_arguments);
    let base = match position(names, &base) {
        Some(index) => Base::Stage(index),
        None if base.eq_ignore_ascii_case("scratch") => Base::Scratch,
        None => Base::Image(base),
    };
    let name = words.get(2).map(|word| word.text.to_lowercase());
    Stage { from, name, base, possible_bases, instructions: Vec::new(), exported: false }
}

/// The stages whose names a text with variables may stand for, by what it says before and behind them. Past [`STAGES_MAX`] none are named, since
/// nothing is rewritten then.
fn possible(stages: &[Stage<'_>], written: &str) -> Vec<usize> {
    if stages.len() > STAGES_MAX {
        return Vec::new();
    }
    let Some((before, rest)) = written.trim_matches(['"', '\'']).split_once('$') else { return Vec::new() };
    let before = before.to_lowercase();
    let behind = rest.rsplit_once('}').map_or_else(String::new, |(_, behind)| behind.to_lowercase());
    let fits =
        |name: &str| name.len() >= before.len() + behind.len() && name.starts_with(&before) && name.ends_with(&behind);
    let named = stages.iter().enumerate().filter(|(_, stage)| stage.name.as_deref().is_some_and(fits));
    named.map(|(index, _)| index).collect()
}

/// The stage that `name` means: the last of that name so far.
fn position(names: &Names, name: &str) -> Option<usize> {
    if names.is_empty() { None } else { names.get(&name.to_lowercase()).copied() }
}

/// `text` with `$name` and `${name}` replaced by the values in `arguments` (the last of a name counts); others stay as they are.
fn expand(text: &str, arguments: &BTreeMap<&str, &str>) -> String {
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
        let value = arguments.get(name).map(|value| value.trim_matches('"'));
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
    // What the stages behind the one at hand build on or take files from: names in lower case, numbers, and stages.
    let (mut lenders, mut is_base) = (BTreeSet::new(), vec![false; stages.len()]);
    for index in (0..stages.len()).rev() {
        let stage = &stages[index];
        let lends = || {
            let is_named = stage.name.as_ref().is_some_and(|name| lenders.contains(name));
            is_named || lenders.contains(&index.to_string())
        };
        let is_used = is_base[index] || (!lenders.is_empty() && lends());
        if !is_used {
            stages[index].exported = true;
        }
        let stage = &stages[index];
        if index > 0 {
            lenders.extend(
                stage.instructions.iter().flat_map(|instruction| lenders_of(instruction)).map(str::to_lowercase),
            );
        }
        if let Base::Stage(base) = stage.base {
            is_base[base] = true;
            stages[base].exported |= stages[index].exported;
        }
    }
}

/// The stages or images that an instruction takes files from.
fn lenders_of(instruction: &Instruction) -> impl Iterator<Item = &str> {
    instruction.flags().iter().filter_map(lender)
}
