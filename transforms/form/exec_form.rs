//! Writes a plain shell-form CMD or ENTRYPOINT as a JSON array, so that no shell stands between Docker and the program.

use std::cell::LazyCell;

use crate::known;
use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::semantics::{Part, Start};
use crate::syntax::Keyword;
use crate::text::Edit;
use crate::transforms::COMMANDS;

pub(super) const TRANSFORM: Transform = Transform {
    id: "exec-form",
    preserves: Preserves::Intent,
    opt_in: true,
    page: include_str!("exec_form.md"),
    rules: &["DL3025", "JSONArgsRecommended"],
    owns: &[Keyword::Cmd, Keyword::Entrypoint],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for stage in 0..cx.build.stages.len() {
        let start = LazyCell::new(|| cx.build.start(stage));
        for part in cx.build.parts_of(stage) {
            let instruction = part.instruction;
            let Some(command) = instruction.arguments().shell_form() else { continue };
            match obstacle(cx, &part, &start).map_or_else(|| words(&command.text), Err) {
                Ok(words) => {
                    let json: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
                    let edit = Edit::replace(instruction.source_range(command.range), format!("[{}]", json.join(", ")));
                    findings.rewrite("Start the program itself, so that it gets signals", vec![edit]);
                }
                Err(because) => findings.decline(instruction.range, because),
            }
        }
    }
    findings
}

/// What else of the stage changes its meaning with the form of this CMD or ENTRYPOINT.
fn obstacle(cx: &Context<'_>, part: &Part<'_>, start: &Start<'_>) -> Option<String> {
    let stage = part.stage;
    if cx.build.is_on_windows(stage) {
        return Some("it runs on Windows".to_owned());
    }
    if part.has_other_shell() {
        return Some("SHELL is set, and would no longer be used".to_owned());
    }
    let image = cx.build.image_of(stage).unwrap_or_default();
    match part.instruction.keyword() {
        Keyword::Cmd if start.entrypoint.is_some() => Some("an ENTRYPOINT gets CMD as its arguments".to_owned()),
        Keyword::Cmd if !hands_command_on(image) => {
            Some("the base image may have an ENTRYPOINT that gets CMD as its arguments".to_owned())
        }
        Keyword::Cmd => None,
        _ if start.command.is_some() => {
            Some("a shell-form ENTRYPOINT ignores CMD, which would become its arguments".to_owned())
        }
        _ => Some("CMD of the base image would become its arguments".to_owned()),
    }
}

/// Whether it is an official image without an ENTRYPOINT, or with one that runs its arguments (`exec "$@"`).
fn hands_command_on(image: &str) -> bool {
    let name = image.split(['@', ':']).next().unwrap_or(image);
    known::OFFICIAL.has("hands CMD on", name.strip_prefix("library/").unwrap_or(name))
}

/// The words of a command that means the same without a shell.
fn words(command: &str) -> Result<Vec<&str>, String> {
    let plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, ' ' | '/' | '.' | '-' | '_' | ':' | ',' | '=' | '@' | '+' | '%')
    };
    if let Some(special) = command.chars().find(|&c| !plain(c)) {
        return Err(format!("a shell reads `{special}`"));
    }
    let words: Vec<_> = command.split_ascii_whitespace().collect();
    match words.first() {
        Some(first) if COMMANDS.has("word that only a shell knows", first) => {
            Err(format!("`{first}` is a word of the shell"))
        }
        Some(first) if first.contains('=') => Err("it starts with an assignment".to_owned()),
        Some(_) => Ok(words),
        None => Err("it is empty".to_owned()),
    }
}
