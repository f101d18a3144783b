//! Removes the packages that pacman has fetched in the layer that fetched them.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::packages::PACMAN;
use crate::transforms::cleanup::{self, Needs, Plan};

pub(super) const TRANSFORM: Transform = Transform {
    id: "pacman-clean",
    preserves: Preserves::Behavior,
    page: include_str!("pacman_clean.md"),
    effects: &[Effect::Files("/var/cache/pacman/pkg/**")],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    cleanup::behind_last_install(cx, &PACMAN, |last| {
        if last.is_followed_by_care() || last.after.iter().any(|command| command.name() == Some("paccache")) {
            return Plan::Done;
        }
        let command = format!("{}rm -rf /var/cache/pacman/pkg/*", last.command.privilege());
        Plan::Clean { title: "Remove the packages that pacman has fetched", command, needs: Needs::Nothing }
    })
}
