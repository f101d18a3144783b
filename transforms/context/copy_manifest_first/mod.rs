//! Copies what an install reads in front of it, and everything else behind it.

mod apart;
mod moving;

use self::apart::Part;
use crate::ecosystems::manifests::{Project, Wants};
use crate::known::{OFFICIAL, Table, table};
use crate::rewrite::{Answer, Companion, Context, Effect, Findings, Preserves, Question, Transform};
use crate::semantics::commands::Command;
use crate::semantics::{By, Copied, Run, Taken, comments, fits, is_within, is_written_out, joined};
use crate::syntax::{ImageReference, Instruction, Keyword};
use crate::text::Edit;
use crate::transforms::ignoring::{ignore_file, is_left_out};
use crate::transforms::newness;

pub(super) const TRANSFORM: Transform = Transform {
    id: "copy-manifest-first",
    preserves: Preserves::Filesystem,
    page: include_str!("copy_manifest_first.md"),
    effects: &[
        Effect::Files("/**/{package-lock.json,npm-shrinkwrap.json,yarn.lock,pnpm-lock.yaml,bun.lock,bun.lockb}"),
        Effect::Files("/**/{Gemfile.lock,uv.lock,Pipfile.lock,poetry.lock,composer.lock,packages.lock.json}"),
        Effect::Files("/**/*.dockerignore"),
    ],
    rewrite,
    ..Transform::PLAIN
};

static FACTS: Table = table!("facts.txt");

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for copied in cx.build.copies().filter(is_whole) {
        let Some(first) = first_install(cx, &copied) else { continue };
        match plan(cx, &copied, first) {
            Ok(plan) => findings.rewrite_with(plan.title, plan.edits, plan.companion),
            Err(because) => findings.decline(first.instruction.text_range(), because),
        }
    }
    findings
}

/// Whether it is a COPY of the whole context. What is in quotes would have to be written anew.
fn is_whole(copied: &Copied<'_>) -> bool {
    let is_plain = copied.by == By::Copy && copied.is_of_context() && !copied.instruction.arguments().is_json();
    is_plain && matches!(copied.sources.as_slice(), [source] if source.is_whole())
}

/// The first RUN behind `copied` that may be an install, whatever its files say.
fn first_install<'r>(cx: &'r Context<'_>, copied: &Copied<'_>) -> Option<&'r Run<'r>> {
    let start = copied.instruction.range.start();
    let mut runs = cx.build.runs_of(copied.stage).filter(|run| run.instruction.range.start() > start);
    // Without files nothing is known of what it reads, but it is told that it installs.
    let project = Project { cx, files: &[], folder: &copied.destination.path };
    runs.find(|run| run.commands().iter().any(|command| matches!(apart::part(&project, command), Part::Installs(_))))
}

/// What is done about one COPY.
struct Plan {
    title: String,
    edits: Vec<Edit>,
    companion: Option<Companion>,
}

fn plan(cx: &Context<'_>, copied: &Copied<'_>, run: &Run<'_>) -> Result<Plan, String> {
    let copy = copied.instruction;
    if newness::is_late(cx, copied.stage, copy) {
        return Err(newness::too_late());
    }
    let Some(folder) = copied.destination.known().map(str::to_owned).or_else(|| newness::directory(cx, copy)) else {
        return Err("no WORKDIR says where it is copied to".to_owned());
    };
    if !is_written_out(&folder) || copied.destination.path != folder {
        return Err("it is not copied to where the install runs".to_owned());
    }
    if !newness::is_own_place(&folder) {
        return Err(format!("what is installed may be in `{folder}`, where the COPY writes"));
    }
    if let Some(because) = doubt_about_image(cx, copied.stage) {
        return Err(because);
    }
    if let Some(flag) = copied.option_besides(&["chmod", "chown"]) {
        return Err(format!("there is `--{flag}`"));
    }
    if let Some(because) = moving::flag_of_run(run, &folder) {
        return Err(because);
    }
    if let Some(before) = copied_before(cx, copied, &folder) {
        return Err(format!("line {} copies something there before", before.first_line));
    }
    if comments::has_tool_comment(cx.file, copy) {
        return Err("a comment is about it".to_owned());
    }
    let Answer::Paths(files) = cx.facts.answer(Question::ContextFiles) else {
        return Err("what the install reads is only known with the build context".to_owned());
    };
    let project = Project { cx, files, folder: &folder };
    between(cx, copied, &project, run)?;
    let (mut wants, installed) = apart::wants_of(&project, run)?;
    is_read_again(&project, copied.stage, run, &wants)?;
    let companion = left_out(cx, copied, &wants)?;
    let all = wants.files.clone();
    wants.files.retain(|file| !is_there_before(cx, copied, &folder, file));
    let edits = moving::edits(cx, copied, run, installed, &wants.files)?;
    let title = format!("Install before all but {} is copied", listed(&all));
    Ok(Plan { title, edits, companion })
}

/// Why it is not known what the image of stage `stage` brings, such as settings of a manager.
fn doubt_about_image(cx: &Context<'_>, stage: usize) -> Option<String> {
    let image = cx.build.image_of(stage).unwrap_or_default();
    // Whatever the tag is, the image is of the same kind.
    let name = if image.contains("${") { image.split(":$").next().unwrap_or_default() } else { image };
    let is_plain = ImageReference::parse(name).is_ok_and(|reference| {
        let in_full = format!("{}/{}", reference.registry, reference.repository);
        FACTS.has("image that brings nothing of a project", &in_full)
            || (name != image
                && reference
                    .official()
                    .is_some_and(|name| OFFICIAL.has("brings what distributions and languages do", name)))
    });
    if is_plain && !image.contains("onbuild") { None } else { newness::doubt_about_image(cx, stage) }
}

