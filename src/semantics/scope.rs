//! Which variables ENV and ARG have set where.

use super::stages::{Base, Stage};
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

    /// Every variable that is set so, with its value.
    pub fn before(&self, stage: usize, position: usize) -> Vec<(&str, Option<&str>)> {
        let (mut stage, mut position, mut found) = (stage, position, Vec::<(&str, Option<&str>)>::new());
        while let Some(scope) = self.stages.get(stage) {
            let settings = scope.settings.iter().rev().filter(|setting| setting.position < position);
            for setting in settings {
                if !found.iter().any(|(name, _)| *name == setting.name) {
                    found.push((setting.name, setting.value));
                }
            }
            let Some(base) = scope.base else { break };
            (stage, position) = (base, usize::MAX);
        }
        found
    }
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
    Scope { base, settings }
}
