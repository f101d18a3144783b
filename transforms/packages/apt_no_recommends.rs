//! Adds `--no-install-recommends` to `apt-get install`, and installs by name the recommends that would be missed.

use std::collections::BTreeSet;

use crate::known;
use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::commands::Command;
use crate::semantics::packages::{APT, PackageCommand};
use crate::syntax::shell::Word;
use crate::text::Edit;
use crate::transforms::cleanup::install;
use crate::transforms::operands;

pub(super) const TRANSFORM: Transform = Transform {
    id: "apt-no-recommends",
    preserves: Preserves::Intent,
    opt_in: true,
    page: include_str!("apt_no_recommends.md"),
    rules: &["DL3015"],
    effects: &[Effect::Anything],
    rewrite,
    ..Transform::PLAIN
};

/// What git needs to fetch by ssh.
const FOR_SSH: &str = "openssh-client";

fn is_needed(name: &str) -> bool {
    name == FOR_SSH || known::APT.all().any(|(fact, need)| need == name && fact.starts_with("needed by "))
}

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let source = String::from_utf8_lossy(cx.file.source()).to_ascii_lowercase();
    if source.contains("apt::install-recommends") {
        return findings;
    }
    let uses_ssh = source.contains("git@") || source.contains("ssh://");
    // Of what is installed, only that which others need of their recommends.
    let mut installed: BTreeSet<(usize, &str)> = BTreeSet::new();
    for command in cx.build.commands() {
        let Some(package) = install(&command, &APT).filter(|package| package.verb() == "install") else { continue };
        let names = names(&command, &package);
        let stage = command.run.stage;
        let here: Vec<&str> = installed
            .iter()
            .filter(|(other, _)| *other == stage || cx.build.is_based_on(stage, *other))
            .map(|(_, name)| *name)
            .collect();
        installed
            .extend(names.iter().filter(|name| command.is_top_level() && is_needed(name)).map(|&name| (stage, name)));
        let is_decided =
            ["--no-install-recommends", "--install-recommends"].iter().any(|option| package.has_option(option));
        if is_decided || command.name() == Some("aptitude") || !package.has_operands() {
            continue;
        }
        if let Some(because) = obstacle(cx, &command, &names) {
            findings.decline(command.range(), because);
            continue;
        }
        let missing = missing(&names, uses_ssh, &here);
        installed.extend(missing.iter().filter(|_| command.is_top_level()).map(|&name| (stage, name)));
        let place = command.source_range(behind_assume_yes(&command, package.verb_word()).range).end();
        let mut edits = vec![Edit::insert(place, " --no-install-recommends")];
        if !missing.is_empty() {
            edits.extend(operands::append(cx, &command, &package, &missing));
        }
        findings.rewrite("Install no recommended packages but those that are needed", edits);
    }
    findings
}

/// The verb, or the `-y` behind it, which is mostly written first.
fn behind_assume_yes<'r>(command: &Command<'r>, verb: &'r Word) -> &'r Word {
    let mut behind = command.words().iter().skip_while(|word| word.range != verb.range).skip(1);
    behind.next().filter(|word| word.is("-y")).unwrap_or(verb)
}

/// The names of the packages, without versions and releases.
fn names<'r>(command: &Command<'r>, package: &PackageCommand<'r>) -> Vec<&'r str> {
    let name = |text: &'r str| match text.find(['=', '/', ':']) {
        Some(end) if !text.starts_with(['/', '.']) => &text[..end],
        _ => text,
    };
    package.operands().map(|word| name(command.text(word.range))).collect()
}

fn obstacle(cx: &Context<'_>, command: &Command<'_>, names: &[&str]) -> Option<String> {
    if !cx.build.stage_of(command.run).exported {
        return Some("no image keeps the layers of this stage".to_owned());
    }
    if let Some(name) = names.iter().find(|name| known::APT.has("package that needs what it recommends", name)) {
        return Some(format!("`{name}` does half of its work without what it recommends"));
    }
    let unclear = names.iter().find(|name| name.contains(['$', '*', '?', '[', '`', '"', '\'', '/']))?;
    Some(format!("which packages `{unclear}` stands for, and what they recommend, cannot be told"))
}

/// The critical recommends that are not `installed` already, by an earlier command or this one.
fn missing(names: &[&str], uses_ssh: bool, installed: &[&str]) -> Vec<&'static str> {
    let plain = |name: &str| match name {
        "git-core" => "git".to_owned(),
        name if name.starts_with("php") => "php".to_owned(),
        name => name.to_owned(),
    };
    let uses_ssh = uses_ssh && names.contains(&"git");
    let needs = |name: &&str| known::APT.of(&format!("needed by {}", plain(name)));
    let mut missing: Vec<&str> = names.iter().flat_map(needs).chain(uses_ssh.then_some(FOR_SSH)).collect();
    missing.retain(|need| !installed.contains(need) && !names.contains(need));
    missing.sort_unstable();
    missing.dedup();
    missing
}
