//! Which variables ENV and ARG have set where.

use super::stages::{Base, Stage};
use crate::known::VARIABLES;
use crate::syntax::Keyword;

/// The variables of every stage.
#[derive(Debug, Default)]
pub(super) struct Scopes<'f> {
    stages: Vec<Scope<'f>>,
}

/// Where the variables of one stage are set.
#[derive(Debug, Default)]
struct Scope<'f> {
    base: Option<usize>,
    /// Sorted by name, and then by position.
    settings: Vec<Setting<'f>>,
    /// The indices of those that package managers of languages may read as options.
    options: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Setting<'f> {
    name: &'f str,
    /// Index of the instruction in the stage.
    pub position: usize,
    /// As written.
    pub value: Option<&'f str>,
    /// Whether ENV sets it, so that whoever builds cannot give another value.
    pub is_fixed: bool,
}

impl<'f> Scopes<'f> {
    pub fn of(stages: &[Stage<'f>]) -> Self {
        Self { stages: stages.iter().map(scope).collect() }
    }

    /// Whether `name` is set by ENV or ARG before the instruction at `position` of stage `stage`, and to what; the value is as written, and `None` if it
    /// comes from outside. Looks into the stages it is based on too.
    pub fn variable(&self, stage: usize, position: usize, name: &str) -> Option<Option<&str>> {
        self.setting(stage, position, name).map(|(_, setting)| setting.value)
    }

    /// The last setting of `name` before it, and its stage.
    pub fn setting(&self, stage: usize, position: usize, name: &str) -> Option<(usize, &Setting<'f>)> {
        let (mut stage, mut position) = (stage, position);
        loop {
            let scope = self.stages.get(stage)?;
            let before = scope.settings.partition_point(|setting| (setting.name, setting.position) < (name, position));
            let last = before.checked_sub(1).map(|last| &scope.settings[last]);
            if let Some(setting) = last.filter(|setting| setting.name == name) {
                return Some((stage, setting));
            }
            (stage, position) = (scope.base?, usize::MAX);
        }
    }

    /// Every variable that is set so and that a package manager of a language may read as an option, with its value; `None` if too many are set.
    pub fn options_before(&self, stage: usize, position: usize) -> Option<Vec<(&str, Option<&str>)>> {
        let (mut stage, mut position, mut found) = (stage, position, Vec::<(&str, Option<&str>)>::new());
        let mut looked_at = 0;
        while let Some(scope) = self.stages.get(stage) {
            looked_at += scope.options.len() + 1;
            if looked_at > OPTIONS_MAX {
                return None;
            }
            let settings = scope.options.iter().rev().map(|&at| &scope.settings[at]);
            for setting in settings.filter(|setting| setting.position < position) {
                if !found.iter().any(|(name, _)| *name == setting.name) {
                    found.push((setting.name, setting.value));
                }
            }
            let Some(base) = scope.base else { break };
            (stage, position) = (base, usize::MAX);
        }
        Some(found)
    }
}

/// How variables start that package managers of languages read as options, in small letters.
pub(super) fn starts_of_options() -> impl Iterator<Item = &'static str> {
    const { VARIABLES.expect("starts of options") }.values()
}

/// Most settings of such variables, and stages with them, that are looked at for one RUN.
const OPTIONS_MAX: usize = 500;

fn is_option(name: &str) -> bool {
    let starts = |start: &str| name.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start));
    starts_of_options().any(starts)
}

fn scope<'f>(stage: &Stage<'f>) -> Scope<'f> {
    let mut settings = Vec::new();
    for (position, instruction) in stage.instructions.iter().enumerate() {
        match instruction.keyword() {
            Keyword::Env => {
                let pairs = instruction.arguments().pairs().iter();
                settings.extend(pairs.map(|pair| Setting {
                    name: &pair.key.text,
                    position,
                    value: Some(&pair.value.text),
                    is_fixed: true,
                }));
            }
            Keyword::Arg => {
                settings.extend(instruction.arguments().words().iter().map(|word| match word.text.split_once('=') {
                    Some((name, value)) => Setting { name, position, value: Some(value), is_fixed: false },
                    None => Setting { name: &word.text, position, value: None, is_fixed: false },
                }));
            }
            _ => {}
        }
    }
    settings.sort_by_key(|setting| (setting.name, setting.position));
    let base = match stage.base {
        Base::Stage(index) => Some(index),
        _ => None,
    };
    let options = settings.iter().enumerate().filter(|(_, setting): &(usize, &Setting<'_>)| is_option(setting.name));
    let options = options.map(|(at, _)| at).collect();
    Scope { base, settings, options }
}
