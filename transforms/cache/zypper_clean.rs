//! Removes the cache of zypper in the layer that made it.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::packages::ZYPPER;
use crate::transforms::cleanup::{self, Needs, Plan};

pub(super) const TRANSFORM: Transform = Transform {
    id: "zypper-clean",
    preserves: Preserves::Behavior,
    page: include_str!("zypper_clean.md"),
    rules: &["DL3036"],
    effects: &[Effect::Files("/var/cache/zypp/**")],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    cleanup::behind_last_install(cx, &ZYPPER, |last| {
        if last.is_followed_by_care() {
            return Plan::Done;
        }
        let command = format!("{} clean -a", last.program());
        Plan::Clean { title: "Remove zypper's cache in the layer that made it", command, needs: Needs::Manager }
    })
}
