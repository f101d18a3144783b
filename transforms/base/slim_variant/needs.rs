//! Whether what is built and started on an image needs nothing of what its small variant lacks: compilers, version control, tools, their libraries.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::FACTS;
use crate::bases::around::{self, Kept};
use crate::ecosystems::{Ecosystem, Variant};
use crate::programs::{self, files, variables};
use crate::rewrite::{Context, Obstacle, Obstacles};
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Work};
use crate::semantics::packages::{APT, PackageCommand};
use crate::semantics::{Copied, Origin, Part};
use crate::syntax::{ImageReference, Instruction, Keyword};

/// Whether stage `stage` has a CMD or an ENTRYPOINT, or somebody around says what its image starts.
pub(super) fn starts_something(cx: &Context<'_>, stage: usize) -> bool {
    cx.build.start(stage).parts().any(|part| part.stage == stage)
        || cx.surroundings().is_some_and(|around| around.starts().any(|start| start.command.is_some()))
}

/// The packages of Debian with which the last stage, `stage`, and the program that it starts, do with the small variant of the image
/// `reference`.
///
/// # Errors
/// All that may need more.
pub(super) fn no_more(
    cx: &Context<'_>,
    stage: usize,
    ecosystem: &Ecosystem,
    slim: Variant,
    reference: &ImageReference,
) -> Result<BTreeSet<String>, Obstacles> {
    let mut names = BTreeSet::new();
    let from = cx.build.stages[stage].from.text_range();
    let mut obstacles = Obstacles::default();
    obstacles.add(around::wanted(cx, Kept::AllButLost(ecosystem.image)).into_iter().map(|because| (from, because)));
    let unknown = || (from, "what the program needs is in the build context, which is not here".to_owned());
    let paths = obstacles.note(copied(cx, stage).and_then(|paths| paths.ok_or_else(unknown)));
    for instruction in &cx.build.stages[stage].instructions {
        obstacles
            .add(instruction_obstacle(cx, instruction, ecosystem).map(|because| (instruction.text_range(), because)));
    }
    obstacles.add(variables::lost(cx, stage, ecosystem.image));
    for run in cx.build.runs_of(stage) {
        let at = run.instruction.text_range();
        if let Err(because) = &run.script {
            obstacles.add([(at, format!("what it runs cannot be read: {because}"))]);
        }
        for command in run.each_command() {
            let step = step(cx, &command, (ecosystem, slim), reference).map_err(|because| (command.range(), because));
            names.extend(obstacles.note(step).into_iter().flatten());
        }
    }
    obstacles.add(variables::lost_around(cx, stage, ecosystem.image).map(|because| (from, because)));
    if let Some(paths) = paths
        && let Some(needs) = obstacles.note(programs::needs(cx, ecosystem.language, &paths).ok_or_else(unknown))
    {
        let larger = |because| (from, format!("{because}, so that it may need something of the larger image"));
        obstacles.add(needs.of_surroundings().cloned().map(larger));
        obstacles.add((slim.files)(cx, &paths).map(|because| (from, because)));
    }
    obstacles.or(names)
}

/// That the commands of stage `stage` are such as find on the other image what they find on this one.
///
/// # Errors
/// All that may not.
pub(super) fn commands(cx: &Context<'_>, stage: usize) -> Obstacles {
    let mut obstacles = Obstacles::default();
    for run in cx.build.runs_of(stage) {
        let at = run.instruction.text_range();
        if let Err(because) = &run.script {
            obstacles.add([(at, format!("what it runs cannot be read: {because}"))]);
        }
        for command in run.each_command() {
            let name = command.name().unwrap_or("$");
            let is_known = FACTS.has("command that needs nothing more", name)
                || command.manager().is_some_and(|manager| ["apk", "apt"].contains(&manager.name));
            obstacles.add((!is_known).then(|| (command.range(), format!("what `{name}` needs is not known"))));
        }
    }
    obstacles
}

/// The paths of the build context that the stage copies.
fn copied(cx: &Context<'_>, stage: usize) -> Result<Option<Arc<Vec<String>>>, Obstacle> {
    let mut sources = Vec::new();
    for copied in cx.build.copies_of(stage) {
        let wrong = |because: &str| (copied.instruction.text_range(), because.to_owned());
        if has_static_programs(&copied) {
            continue;
        }
        if !copied.is_of_context() {
            return Err(wrong("what it takes from elsewhere may need more than the small image has"));
        }
        sources.extend(files::sources(&copied).ok_or_else(|| wrong("what it copies is not known"))?);
    }
    Ok(files::copied(cx, &sources))
}

