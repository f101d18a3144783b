//! Builds in a stage of its own, and ships what was built on an image that only runs it.

use crate::bases::lines;
use crate::ecosystems::{self, Apart, Runtime};
use crate::rewrite::{Context, Effect, Findings, Obstacles, Preserves, Transform};
use crate::semantics::{ImageUse, Named, Place, is_root};
use crate::syntax::{Instruction, Keyword};
use crate::text::{Edit, TextRange};
use crate::transforms::operands::word_beside;
use crate::transforms::removal;

pub(super) const TRANSFORM: Transform = Transform {
    id: "split-build",
    preserves: Preserves::Intent,
    page: include_str!("split_build.md"),
    effects: &[Effect::Anything],
    is_deep: true,
    rewrite,
    ..Transform::PLAIN
};

/// The stage with all packages, where those that are shipped get a stage of their own.
const PACKAGES: &str = "packages";

/// The stage with the packages that are shipped.
const SHIPPED: &str = "production";

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let uses = cx.build.image_uses();
    let from = uses.iter().find(|image| image.place == Place::From);
    let Some(image) = from.filter(|_| cx.build.stages.len() == 1) else { return findings };
    match plan(cx, image) {
        Ok(Some(runtime)) => {
            let artifacts = runtime.artifacts.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
            let title = format!("Build in a stage of its own; what is shipped is `{}` with {artifacts}", runtime.image);
            findings.rewrite(title, edits(cx, image, runtime));
        }
        Ok(None) => {}
        Err(obstacles) => findings.decline_all(obstacles),
    }
    findings
}

/// What the image can be made of; `None` if it is not one that builds a program.
fn plan(cx: &Context<'_>, image: &ImageUse<'_>) -> Result<Option<Runtime>, Obstacles> {
    let reference = match &image.named {
        Named::Image(reference) => reference,
        Named::Variable(Some(argument)) => &argument.reference,
        _ => return Ok(None),
    };
    let Some(ecosystem) = ecosystems::built_on(cx, reference) else { return Ok(None) };
    let stage = &cx.build.stages[0];
    let from = stage.from.text_range();
    let mut obstacles = Obstacles::default();
    let mut note = |is_so: bool, because: &str| obstacles.add(is_so.then(|| (from, because.to_owned())));
    let is_open = image.instruction.flag("platform").is_some_and(|flag| flag.contains('$'));
    note(is_open || !matches!(image.named, Named::Image(_)), "a variable decides what it is built from");
    note(lines::is_on_windows(cx, image), "it runs on Windows");
    note(stage.from.first_line != stage.from.last_line, "it is written over several lines");
    ecosystems::runtime(cx, ecosystem, image, reference, obstacles)
}

/// What the image says of itself and a build does not need.
const OF_THE_IMAGE: &[Keyword] = &[
    Keyword::Cmd,
    Keyword::Entrypoint,
    Keyword::Expose,
    Keyword::Healthcheck,
    Keyword::Label,
    Keyword::Maintainer,
    Keyword::Stopsignal,
    Keyword::User,
    Keyword::Volume,
];

