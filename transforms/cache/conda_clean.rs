//! Removes the packed packages and the index that conda has fetched.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::packages::CONDA;
use crate::transforms::caches::Cache;
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

const CACHE: Cache = Cache {
    folders: &[],
    home_folders: &["/pkgs", ".mamba", ".conda"],
    mount_words: &["conda", "mamba"],
    moved_by_options: &["--download-only"],
    moved_by_variables: &["CONDA_PKGS_DIRS", "pkgs_dirs"],
    read_by_options: &["--offline", "-C", "--use-index-cache"],
};

fn rewrite(cx: &Context<'_>) -> Findings {
    cleanup::behind_last_install(cx, &CONDA, &CACHE, |last| {
        let cleans = |text: &str| ["conda clean", "mamba clean"].iter().any(|clean| text.contains(clean));
        if last.is_followed_by(&["clean"]) || last.command.run.text().is_some_and(cleans) {
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
