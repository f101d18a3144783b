//! Adds `--no-cache` to installs with uv, so that what it fetches is not stored twice.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::packages::UV;
use crate::text::Edit;
use crate::transforms::caches::Cache;
use crate::transforms::cleanup::install;

pub(super) const TRANSFORM: Transform = Transform {
    id: "uv-no-cache",
    preserves: Preserves::Behavior,
    opt_in: false,
    page: include_str!("uv_no_cache.md"),
    rules: &[],
    owns: &[],
    effects: &[Effect::Files("~/.cache/uv/**")],
    rewrite,
};

const CACHE: Cache = Cache {
    folders: &[],
    home_folders: &[".cache/uv"],
    mount_words: &["uv"],
    moved_by_options: &["--cache-dir", "--link-mode", "--offline"],
    moved_by_variables: &["UV_CACHE_DIR", "XDG_CACHE_HOME", "UV_LINK_MODE"],
    read_by_options: &["--offline"],
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let readers = CACHE.readers(cx, &UV);
    for command in cx.build.commands_of(&UV) {
        let Some(package) = install(&command, &UV) else { continue };
        let run = command.run;
        let is_set = cx.build.variable(run, "UV_NO_CACHE").is_some()
            || run.text().is_some_and(|text| text.contains("UV_NO_CACHE"));
        let cleans = run.text().is_some_and(|text| text.contains("uv cache"));
        if package.has_option("--no-cache") || package.has_option("-n") || is_set || cleans || CACHE.is_deleted_in(run)
        {
            continue;
        }
        match CACHE.obstacle(cx, &command, &package, &readers) {
            Some((range, because)) => findings.decline(range, because),
            None => findings.rewrite(
                format!("Keep the cache of `uv {}` out of the layer", package.verb()),
                vec![Edit::insert(command.source_range(package.verb_word().range).end(), " --no-cache")],
            ),
        }
    }
    findings
}