/// The stage up to its last build step gets a name; the rest of it stays where it is, below a new FROM.
fn edits(cx: &Context<'_>, image: &ImageUse<'_>, runtime: Runtime) -> Vec<Edit> {
    let stage = &cx.build.stages[0];
    let newline = cx.file.newline().as_str();
    let word = |upper: &str| word_beside(cx, &stage.from, upper);
    let builds =
        |instruction: &Instruction| matches!(instruction.keyword(), Keyword::Run | Keyword::Copy | Keyword::Add);
    let last = stage.instructions.iter().rposition(|instruction| builds(instruction)).unwrap_or_default();
    let last = runtime.end.unwrap_or(last);
    let (build, split) = (&stage.instructions[..last], stage.instructions[last].range.end());

    let mut edits = runtime.edits;
    // Whoever builds the stage by its name gets what is shipped.
    let name = stage.name.as_deref();
    let of_build = if name.is_some_and(|name| name.eq_ignore_ascii_case("build")) { "compile" } else { "build" };
    let first = if runtime.apart.is_some() { PACKAGES } else { of_build };
    edits.push(match stage.from.arguments().words().last().filter(|_| name.is_some()) {
        Some(written) => Edit::replace(stage.from.source_range(written.range), first),
        None => Edit::insert(stage.from.text_range().end(), format!(" {} {first}", word("AS"))),
    });
    let platform =
        image.instruction.flag("platform").map(|platform| format!("--platform={platform} ")).unwrap_or_default();
    let called = name.map(|name| format!(" {} {name}", word("AS"))).unwrap_or_default();
    let mut lines: Vec<_> = runtime.last.iter().map(|command| format!("{} {command}", word("RUN"))).collect();
    if let Some(Apart { installed, pruned, .. }) = &runtime.apart {
        let from = |name: &str| format!("{} {PACKAGES} {} {name}", word("FROM"), word("AS"));
        let added = format!("{newline}{}{newline}", from(of_build));
        edits.push(Edit::insert(stage.instructions[*installed].range.end(), added));
        lines.extend([String::new(), from(SHIPPED), format!("{} {pruned}", word("RUN"))]);
    }
    lines.extend([String::new(), format!("{} {platform}{}{called}", word("FROM"), runtime.image)]);
    let has_user = build.iter().any(|instruction| is_user(instruction));
    let is_repeated = |instruction: &&&Instruction| {
        matches!(instruction.keyword(), Keyword::Env | Keyword::Workdir)
            || (has_user && instruction.keyword() == Keyword::User)
    };
    let repeated: Vec<_> = build.iter().filter(is_repeated).collect();
    lines.extend(prepared(cx, &repeated, &runtime.before, &word("RUN")));
    let copy = |stage: &str, path: &str| format!("{} --from={stage} {path} {path}", word("COPY"));
    let lender = if runtime.apart.is_some() { SHIPPED } else { of_build };
    lines.extend(runtime.artifacts.iter().map(|path| copy(lender, path)));
    if let Some(Apart { installed, made, .. }) = &runtime.apart {
        let copies = build[*installed..].iter().filter(|it| matches!(it.keyword(), Keyword::Copy | Keyword::Add));
        lines.extend(copies.map(|instruction| text(cx, instruction)));
        lines.extend(made.iter().map(|path| copy(of_build, path)));
    }
    let is_moved = |instruction: &&&Instruction| {
        OF_THE_IMAGE.contains(&instruction.keyword()) && !(has_user && instruction.keyword() == Keyword::User)
    };
    for instruction in build.iter().filter(is_moved) {
        lines.push(text(cx, instruction));
        // An instruction that a comment is about stands in both stages.
        edits.extend(removal::of(cx, instruction));
    }
    let mut added = lines.join(newline);
    let is_at_line_end = cx.file.source()[..split].ends_with(b"\n");
    if is_at_line_end {
        added.push_str(newline)
    } else {
        added.insert_str(0, newline)
    }
    edits.push(Edit::insert(split, added));
    edits
}

/// The instructions that are repeated, with the commands that are done again between them, in the order of the build.
fn prepared(
    cx: &Context<'_>,
    repeated: &[&&Instruction],
    before: &[(Option<usize>, String)],
    run: &str,
) -> Vec<String> {
    // What is installed is for root.
    let by_root = repeated.iter().find(|instruction| is_user(instruction));
    let by_root = by_root.map_or(usize::MAX, |user| user.text_range().start());
    let mut commands: Vec<_> = before.iter().map(|(at, command)| (at.unwrap_or(by_root), command.as_str())).collect();
    commands.sort_by_key(|(at, _)| *at);
    let (mut lines, mut rest) = (Vec::new(), commands.as_slice());
    for end in repeated.iter().map(|instruction| Some(*instruction)).chain([None]) {
        let is_before = |(at, _): &(usize, &str)| end.is_none_or(|end| *at <= end.text_range().start());
        let (now, later) = rest.split_at(rest.iter().take_while(|command| is_before(command)).count());
        // What is installed is a RUN of its own.
        let is_install = |command: &str| command.contains("apt-get update") || command.contains("apk add");
        for group in now.chunk_by(|(_, one), (_, other)| !is_install(one) && !is_install(other)) {
            let group: Vec<_> = group.iter().map(|(_, command)| *command).collect();
            lines.push(format!("{run} {}", group.join(" && ")));
        }
        rest = later;
        lines.extend(end.map(|instruction| text(cx, instruction)));
    }
    lines
}

/// Whether it is a USER of somebody else than root.
fn is_user(instruction: &Instruction) -> bool {
    instruction.keyword() == Keyword::User && !is_root(&instruction.arguments().list().concat())
}

/// The instruction as written; on one line if comments stand in it.
fn text(cx: &Context<'_>, instruction: &Instruction) -> String {
    let written = String::from_utf8_lossy(cx.file.slice(instruction.text_range())).into_owned();
    if removal::has_comment(&written) { instruction.line.text(whole(instruction)) } else { written }
}

fn whole(instruction: &Instruction) -> TextRange {
    TextRange::new(instruction.statement.keyword_range.start(), instruction.statement.arguments_range.end())
}
