//! Joins `RUN apt-get update` with the RUN that installs from its lists, so that the build cache cannot pair an install with old lists.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::Run;
use crate::semantics::layers::{self, Obstacle};
use crate::semantics::packages::APT;

pub(super) const TRANSFORM: Transform = Transform {
    id: "apt-update-install",
    preserves: Preserves::Behavior,
    page: include_str!("apt_update_install.md"),
    effects: &[Effect::Files("/var/lib/apt/lists/**"), Effect::Files("/var/cache/apt/**")],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    if !cx.build.uses(&APT) {
        return findings;
    }
    for (index, pair) in cx.build.runs.windows(2).enumerate() {
        let [first, second] = pair else { continue };
        let ends_with_update = || apt_steps(first).last() == Some(Apt::Update);
        if first.stage != second.stage || !ends_with_update() || apt_steps(second).next() != Some(Apt::Install) {
            continue;
        }
        if cx.build.run_before(index + 1).is_none() {
            let between = cx.build.stage_of(first).instructions[first.position + 1];
            let because = format!("{} stands between the update and its install", between.keyword().name());
            findings.decline(between.range, because);
            continue;
        }
        match layers::joined(cx.build, &[first], second) {
            Ok(joint) => {
                findings.rewrite("Install from the lists that the same RUN has fetched", vec![joint.edit()]);
            }
            Err(Obstacle { range, because }) => findings.decline(range, because),
        }
    }
    findings
}

#[derive(PartialEq, Eq)]
enum Apt {
    Update,
    Install,
}

/// What the commands of apt in `run` do with the lists, in order.
fn apt_steps(run: &Run<'_>) -> impl Iterator<Item = Apt> {
    run.commands_of(&APT).filter_map(|command| {
        let package = command.package_command()?;
        match () {
            () if package.refreshes() => Some(Apt::Update),
            () if package.installs() => Some(Apt::Install),
            () => None,
        }
    })
}
