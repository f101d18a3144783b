//! Removes the cache of dnf, yum and microdnf in the layer that made it.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::packages::DNF;
use crate::transforms::caches::Cache;
use crate::transforms::cleanup::{self, Needs, Plan};

pub(super) const TRANSFORM: Transform = Transform {
    id: "dnf-clean",
    preserves: Preserves::Behavior,
    opt_in: false,
    page: include_str!("dnf_clean.md"),
    rules: &["DL3032", "DL3040"],
    owns: &[],
    effects: &[
        Effect::Files("/var/cache/dnf/**"),
        Effect::Files("/var/cache/yum/**"),
        Effect::Files("/var/cache/libdnf5/**"),
    ],
    rewrite,
};

const CACHE: Cache = Cache {
    folders: &["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"],
    home_folders: &[],
    mount_words: &[],
    moved_by_options: &["--installroot", "--downloadonly"],
    moved_by_variables: &["keepcache"],
    read_by_options: &["-C", "--cacheonly"],
};

fn rewrite(cx: &Context<'_>) -> Findings {
    cleanup::behind_last_install(cx, &DNF, &CACHE, |last| {
        if last.is_followed_by(&["clean"]) {
            return Plan::Done;
        }
        if matches!(last.package.verb(), "makecache" | "check-update") {
            return Plan::Blocked((last.command.range(), "it is there to fill the cache".to_owned()));
        }
        let mut command = format!("{} clean all", last.program());
        if last.command.name() == Some("yum") {
            command.push_str(&format!(" && {}rm -rf /var/cache/yum", last.command.privilege()));
        }
        Plan::Clean { title: "Remove the package cache in the layer that made it", command, needs: Needs::Manager }
    })
}
