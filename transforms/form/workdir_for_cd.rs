//! Says with WORKDIR where a RUN that starts with `cd` works.

use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::semantics::{Run, comments};
use crate::syntax::Keyword;
use crate::syntax::shell::ConnectorKind;
use crate::text::{Edit, TextRange};

pub(super) const TRANSFORM: Transform = Transform {
    id: "workdir-for-cd",
    preserves: Preserves::Intent,
    opt_in: true,
    page: include_str!("workdir_for_cd.md"),
    rules: &["DL3003"],
    owns: &[Keyword::Workdir],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for run in &cx.build.runs {
        let Some(cd) = leading_cd(run) else { continue };
        match edits(cx, run, &cd) {
            Ok(edits) => findings.rewrite(format!("Work in {} with WORKDIR", cd.folder), edits),
            Err(because) => findings.decline(run.instruction.range, because),
        }
    }
    findings
}

/// A `cd FOLDER &&` at the start of a script.
struct LeadingCd<'r> {
    folder: &'r str,
    /// With the `&&` and the blanks behind it, in the file.
    range: TextRange,
}

fn leading_cd<'r>(run: &'r Run<'_>) -> Option<LeadingCd<'r>> {
    let script = run.script.as_ref().ok()?;
    let [item] = script.tree().body.items.as_slice() else { return None };
    let (connector, next) = item.and_or.rest.first()?;
    let commands = run.commands();
    let cd = commands.first()?;
    let [word] = cd.arguments() else { return None };
    let script_text = std::str::from_utf8(script.text.bytes()).ok()?;
    let raw = &script_text[word.range];
    let is_cd = cd.name() == Some("cd")
        && cd.is_top_level()
        && connector.kind == ConnectorKind::And
        && cd.node.redirects.is_empty();
    if !is_cd || word.literal.as_deref() != Some(raw) {
        return None;
    }
    let start = script.text.source_range(cd.node.range).start();
    Some(LeadingCd { folder: raw, range: TextRange::new(start, script.text.source_range(next.range).start()) })
}

fn edits(cx: &Context<'_>, run: &Run<'_>, cd: &LeadingCd<'_>) -> Result<Vec<Edit>, String> {
    if !cd.folder.starts_with('/') {
        return Err(format!("where `cd {}` leads depends on what ran before", cd.folder));
    }
    if run.commands().iter().skip(1).any(|command| command.name() == Some("cd")) {
        return Err("it changes the folder more than once".to_owned());
    }
    // What is written down again is read again.
    let is_plain = |folder: &&str| folder.starts_with('/') && !folder.contains(['$', '"', '\'', '\\', '`']);
    let before = run.directory.as_deref().filter(is_plain);
    let before = before.ok_or("the WORKDIR to go back to is that of the base image, which the file does not say")?;
    if comments::has_tool_comment(cx.file, run.instruction) {
        return Err("the comment above it speaks to a tool, and would stand above WORKDIR".to_owned());
    }
    if cx.file.slice(cd.range).contains(&b'#') {
        return Err("a comment stands behind `cd`".to_owned());
    }
    let newline = cx.file.newline().as_str();
    let (start, end) = (run.instruction.range.start(), run.instruction.range.end());
    let at_line_end = cx.file.source()[..end].ends_with(b"\n");
    let back = if at_line_end { format!("WORKDIR {before}{newline}") } else { format!("{newline}WORKDIR {before}") };
    Ok(vec![
        Edit::insert(start, format!("WORKDIR {}{newline}", cd.folder)),
        Edit::delete(cd.range),
        Edit::insert(end, back),
    ])
}