fn listed(manifests: &[String]) -> String {
    let names: Vec<_> = manifests.iter().map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}

/// That nothing between the COPY and `run` has to do with what is copied.
fn between(cx: &Context<'_>, copied: &Copied<'_>, project: &Project<'_>, run: &Run<'_>) -> Result<(), String> {
    let range = copied.instruction.range.end()..run.instruction.range.start();
    let stage = &cx.build.stages[copied.stage];
    for other in stage.instructions.iter().filter(|other| range.contains(&other.range.start())) {
        let is_free = match other.keyword() {
            Keyword::Run => {
                let other = cx.build.runs_of(copied.stage).find(|run| run.instruction.range == other.range);
                other.is_some_and(|other| apart::is_apart(project, other))
            }
            Keyword::Workdir => copied.destination.value.text.starts_with('/'),
            Keyword::Env | Keyword::Arg => !cx.file.slice(copied.instruction.range).contains(&b'$'),
            keyword => FACTS.has("instruction that may stand between", keyword.name()),
        };
        if !is_free {
            return Err(format!("line {} stands between, and may be about what is copied", other.first_line));
        }
    }
    Ok(())
}

/// That nothing reads the lock file later which the install would have written anew, and which is copied over it then.
fn is_read_again(project: &Project<'_>, stage: usize, run: &Run<'_>, wants: &Wants) -> Result<(), String> {
    let cx = project.cx;
    let Some(lock) = wants.rewrites.as_ref().filter(|lock| project.has(lock)) else { return Ok(()) };
    let start = run.instruction.range.start();
    let later = cx.build.runs.iter().filter(|other| other.instruction.range.start() > start && other.stage >= stage);
    let mut commands = later.flat_map(Run::each_command);
    let reads = |command: &Command<'_>| {
        let installs = command.package_command().is_some_and(|package| package.installs() || package.removes());
        installs && command.manager().is_some_and(|manager| FACTS.has("manager with lock files", manager.name))
    };
    match commands.find(reads) {
        Some(other) => Err(format!("it may rewrite `{lock}`, which `{}` reads", other.text(other.node.range))),
        None => Ok(()),
    }
}

/// The change by which nothing is copied over what the install has made.
fn left_out(cx: &Context<'_>, copied: &Copied<'_>, wants: &Wants) -> Result<Option<Companion>, String> {
    let Answer::Paths(files) = cx.facts.answer(Question::ContextFiles) else { return Ok(None) };
    if let Some(full) = wants.fills.iter().find(|folder| files.iter().any(|file| is_within(file, folder))) {
        return Err(format!("`{full}` of the build context would be copied over what is installed"));
    }
    let mut entries: Vec<_> = wants.fills.iter().filter(|folder| !is_left_out(cx, folder)).cloned().collect();
    let Some(first) = entries.first() else { return Ok(None) };
    let file =
        ignore_file(cx).map_err(|because| format!("`{first}` may be copied over what is installed: {because}"))?;
    if file.before.is_none() {
        entries.push(file.itself.to_owned());
    }
    Ok(Some(file.with(cx, &entries, copied.instruction.text_range())))
}

/// What copies files of the context to `folder`, or around it, before `copied`, and is not a part of it alone.
fn copied_before<'f>(cx: &Context<'f>, copied: &Copied<'_>, folder: &str) -> Option<&'f Instruction> {
    newness::before(cx, copied.stage, copied.instruction).into_iter().find(|other| {
        let reaches = |copied: &Copied<'_>| {
            let path = &copied.destination.path;
            copied.destination.known().is_none() || is_within(path, folder) || is_within(folder, path)
        };
        let other = cx.build.copied_by(other).filter(Copied::is_of_context);
        other.is_some_and(|other| reaches(&other) && !is_part(cx, copied, &other, folder))
    })
}

/// Whether `other` only copies files from the top of the build context to `folder`, as `copied` does again.
fn is_part(cx: &Context<'_>, copied: &Copied<'_>, other: &Copied<'_>, folder: &str) -> bool {
    let is_of_top = other.sources.iter().all(|source| {
        let path = source.path();
        !path.is_empty() && !path.contains('/') && source.value.known().is_some()
    });
    let Answer::Paths(files) = cx.facts.answer(Question::ContextFiles) else { return false };
    // What fits the name of a folder brings what is in it.
    let is_folder = |name: &str| files.iter().any(|file| file.split_once('/').is_some_and(|(top, _)| fits(name, top)));
    let are_files = other.sources.iter().all(|source| !is_folder(&source.path()));
    let place = other.destination.known().unwrap_or_default();
    let is_same = other.destination.is_folder && place == folder
        || matches!(other.sources.as_slice(), [source] if place == joined(folder, &source.path()));
    let flags = |copied: &Copied<'_>| copied.options().map(|flag| flag.text.clone()).collect::<Vec<_>>();
    other.foreign().is_none() && is_of_top && are_files && is_same && flags(other) == flags(copied)
}

/// Whether an instruction before `copied` brings `file` already.
fn is_there_before(cx: &Context<'_>, copied: &Copied<'_>, folder: &str, file: &str) -> bool {
    newness::before(cx, copied.stage, copied.instruction).into_iter().any(|other| {
        let other = cx.build.copied_by(other).filter(Copied::is_of_context);
        other.is_some_and(|other| is_part(cx, copied, &other, folder) && other.takes(file) != Taken::No)
    })
}
