//! Removes the packed packages and the index that conda has fetched.

use crate::known;
use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::packages::CONDA;
use crate::transforms::cleanup::{self, Needs, Plan};

pub(super) const TRANSFORM: Transform = Transform {
    id: "conda-clean",
    preserves: Preserves::Behavior,
    page: include_str!("conda_clean.md"),
    effects: &[
        Effect::Files("/**/pkgs/*.conda"),
        Effect::Files("/**/pkgs/*.tar.bz2"),
        Effect::Files("/**/pkgs/cache/**"),
        Effect::Files("~/.mamba/**"),
        Effect::Files("~/.conda/**"),
        Effect::Files("~/.cache/conda/**"),
    ],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    cleanup::behind_last_install(cx, &CONDA, |last| {
        let cleans = |text: &str| known::CACHES.sign("conda sign of an emptying", text).is_some();
        if last.is_followed_by_care() || last.command.run.text().is_some_and(cleans) {
            return Plan::Done;
        }
        let command = format!("{} clean -tiy", last.program());
        Plan::Clean {
            title: "Remove what conda has fetched in the layer that fetched it",
            command,
            needs: Needs::Manager,
        }
    })
}
