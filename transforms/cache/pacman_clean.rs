//! Removes the packages that pacman has fetched in the layer that fetched them.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::packages::PACMAN;
use crate::transforms::caches::Cache;
use crate::transforms::cleanup::{self, Needs, Plan};

pub(super) const TRANSFORM: Transform = Transform {
    id: "pacman-clean",
    preserves: Preserves::Behavior,
    page: include_str!("pacman_clean.md"),
    effects: &[Effect::Files("/var/cache/pacman/pkg/**")],
    rewrite,
    ..Transform::PLAIN
};

const CACHE: Cache = Cache {
    folders: &["/var/cache/pacman/pkg"],
    home_folders: &[],
    mount_words: &[],
    moved_by_options: &["--cachedir", "-r", "--root", "--sysroot", "-w", "--downloadonly"],
    moved_by_variables: &["CacheDir"],
    read_by_options: &[],
};

fn rewrite(cx: &Context<'_>) -> Findings {
    cleanup::behind_last_install(cx, &PACMAN, &CACHE, |last| {
        if last.is_followed_by(&["clean"]) || last.after.iter().any(|command| command.name() == Some("paccache")) {
            return Plan::Done;
        }
        let command = format!("{}rm -rf /var/cache/pacman/pkg/*", last.command.privilege());
        Plan::Clean { title: "Remove the packages that pacman has fetched", command, needs: Needs::Nothing }
    })
}
