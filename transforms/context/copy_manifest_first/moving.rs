//! The edits by which a COPY gets behind an install, and its manifests in front.

use std::collections::BTreeMap;

use crate::rewrite::Context;
use crate::semantics::{Copied, MountKind, Run, comments, is_within};
use crate::syntax::{Instruction, ItemKind};
use crate::text::{Edit, Newline, TextRange, indent_at};

/// The option of `run` that may bring something else to `folder`, or from it.
pub(super) fn flag_of_run(run: &Run<'_>, folder: &str) -> Option<String> {
    if let Some(flag) = run.instruction.flags().iter().find(|flag| flag.name() != "mount") {
        return Some(format!("there is `--{}`", flag.name()));
    }
    let is_in_way = run.mounts.iter().find(|mount| {
        mount.kind == MountKind::Bind || !mount.target.starts_with('/') || is_within(&mount.target, folder)
    });
    is_in_way.map(|mount| match mount.target.as_str() {
        "" => "the RUN has something mounted".to_owned(),
        target => format!("`{target}` is mounted in it"),
    })
}

/// Puts `copied` behind the first `installed` commands of `run`, and a COPY of `manifests` in its place.
pub(super) fn edits(
    cx: &Context<'_>,
    copied: &Copied<'_>,
    run: &Run<'_>,
    installed: usize,
    manifests: &[String],
) -> Result<Vec<Edit>, String> {
    let copy = copied.instruction;
    let source = cx.file.source();
    let written = cx.file.slice(copy.range);
    if has_comment(written) || has_comment(cx.file.slice(run.instruction.range)) {
        return Err("a comment is about it".to_owned());
    }
    let newline = Newline::of(source).as_str();
    // The comment above goes with what it is about.
    let start = comments::above(cx.file, copy).map(|comment| comment.start()).min().unwrap_or(copy.range.start());
    let lines: String = lines(cx, copied, manifests, newline)?;
    let moved = cx.file.slice(TextRange::new(start, copy.range.end()));
    let moved = String::from_utf8_lossy(moved).trim_end_matches(['\r', '\n']).to_owned();
    let end = if lines.is_empty() { end_with_blank(cx, copy, start) } else { copy.range.end() };
    let mut edits = vec![Edit::replace(TextRange::new(start, end), lines)];
    let commands = run.commands();
    let Some(next) = commands.get(installed) else {
        let is_ended = cx.file.slice(run.instruction.range).ends_with(b"\n");
        let moved = if is_ended { format!("{moved}{newline}") } else { format!("{newline}{moved}") };
        edits.push(Edit::insert(run.instruction.range.end(), moved));
        return Ok(edits);
    };
    let Some(last) = installed.checked_sub(1).and_then(|at| commands.get(at)) else {
        return Err("the RUN cannot be split".to_owned());
    };
    let between = last.source_range(TextRange::new(last.node.range.end(), next.node.range.start()));
    let is_split =
        run.instruction.flags().is_empty() && !cx.file.slice(run.instruction.range).windows(2).any(|two| two == b"<<");
    if !is_split {
        return Err("the RUN cannot be split".to_owned());
    }
    let indent = indent_at(source, run.instruction.range.start());
    let keyword = run.instruction.source_range(run.instruction.statement.keyword_range);
    let keyword = String::from_utf8_lossy(cx.file.slice(keyword));
    edits.push(Edit::replace(between, format!("{newline}{moved}{newline}{indent}{keyword} ")));
    Ok(edits)
}

/// The instructions that copy `manifests`, one for each folder.
fn lines(cx: &Context<'_>, copied: &Copied<'_>, manifests: &[String], newline: &str) -> Result<String, String> {
    let copy = copied.instruction;
    let indent = indent_at(cx.file.source(), copy.range.start());
    let keyword = String::from_utf8_lossy(cx.file.slice(copy.source_range(copy.statement.keyword_range))).into_owned();
    let mut start = format!("{indent}{keyword}");
    for flag in copy.flags() {
        start.push(' ');
        start.push_str(&flag.text);
    }
    let target = copied.destination.value.written;
    let slash = if target.ends_with('/') { "" } else { "/" };
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in manifests {
        if path.contains(|c: char| !c.is_ascii_alphanumeric() && !"._-/@+".contains(c)) {
            return Err(format!("the name of `{path}` would have to be quoted"));
        }
        folders.entry(path.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default().push(path);
    }
    let line = |(folder, paths): (&&str, &Vec<&str>)| {
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        format!("{start} {} {target}{slash}{folder}{newline}", paths.join(" "))
    };
    Ok(folders.iter().map(line).collect())
}

/// Where what is taken out ends, so that no two blank lines are left.
fn end_with_blank(cx: &Context<'_>, copy: &Instruction, start: usize) -> usize {
    let is_blank_before = cx.file.items_up_to(start).last().is_some_and(|item| matches!(item.kind, ItemKind::Blank));
    match cx.file.items_from(copy.range.end()).first() {
        Some(item) if is_blank_before && matches!(item.kind, ItemKind::Blank) => item.range.end(),
        _ => copy.range.end(),
    }
}

/// Whether a line of `written` is a comment.
fn has_comment(written: &[u8]) -> bool {
    String::from_utf8_lossy(written).lines().any(|line| line.trim_start().starts_with('#'))
}
