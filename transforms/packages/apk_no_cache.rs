//! Adds `--no-cache` to `apk add`, so that the package index stays out of the layer.

use std::cell::LazyCell;

use crate::known;
use crate::rewrite::{Context, Effect, Findings, Obstacle, Preserves, Transform};
use crate::semantics::commands::Command;
use crate::semantics::packages::APK;
use crate::semantics::{Takers, images, later_use};
use crate::syntax::shell::Word;
use crate::text::Edit;
use crate::transforms::COMMANDS;

pub(super) const TRANSFORM: Transform = Transform {
    id: "apk-no-cache",
    preserves: Preserves::Behavior,
    page: include_str!("apk_no_cache.md"),
    rules: &["DL3019"],
    effects: &[Effect::Files("/var/cache/apk/**"), Effect::Files("/etc/apk/cache/**")],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let readers = LazyCell::new(|| readers(cx));
    let takers = Takers::of(cx.build, folders().collect());
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
        if let Some(option) = known::CACHES.of("apk option that moves it").find(|option| add.has_option(option)) {
            findings.decline(command.range(), format!("`{option}` says where packages come from or go to"));
            continue;
        }
        let reader = reader(cx, &readers, cx.build.index_of(command.run));
        if let Some((range, because)) = reader.or_else(|| takers.out_of(command.run.stage)) {
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
fn folders() -> impl Iterator<Item = &'static str> {
    known::CACHES.of("apk folder")
}

/// The commands of the file that need the package index to be there, each with the index of its RUN, in the order of the file.
fn readers(cx: &Context<'_>) -> Vec<(usize, Obstacle)> {
    let runs = cx.build.runs.iter().enumerate();
    let found = runs.flat_map(|(index, run)| {
        run.each_command().filter_map(move |command| Some((index, (command.range(), need(&command)?))))
    });
    found.collect()
}

/// The first of `readers` in the image of the RUN at `index`.
fn reader(cx: &Context<'_>, readers: &[(usize, Obstacle)], index: usize) -> Option<Obstacle> {
    let stage = cx.build.runs[index].stage;
    let is_in_image = |other: usize| {
        let here = cx.build.runs[other].stage;
        here == stage
            || if other <= index { cx.build.is_based_on(stage, here) } else { cx.build.may_be_in(here, stage) }
    };
    readers.iter().find(|(other, _)| is_in_image(*other)).map(|(_, obstacle)| obstacle.clone())
}

/// Why `command` needs the package index.
fn need(command: &Command<'_>) -> Option<String> {
    let names = |word: &Word| folders().any(|folder| command.text(word.range).contains(folder));
    if !command.arguments().iter().any(names) {
        return None;
    }
    match command.name()? {
        // The folder itself is in every image.
        name if COMMANDS.has("needs nothing in a folder", name) => None,
        "rm" => later_use::needs_something_to_delete(command, &["/var/cache/apk/", "/etc/apk/cache"]),
        name => Some(format!("`{name}` uses the folder of the package index")),
    }
}
