//! Says whose files are when they are copied, instead of changing their owner in a layer of their own.

use crate::rewrite::{Answer, Context, Effect, Findings, Preserves, Question, Transform};
use crate::semantics::commands::Command;
use crate::semantics::{By, Copied, Run, is_within, joined};
use crate::syntax::Keyword;
use crate::syntax::shell::ConnectorKind;
use crate::text::{Edit, TextRange};
use crate::transforms::newness;
use crate::transforms::operands::behind_keyword;
use crate::transforms::removal;

pub(super) const TRANSFORM: Transform = Transform {
    id: "copy-chown",
    preserves: Preserves::Intent,
    opt_in: false,
    page: include_str!("copy_chown.md"),
    rules: &[],
    owns: &[],
    effects: &[Effect::Owners],
    rewrite,
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for run in &cx.build.runs {
        let Some(copied) = copy_before(cx, run) else { continue };
        let Some(command) = run.commands().into_iter().find(|command| command.name() == Some("chown")) else {
            continue;
        };
        if newness::is_late(cx, run.stage, copied.instruction) {
            findings.decline(command.range(), newness::too_late());
            continue;
        }
        let Some(destination) = destination(cx, &copied) else { continue };
        match plan(cx, run, &copied, &command, destination) {
            Ok(Some(edits)) => findings.rewrite("Copy the files for their owner, not twice", edits),
            Ok(None) => {}
            Err(because) => findings.decline(command.range(), because),
        }
    }
    findings
}

/// Instructions that neither change files nor say what a RUN does.
const METADATA: &[Keyword] = &[
    Keyword::Cmd,
    Keyword::Entrypoint,
    Keyword::Expose,
    Keyword::Healthcheck,
    Keyword::Label,
    Keyword::Maintainer,
    Keyword::Stopsignal,
    Keyword::Workdir,
];

/// The COPY before `run`, with nothing but metadata in between.
fn copy_before<'f>(cx: &Context<'f>, run: &Run<'_>) -> Option<Copied<'f>> {
    let before = &cx.build.stages[run.stage].instructions[..run.position];
    let copy = before.iter().rev().find(|instruction| !METADATA.contains(&instruction.keyword()))?;
    cx.build.copied_by(copy).filter(|copied| copied.by == By::Copy)
}

/// Where the COPY writes, in full; `None` if that is not written out.
fn destination<'c>(cx: &Context<'_>, copied: &'c Copied<'_>) -> Option<&'c str> {
    let Copied { instruction, destination, .. } = copied;
    let is_plain = destination.path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    let is_rooted = destination.value.text.starts_with('/') || cx.build.directory_at(instruction).is_some();
    (is_plain && is_rooted).then_some(&*destination.path)
}

/// What is to be done; nothing where `command` is about other files.
fn plan(
    cx: &Context<'_>,
    run: &Run<'_>,
    copied: &Copied<'_>,
    command: &Command<'_>,
    destination: &str,
) -> Result<Option<Vec<Edit>>, String> {
    let copy = copied.instruction;
    let words: Option<Vec<&str>> = command.arguments().iter().map(|word| word.literal.as_deref()).collect();
    let Some(words) = words else { return Ok(None) };
    let (options, operands): (Vec<&str>, Vec<&str>) = words.into_iter().partition(|word| word.starts_with('-'));
    let Some((owner, targets)) = operands.split_first() else { return Ok(None) };
    let targets: Vec<_> =
        targets.iter().map(|target| joined(run.directory.as_deref().unwrap_or_default(), target)).collect();
    if !targets.iter().any(|target| is_within(target, destination) || is_within(destination, target)) {
        return Ok(None);
    }
    if targets != [destination] {
        return Err(format!("it is not only about `{destination}`, which is what is copied"));
    }
    let is_recursive = match options.as_slice() {
        [] => false,
        ["-R" | "--recursive"] => true,
        _ => return Err(format!("`{}` is not what `--chown` does", options.join(" "))),
    };
    if !is_recursive && !is_file(cx, copied) {
        return Err("without `-R` it changes the folder, not what is in it".to_owned());
    }
    if !cx.build.stage_of(run).exported {
        return Err("no image keeps the layers of this stage".to_owned());
    }
    if !matches!(run.user.as_deref(), None | Some("root" | "0")) || command.is_privileged() {
        return Err("it is not root who runs it".to_owned());
    }
    if let Some(because) = obstacle_in_copy(copied) {
        return Err(because);
    }
    if let Some(because) = newness::doubt(cx, run.stage, copy, destination) {
        return Err(because);
    }
    let between = &cx.build.stages[run.stage].instructions[..run.position];
    let behind_copy = between.iter().filter(|other| other.range.start() > copy.range.start());
    let mut workdirs = behind_copy.filter(|other| other.keyword() == Keyword::Workdir);
    if workdirs.any(|_| run.directory.as_deref().map(|folder| joined("/", folder)).as_deref() != Some(destination)) {
        return Err("a WORKDIR in between may make a folder that it also changes".to_owned());
    }
    let owner = owner_for_copy(owner)?;
    let chown = Edit::insert(behind_keyword(copy), format!(" --chown={owner}"));
    Ok(Some(vec![chown, removed(cx, run, command)?]))
}