/// Whether what is copied comes from an image that has nothing but programs that need no library.
fn has_static_programs(copied: &Copied<'_>) -> bool {
    let image = copied.lender.filter(|_| copied.from == Origin::Elsewhere).map(ImageReference::parse);
    image.and_then(Result::ok).is_some_and(|image| {
        FACTS.has("image of programs without libraries", &format!("{}/{}", image.registry, image.repository))
    })
}

fn instruction_obstacle<'f>(cx: &Context<'f>, instruction: &'f Instruction, ecosystem: &Ecosystem) -> Option<String> {
    match instruction.keyword() {
        Keyword::Healthcheck => {
            let because = around::lacking(cx, &cx.build.part(instruction)?, Kept::AllButLost(ecosystem.image))?;
            Some(format!("the health check runs {because}"))
        }
        Keyword::Onbuild => Some("other images are built on it".to_owned()),
        Keyword::Shell => Some("another shell is chosen".to_owned()),
        Keyword::Env
            if instruction
                .arguments()
                .pairs()
                .iter()
                .any(|pair| FACTS.sign(OF_CERTIFICATES, &pair.value.text).is_some()) =>
        {
            Some("only the larger image may have the certificates that it names".to_owned())
        }
        Keyword::Cmd | Keyword::Entrypoint => start_obstacle(cx, &cx.build.part(instruction)?, ecosystem),
        _ => None,
    }
}

/// Options with which Node.js trusts the certificates of the system.
const OF_CERTIFICATES: &str = "option with the certificates of the system";

fn start_obstacle(cx: &Context<'_>, part: &Part<'_>, ecosystem: &Ecosystem) -> Option<String> {
    let lacking = || {
        let because = around::lacking(cx, part, Kept::AllButLost(ecosystem.image))?;
        Some(format!("it starts {because}"))
    };
    let words: Vec<_> = match (part.line(), part.script()) {
        (Ok(line), _) => line.words.into_iter().map(|word| word.text).collect(),
        (Err(_), Some(script)) => {
            if let Some(because) = lacking() {
                return Some(because);
            }
            script.split_whitespace().map(str::to_owned).collect()
        }
        (Err(because), None) => return Some(because),
    };
    let text = words.join(" ");
    let first = words.first().map(String::as_str).unwrap_or_default();
    let is_option = first.starts_with('-') || first.ends_with(".py") || first.ends_with(".js");
    let is_known = || ecosystem.is_started_by(first) || ecosystem.facts.has("program of a package", first);
    if first.ends_with(".sh") || FACTS.has("starts what a manifest says", first) {
        if let Some(because) = lacking() {
            return Some(because);
        }
    } else if part.line().is_ok() && !is_option && !is_known() {
        return Some(format!("what `{first}` needs is not known"));
    }
    if text.contains("http.server") {
        return Some("only the larger image may say of which type the files are that it serves".to_owned());
    }
    if let Some(option) = FACTS.sign(OF_CERTIFICATES, &text) {
        return Some(format!("only the larger image may have the certificates of `{option}`"));
    }
    if words.iter().any(|word| FACTS.has("option with code", word)) && FACTS.has("interpreter", first) {
        return Some("the code in it may need more".to_owned());
    }
    let other = text.split_whitespace().find(|word| FACTS.has("program that the small image lacks", word))?;
    Some(format!("it may start `{other}`, which the small image does not have"))
}

/// The packages of Debian that what a command of a RUN brings needs of the larger image.
fn step(
    cx: &Context<'_>,
    command: &Command<'_>,
    (ecosystem, slim): (&Ecosystem, Variant),
    reference: &ImageReference,
) -> Result<Vec<String>, String> {
    let name = command.name().ok_or("what it runs is only known when it runs")?;
    if let Some(package) = command.package_command_of(&APT) {
        return apt(&package).map(|()| Vec::new());
    }
    match Install::of(cx.build, command) {
        Some(install) => {
            let install = install?;
            match install.work {
                Work::Nothing | Work::Removes => Ok(Vec::new()),
                _ => (slim.installed)(cx, command, &install, reference),
            }
        }
        None if FACTS.has("command that needs nothing more", name) => Ok(Vec::new()),
        None if ecosystem.facts.has("program of a package", name) => Ok(Vec::new()),
        None => Err(format!("what `{name}` needs is not known")),
    }
}

/// Packages of Debian whose installation needs what the small images leave out.
fn apt(apt: &PackageCommand<'_>) -> Result<(), String> {
    if !apt.installs() {
        return Ok(());
    }
    for word in apt.operands() {
        let name = word.literal.as_deref().ok_or("what it installs is only known when it runs")?;
        let needs_manuals = FACTS.sign("part of a package that needs manuals", name).is_some();
        if needs_manuals || name.contains(['/', '=', '*']) {
            return Err(format!("`{name}` may not be installed in the small image"));
        }
    }
    Ok(())
}
