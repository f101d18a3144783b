//! Removes the cache of composer in the layer that made it.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::packages::COMPOSER;
use crate::transforms::cleanup::{self, Needs, Plan};

pub(super) const TRANSFORM: Transform = Transform {
    id: "composer-clean",
    preserves: Preserves::Behavior,
    page: include_str!("composer_clean.md"),
    effects: &[Effect::Files("~/.composer/cache/**"), Effect::Files("~/.cache/composer/**")],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    cleanup::behind_last_install(cx, &COMPOSER, |last| {
        let deletes_home = last.command.run.commands().iter().any(|command| {
            command.name() == Some("rm")
                && command.arguments().iter().any(|word| command.text(word.range).contains(".composer"))
        });
        let no_cache = last.package.has_option("--no-cache");
        if last.is_followed_by_care() || deletes_home || no_cache {
            return Plan::Done;
        }
        let command = format!("{} clear-cache", last.program());
        Plan::Clean { title: "Remove composer's cache in the layer that made it", command, needs: Needs::Manager }
    })
}