/// What `--chown` is to say; a group that `chown` does not name stays that of root.
fn owner_for_copy(owner: &str) -> Result<String, String> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c == '_' || c.is_ascii_alphanumeric())
            && name.chars().all(|c| c == '_' || c == '-' || c.is_ascii_alphanumeric())
    };
    match owner.split_once(':') {
        None if is_name(owner) => Ok(format!("{owner}:0")),
        Some((user, group)) if is_name(user) && is_name(group) => Ok(owner.to_owned()),
        _ => Err(format!("`{owner}` is no plain user and group")),
    }
}

/// Whether the COPY is of one file that gets the name of the destination.
fn is_file(cx: &Context<'_>, copied: &Copied<'_>) -> bool {
    let [source] = copied.sources.as_slice() else { return false };
    let is_there = || cx.facts.answer(Question::ContextEntry(source.path().into_owned()));
    !copied.destination.is_folder && source.is_plain() && matches!(is_there(), Answer::File { .. })
}

fn obstacle_in_copy(copied: &Copied<'_>) -> Option<String> {
    if !copied.is_of_context() {
        return Some("what comes from an image may have rights that only `chown` takes away".to_owned());
    }
    if let Some(name) = copied.option_besides(&["chmod"]) {
        return Some(format!("the COPY has `--{name}`"));
    }
    let unclear = copied.sources.iter().find(|source| !source.is_plain());
    unclear.map(|source| format!("what `{}` is, is not written out", source.value.written))
}

/// Takes `command` out of its RUN, or the RUN out of the file if that is all there is.
fn removed(cx: &Context<'_>, run: &Run<'_>, command: &Command<'_>) -> Result<Edit, String> {
    let items = &command.script.tree().body.items;
    let first = items.first().filter(|item| !item.in_background()).map(|item| &item.and_or);
    let Some(and_or) = first.filter(|and_or| is_plain(and_or.first.range, command)) else {
        return Err("it does not come first, and what comes before may change the files".to_owned());
    };
    if !run.instruction.flags().is_empty() {
        return Err("the RUN has options".to_owned());
    }
    let next = match and_or.rest.first() {
        Some((connector, next)) if connector.kind == ConnectorKind::And => next.range,
        Some(_) => return Err("what runs if it fails is said behind it".to_owned()),
        None => match items.get(1) {
            Some(item) => item.and_or.first.range,
            None => {
                let edit = removal::of(cx, run.instruction);
                return edit.ok_or_else(|| "a comment is about it".to_owned());
            }
        },
    };
    let range = command.source_range(TextRange::new(command.node.range.start(), next.start()));
    let range = TextRange::new(range.start(), command.source_range(next).start());
    if cx.file.slice(range).contains(&b'#') {
        return Err("a comment is about it".to_owned());
    }
    Ok(Edit::delete(range))
}

/// Whether the pipeline at `range` is `command` and nothing else.
fn is_plain(range: TextRange, command: &Command<'_>) -> bool {
    range == command.node.range && command.node.redirects.is_empty() && command.simple.assignments.is_empty()
}
