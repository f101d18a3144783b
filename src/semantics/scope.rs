//! Which variables ENV and ARG have set where.

use std::collections::BTreeMap;

use super::stages::{Base, Stage};
use crate::syntax::Keyword;

/// The variables of every stage.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    stages: Vec<Scope>,
}

/// Where each variable of one stage is set: index of the instruction in the stage, and the value as written.
#[derive(Debug, Default)]
struct Scope {
    base: Option<usize>,
    variables: BTreeMap<String, Vec<(usize, Option<String>)>>,
}

impl Scopes {
    pub fn of(stages: &[Stage<'_>]) -> Self {
        Self { stages: stages.iter().map(scope).collect() }
    }

    /// Whether `name` is set by ENV or ARG before the instruction at `position` of stage `stage`, and to what; the value is as written, and `None` if it
    /// comes from outside. Looks into the stages it is based on too.
    pub fn variable(&self, stage: usize, position: usize, name: &str) -> Option<Option<&str>> {
        let (mut stage, mut position) = (stage, position);
        loop {
            let scope = self.stages.get(stage)?;
            let settings = scope.variables.get(name).map_or(&[][..], Vec::as_slice);
            let before = settings.partition_point(|(at, _)| *at < position);
            if let Some((_, value)) = before.checked_sub(1).map(|last| &settings[last]) {
                return Some(value.as_deref());
            }
            (stage, position) = (scope.base?, usize::MAX);
        }
    }
}

fn scope(stage: &Stage<'_>) -> Scope {
    let mut variables: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let mut set = |name: &str, at, value| variables.entry(name.to_owned()).or_default().push((at, value));
    for (position, instruction) in stage.instructions.iter().enumerate() {
        match instruction.keyword() {
            Keyword::Env => {
                for pair in instruction.arguments().pairs() {
                    set(&pair.key.text, position, Some(pair.value.text.clone()));
                }
            }
            Keyword::Arg => {
                for word in instruction.arguments().words() {
                    match word.text.split_once('=') {
                        Some((name, value)) => set(name, position, Some(value.to_owned())),
                        None => set(&word.text, position, None),
                    }
                }
            }
            _ => {}
        }
    }
    let base = match stage.base {
        Base::Stage(index) => Some(index),
        _ => None,
    };
    Scope { base, variables }
}
