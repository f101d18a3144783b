//! Removes the packed gems in the layer that fetched them.

use std::cell::LazyCell;

use crate::known;
use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::is_root;
use crate::semantics::packages::GEM;
use crate::transforms::cleanup::{self, Needs, Plan};

pub(super) const TRANSFORM: Transform = Transform {
    id: "gem-clean",
    preserves: Preserves::Behavior,
    page: include_str!("gem_clean.md"),
    effects: &[
        Effect::Files("/**/gems/*/cache/**"),
        Effect::Files("/**/bundle/cache/**"),
        Effect::Files("~/.gem/**"),
        Effect::Files("~/.local/share/gem/**"),
    ],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let reader = LazyCell::new(|| {
        let source = String::from_utf8_lossy(cx.file.source());
        known::CACHES.sign("gem sign of a reader", &source)
    });
    cleanup::behind_last_install(cx, &GEM, |last| {
        let deletes_cache = last.after.iter().any(|command| {
            command.name() == Some("rm")
                && command.arguments().iter().any(|word| command.text(word.range).contains("cache"))
        });
        if deletes_cache {
            return Plan::Done;
        }
        if let Some(reader) = *reader {
            return Plan::Blocked((last.command.range(), format!("`{reader}` reads the packed gems")));
        }
        if last.command.privilege().is_empty() && last.command.run.user.as_deref().is_some_and(|user| !is_root(user)) {
            let because = "where USER is not root, gems may go to another folder than `gem env gemdir` says";
            return Plan::Blocked((last.command.range(), because.to_owned()));
        }
        let (privilege, program) = (last.command.privilege(), last.program());
        let command = format!("{privilege}rm -rf \"$({program} env gemdir)\"/cache/*");
        Plan::Clean { title: "Remove the packed gems in the layer that fetched them", command, needs: Needs::Manager }
    })
}
