//! Writes a plain shell-form CMD or ENTRYPOINT as a JSON array, so that no shell stands between Docker and the program.

use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::syntax::{Instruction, Keyword};
use crate::text::Edit;

pub(super) const TRANSFORM: Transform = Transform {
    id: "exec-form",
    preserves: Preserves::Intent,
    opt_in: true,
    page: include_str!("exec_form.md"),
    rules: &["DL3025", "JSONArgsRecommended"],
    owns: &[Keyword::Cmd, Keyword::Entrypoint],
    effects: &[],
    rewrite,
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for (index, stage) in cx.build.stages.iter().enumerate() {
        for instruction in &stage.instructions {
            if !matches!(instruction.keyword(), Keyword::Cmd | Keyword::Entrypoint) {
                continue;
            }
            let Some(command) = instruction.arguments().shell_form() else { continue };
            match obstacle(cx, index, instruction).map_or_else(|| words(&command.text), Err) {
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

/// What else in the stage changes its meaning with the form of this instruction.
fn obstacle(cx: &Context<'_>, stage: usize, instruction: &Instruction) -> Option<String> {
    let image = cx.build.image_of(stage).unwrap_or_default();
    let stage = &cx.build.stages[stage];
    let all = |keyword| stage.instructions.iter().filter(move |other| other.keyword() == keyword);
    if all(Keyword::Shell).next().is_some() {
        return Some("SHELL is set, and would no longer be used".to_owned());
    }
    if stage.base.is_windows() {
        return Some("it runs on Windows".to_owned());
    }
    let other = match instruction.keyword() {
        Keyword::Cmd => all(Keyword::Entrypoint).next(),
        _ => all(Keyword::Cmd).next(),
    };
    match (instruction.keyword(), other) {
        (Keyword::Cmd, Some(_)) => Some("an ENTRYPOINT gets CMD as its arguments".to_owned()),
        (_, Some(_)) => Some("a shell-form ENTRYPOINT ignores CMD, which would become its arguments".to_owned()),
        (Keyword::Cmd, None) if !hands_command_on(image) => {
            Some("the base image may have an ENTRYPOINT that gets CMD as its arguments".to_owned())
        }
        (Keyword::Cmd, None) => None,
        (_, None) => Some("CMD of the base image would become its arguments".to_owned()),
    }
}

/// Official images without an ENTRYPOINT, or with one that runs its arguments (`exec "$@"`).
const HANDS_COMMAND_ON: &[&str] = &[
    "almalinux",
    "alpine",
    "amazoncorretto",
    "archlinux",
    "buildpack-deps",
    "busybox",
    "centos",
    "debian",
    "eclipse-temurin",
    "fedora",
    "gcc",
    "golang",
    "gradle",
    "maven",
    "node",
    "openjdk",
    "oraclelinux",
    "perl",
    "php",
    "pypy",
    "python",
    "rockylinux",
    "ruby",
    "rust",
    "ubuntu",
];

fn hands_command_on(image: &str) -> bool {
    let name = image.split(['@', ':']).next().unwrap_or(image);
    HANDS_COMMAND_ON.contains(&name.strip_prefix("library/").unwrap_or(name))
}

/// Words that only a shell knows.
const SHELL_WORDS: &[&str] = &[
    ".", ":", "[", "[[", "alias", "bg", "case", "cd", "command", "eval", "exec", "exit", "export", "fg", "for",
    "function", "if", "read", "set", "shift", "source", "time", "trap", "ulimit", "umask", "unset", "until", "wait",
    "while", "{", "!", "(",
];

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
        Some(first) if SHELL_WORDS.contains(first) => Err(format!("`{first}` is a word of the shell")),
        Some(first) if first.contains('=') => Err("it starts with an assignment".to_owned()),
        Some(_) => Ok(words),
        None => Err("it is empty".to_owned()),
    }
}
