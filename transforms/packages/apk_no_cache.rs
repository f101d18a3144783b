//! Adds `--no-cache` to `apk add`, so that the package index stays out of the layer.

use crate::rewrite::{Context, Effect, Findings, Obstacle, Preserves, Transform};
use crate::semantics::packages::APK;
use crate::semantics::{Run, images, later_use};
use crate::syntax::shell::Word;
use crate::text::Edit;

pub(super) const TRANSFORM: Transform = Transform {
    id: "apk-no-cache",
    preserves: Preserves::Behavior,
    opt_in: false,
    page: include_str!("apk_no_cache.md"),
    rules: &["DL3019"],
    owns: &[],
    effects: &[Effect::Files("/var/cache/apk/**"), Effect::Files("/etc/apk/cache/**")],
    rewrite,
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for command in cx.build.commands_of(&APK) {
        let Some(add) = command.package_command().filter(|package| package.verb() == "add") else {
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
        if let Some((range, because)) = reader(cx, command.run) {
            findings.decline(range, because);
            continue;
        }
        if let Some(image) = cx.build.image_of(command.run.stage).filter(|image| images::has_old_apk(image)) {
            findings.decline(command.range(), format!("the apk of `{image}` may be too old to know `--no-cache`"));
            continue;
        }
        findings.rewrite(
            "Keep the package index of `apk add` out of the layer",
            vec![Edit::insert(command.source_range(add.verb_word().range).end(), " --no-cache")],
        );
    }
    findings
}

/// Folders of the package index.
const FOLDERS: &[&str] = &["/var/cache/apk", "/etc/apk/cache"];

/// The first command in the image of `run` that needs the package index to be there.
fn reader(cx: &Context<'_>, run: &Run<'_>) -> Option<Obstacle> {
    let index = cx.build.index_of(run);
    let in_image = cx.build.runs[..=index]
        .iter()
        .filter(|other| other.stage == run.stage || cx.build.is_based_on(run.stage, other.stage));
    let commands = in_image.chain(cx.build.runs_after(index)).flat_map(|run| run.commands());
    commands.into_iter().find_map(|command| {
        let names = |word: &Word| FOLDERS.iter().any(|folder| command.text(word.range).contains(folder));
        if !command.arguments().iter().any(names) {
            return None;
        }
        let because = match command.name()? {
            // The folder itself is in every image.
            "find" | "echo" | "mkdir" => None,
            "rm" => later_use::needs_something_to_delete(&command, &["/var/cache/apk/", "/etc/apk/cache"]),
            name => Some(format!("`{name}` uses the folder of the package index")),
        };
        Some((command.range(), because?))
    })
}
