//! Adds `--no-cache` to `apk add`, so that the package index stays out of the layer.

use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::semantics::packages::APK;
use crate::text::Edit;

pub(super) const TRANSFORM: Transform = Transform {
    id: "apk-no-cache",
    preserves: Preserves::Behavior,
    opt_in: false,
    page: include_str!("apk_no_cache.md"),
    rules: &["DL3019"],
    owns: &[],
    rewrite,
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for command in cx.build.commands() {
        let Some(add) = command.package_command().filter(|package| *package.manager == APK && package.verb() == "add")
        else {
            continue;
        };
        if add.has_option("--no-cache") || add.is_simulation() {
            continue;
        }
        if !cx.build.stage_of(command.run).exported {
            findings.decline(command.range(), "no image keeps the layers of this stage");
            continue;
        }
        if let Some(mount) =
            command.run.mount_over("/var/cache/apk").or_else(|| command.run.mount_over("/etc/apk/cache"))
        {
            findings.decline(mount.range, "a mount keeps the package index out of the layer");
            continue;
        }
        if let Some(option) = ["--no-network", "--cache-dir", "--cache-max-age", "--root", "-p"]
            .iter()
            .find(|option| add.has_option(option))
        {
            findings.decline(command.range(), format!("`{option}` says where packages come from or go to"));
            continue;
        }
        findings.rewrite(
            "Keep the package index of `apk add` out of the layer",
            vec![Edit::insert(command.source_range(add.verb.range).end(), " --no-cache")],
        );
    }
    findings
}
