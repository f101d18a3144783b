//! Removes the cache of zypper in the layer that made it.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::packages::ZYPPER;
use crate::transforms::caches::Cache;
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

const CACHE: Cache = Cache {
    folders: &["/var/cache/zypp"],
    home_folders: &[],
    mount_words: &[],
    moved_by_options: &[
        "-R",
        "--root",
        "--installroot",
        "--cache-dir",
        "--raw-cache-dir",
        "--solv-cache-dir",
        "--pkg-cache-dir",
        "-d",
        "--download-only",
    ],
    moved_by_variables: &["ZYPP_", "keeppackages"],
    read_by_options: &["--no-refresh"],
};

fn rewrite(cx: &Context<'_>) -> Findings {
    cleanup::behind_last_install(cx, &ZYPPER, &CACHE, |last| {
        if last.is_followed_by(&["clean", "cc"]) {
            return Plan::Done;
        }
        let command = format!("{} clean -a", last.program());
        Plan::Clean { title: "Remove zypper's cache in the layer that made it", command, needs: Needs::Manager }
    })
}
