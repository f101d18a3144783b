//! Copies what an install reads in front of it, and everything else behind it.

mod manifests;

use self::manifests::Kind;
use crate::known::{Table, table};
use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::semantics::commands::Command;
use crate::semantics::{By, Copied, Run, is_within, is_written_out};
use crate::syntax::shell::ConnectorKind;
use crate::syntax::{Instruction, ItemKind};
use crate::text::{Edit, Newline, indent_at};
use crate::transforms::{newness, removal};

pub(super) const TRANSFORM: Transform = Transform {
    id: "copy-manifest-first",
    preserves: Preserves::Filesystem,
    opt_in: true,
    page: include_str!("copy_manifest_first.md"),
    rewrite,
    ..Transform::PLAIN
};

static FACTS: Table = table!("facts.txt");

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for run in &cx.build.runs {
        let Some(copy) = whole_copy_before(cx, run) else { continue };
        let commands = run.commands();
        let Some(install) = commands.iter().find_map(|command| manifests::install(cx, command)) else { continue };
        match plan(cx, run, &copy, &commands, install) {
            Ok((manifests, edits)) => {
                findings.rewrite(format!("Install before all but {} is copied", listed(&manifests)), edits);
            }
            Err(because) => findings.decline(run.instruction.text_range(), because),
        }
    }
    findings
}

fn listed(manifests: &[String]) -> String {
    let names: Vec<_> = manifests.iter().map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}

/// The COPY of the whole context directly before `run`.
fn whole_copy_before<'f>(cx: &Context<'f>, run: &Run<'_>) -> Option<Copied<'f>> {
    let copy = cx.build.stages[run.stage].instructions[..run.position].last()?;
    // What is in quotes would have to be written anew.
    let is_plain = |copied: &Copied<'_>| {
        copied.by == By::Copy && copied.is_of_context() && !copied.instruction.arguments().is_json()
    };
    let is_whole = |copied: &Copied<'_>| matches!(copied.sources.as_slice(), [source] if source.is_whole());
    cx.build.copied_by(copy).filter(|copied| is_plain(copied) && is_whole(copied))
}

fn plan(
    cx: &Context<'_>,
    run: &Run<'_>,
    copied: &Copied<'_>,
    commands: &[Command<'_>],
    install: Kind,
) -> Result<(Vec<String>, Vec<Edit>), String> {
    if let Kind::Other(because) = install {
        return Err(because);
    }
    let copy = copied.instruction;
    if newness::is_late(cx, run.stage, copy) {
        return Err(newness::too_late());
    }
    let Some(folder) = newness::directory(cx, copy) else {
        return Err("no WORKDIR says where it is copied to".to_owned());
    };
    if !is_written_out(&folder) || copied.destination.path != folder {
        return Err("it is not copied to where the install runs".to_owned());
    }
    if !newness::is_own_place(&folder) {
        return Err(format!("what is installed may be in `{folder}`, where the COPY writes"));
    }
    if let Some(because) = newness::doubt_about_image(cx, run.stage) {
        return Err(because);
    }
    if let Some(flag) = copy.flags().iter().chain(run.instruction.flags()).next() {
        return Err(format!("there is `--{}`", flag.name()));
    }
    if let Some(before) = copied_before(cx, run.stage, copy, &folder) {
        return Err(format!("line {} copies something there before", before.first_line));
    }
    if !is_chain(run) {
        return Err("the commands are no plain `&&` list".to_owned());
    }
    let manifests = manifests::read_by(cx, run, commands, install, &folder)?;
    let source = cx.file.source();
    let (Some(removal), false) = (removal::of(cx, run.instruction), is_noted(cx, copy)) else {
        return Err("a comment is about it".to_owned());
    };
    let keyword = String::from_utf8_lossy(cx.file.slice(copy.source_range(copy.statement.keyword_range)));
    let target = copied.destination.value.written;
    let slash = if target.ends_with('/') { "" } else { "/" };
    let indent = indent_at(source, copy.range.start());
    let newline = Newline::of(source).as_str();
    let line = format!("{indent}{keyword} {} {target}{slash}{newline}", manifests.join(" "));
    let moved = [line.as_bytes(), cx.file.slice(run.instruction.range)].concat();
    Ok((manifests, vec![Edit::insert(copy.range.start(), moved), removal]))
}

/// What copies files of the context to `folder`, or around it, before `copy`.
fn copied_before<'f>(cx: &Context<'f>, stage: usize, copy: &Instruction, folder: &str) -> Option<&'f Instruction> {
    newness::before(cx, stage, copy).into_iter().find(|other| {
        let reaches = |copied: Copied<'_>| {
            let path = &copied.destination.path;
            copied.destination.known().is_none() || is_within(path, folder) || is_within(folder, path)
        };
        cx.build.copied_by(other).filter(Copied::is_of_context).is_some_and(reaches)
    })
}

/// Whether the script is commands with `&&` in between, and nothing else.
fn is_chain(run: &Run<'_>) -> bool {
    let Ok(script) = &run.script else { return false };
    let [item] = script.tree().body.items.as_slice() else { return false };
    let is_plain = item.and_or.pipelines().all(|pipeline| pipeline.commands.len() == 1 && pipeline.negation.is_none());
    is_plain
        && !item.in_background()
        && item.and_or.rest.iter().all(|(connector, _)| connector.kind == ConnectorKind::And)
}

/// Whether a comment stands directly above the instruction, or in it.
fn is_noted(cx: &Context<'_>, instruction: &Instruction) -> bool {
    let above = cx.file.items_up_to(instruction.range.start()).last().map(|item| &item.kind);
    matches!(above, Some(ItemKind::Comment | ItemKind::Directive(_)))
        || removal::has_comment(&String::from_utf8_lossy(cx.file.slice(instruction.range)))
}
