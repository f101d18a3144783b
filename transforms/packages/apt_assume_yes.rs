//! Adds `-y` to apt commands that would ask, since nobody can answer in a build.

use crate::known;
use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::semantics::packages::{APT, PackageCommand};
use crate::text::Edit;

pub(super) const TRANSFORM: Transform = Transform {
    id: "apt-assume-yes",
    preserves: Preserves::Behavior,
    page: include_str!("apt_assume_yes.md"),
    rules: &["DL3014"],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let asking = cx.build.commands_of(&APT).filter_map(|command| {
        let package = command.package_command()?;
        let asks =
            known::APT.has("verb that asks", package.verb()) && !package.is_simulation() && !is_answered(&package);
        asks.then_some((command, package))
    });
    let asking: Vec<_> = asking.collect();
    if asking.is_empty() || configures_yes(&String::from_utf8_lossy(cx.file.source()).to_ascii_lowercase()) {
        return findings;
    }
    for (command, package) in asking {
        if command.is_fed() {
            findings.decline(command.range(), "something feeds it answers");
            continue;
        }
        if !command.failure_counts() {
            findings.decline(command.range(), "the build goes on if it fails, and may rely on that");
            continue;
        }
        let title = format!("Do not let `{} {}` ask", command.name().unwrap_or("apt-get"), package.verb());
        findings.rewrite(title, vec![Edit::insert(command.source_range(package.verb_word().range).end(), " -y")]);
    }
    findings
}

/// Whether a text in lower case sets apt's own `APT::Get::Assume-Yes` other than by an option of one command.
fn configures_yes(text: &str) -> bool {
    text.match_indices("apt::get::assume-yes").any(|(at, _)| {
        let before = text[..at].trim_end_matches(['"', '\'', ' ', '=']);
        !before.ends_with("-o") && !before.ends_with("--option")
    })
}

/// Whether an option answers: by its name, by being quiet twice, or by setting apt's own `APT::Get::Assume-Yes`.
fn is_answered(package: &PackageCommand<'_>) -> bool {
    let texts = || package.options().flat_map(|words| words.iter()).filter_map(|word| word.literal.as_deref());
    let quiet = |option: &str| match option.strip_prefix('-') {
        Some("q=2" | "-quiet=2") => 2,
        Some(letters) if !letters.starts_with('-') => letters.matches('q').count(),
        Some("-quiet") => 1,
        _ => 0,
    };
    known::APT.of("option that answers").any(|option| package.has_option(option))
        || texts().map(quiet).sum::<usize>() >= 2
        || texts().any(|option| option.to_ascii_lowercase().contains("assume-"))
}
