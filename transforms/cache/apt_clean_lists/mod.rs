//! Removes the apt package lists at the end of the RUN that fetched them.

mod scripts;

use std::cell::{LazyCell, OnceCell};

use crate::bases::around;
use crate::known::{Table, table};
use crate::rewrite::{Context, Effect, Findings, Obstacle, Preserves, Transform};
use crate::semantics::commands::Command;
use crate::semantics::later_use::ListReaders;
use crate::semantics::packages::APT;
use crate::semantics::start::is_shell;
use crate::semantics::{Placement, Run};
use crate::syntax::Instruction;
use crate::syntax::shell::Step;

pub(super) const TRANSFORM: Transform = Transform {
    id: "apt-clean-lists",
    preserves: Preserves::Behavior,
    page: include_str!("apt_clean_lists.md"),
    rules: &["DL3009"],
    effects: &[Effect::Files("/var/lib/apt/lists/**"), Effect::Files("/var/cache/apt/**")],
    rewrite,
    ..Transform::PLAIN
};

static FACTS: Table = table!("facts.txt");

const LISTS: &str = "/var/lib/apt/lists";

fn updates(command: &Command<'_>) -> bool {
    command.package_command_of(&APT).is_some_and(|package| package.refreshes())
}

/// Whether it takes the lists away, or does something else to them on purpose.
fn cleans(command: &Command<'_>) -> bool {
    let verb = command.package_command().is_some_and(|package| matches!(package.verb(), "dist-clean" | "distclean"));
    let words = command.simple.words.iter().map(|word| command.text(word.range));
    verb || words.into_iter().any(|word| word.contains("/apt/lists") || word.contains("/lib/apt"))
}

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let is_harmless = |run: &Run<'_>, script: &str| {
        scripts::is_harmless(cx, run.stage, run.directory.as_deref().unwrap_or("/"), script)
    };
    let readers = ListReaders::of(cx.build, &is_harmless);
    // What holds for all RUNs of a stage, or of the file, is asked once.
    let starts = vec![OnceCell::new(); cx.build.stages.len()];
    let wanted = LazyCell::new(|| wanted_around(cx));
    for run in cx.build.runs_with(&APT) {
        let commands = run.commands();
        let Some(last) = commands.iter().rposition(updates) else { continue };
        let update = &commands[last];
        // Functions and traps run later than they stand.
        let is_late = |command: &Command<'_>| command.path.contains(&Step::Function) || command.name() == Some("trap");
        if commands.iter().enumerate().any(|(at, command)| cleans(command) && (at > last || is_late(command))) {
            continue;
        }
        if !cx.build.stage_of(run).exported {
            findings.decline(update.range(), "no image keeps the layers of this stage");
            continue;
        }
        if let Some(mount) = run.mount_over(LISTS) {
            findings.decline(mount.range, "a mount keeps the package lists out of the layer");
            continue;
        }
        if let Some((range, because)) = readers.after(cx.build.index_of(run)) {
            findings.decline(range, because);
            continue;
        }
        let start = starts[run.stage].get_or_init(|| start_that_installs(cx, run.stage));
        if let Some(start) = start {
            findings.decline(start.range, "the script that it starts installs packages with these lists");
            continue;
        }
        if let Some(because) = &*wanted {
            findings.decline(update.range(), because.clone());
            continue;
        }
        if let Some(reader) = commands.iter().find(|command| installs_reader(command)) {
            findings.decline(reader.range(), "what it installs reads the package lists when the image runs");
            continue;
        }
        if !commands.iter().any(|command| may_read(command)) {
            findings.decline(update.range(), "nothing is installed from these lists: the update itself can go");
            continue;
        }
        let sudo = update.privilege();
        if let Some(removal) = commands[last..].iter().find(|command| !sudo.is_empty() && may_remove_sudo(command)) {
            findings.decline(removal.range(), "`sudo`, with which the lists were fetched, may be gone then");
            continue;
        }
        let Some(placement) = Placement::of(cx.file, run) else { continue };
        match placement.append(&format!("{sudo}rm -rf {LISTS}/*")) {
            Ok(edit) => findings.rewrite("Remove the apt package lists in the layer that fetched them", vec![edit]),
            Err(because) => findings.decline(run.instruction.range, because),
        }
    }
    for run in cx.build.runs.iter().filter(|run| cx.build.stage_of(run).exported) {
        if let Some((range, because)) = hidden_update(cx, run) {
            findings.decline(range, because);
        }
    }
    findings
}

/// A shell in `run` that is given a text which fetches the lists and leaves them there.
fn hidden_update(cx: &Context<'_>, run: &Run<'_>) -> Option<Obstacle> {
    let text = cx.file.slice(run.instruction.range);
    let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    if !(has("apt-get update") || has("apt update")) || has("/apt/lists") {
        return None;
    }
    let commands = run.commands();
    if commands.iter().any(updates) {
        return None;
    }
    let shell = commands.iter().find(|command| command.name().is_some_and(is_shell))?;
    let name = shell.name().unwrap_or_default();
    Some((shell.range(), format!("`{name}` fetches the lists in a text of its own, which is left as it is")))
}

/// Who around builds or installs with the lists.
fn wanted_around(cx: &Context<'_>) -> Option<String> {
    if let Some(place) = cx.surroundings().and_then(|around| around.based_on()) {
        return Some(format!("`{place}` builds another image on it, which may install packages with these lists"));
    }
    let place = around::installs_with_lists(cx, &FACTS.of("program that installs with the lists").collect::<Vec<_>>())?;
    Some(format!("`{place}` installs packages with these lists"))
}

/// The CMD or ENTRYPOINT, in an image that has what is in `stage`, that starts a script which reads the lists.
fn start_that_installs<'f>(cx: &Context<'f>, stage: usize) -> Option<&'f Instruction> {
    let stages = (0..cx.build.stages.len()).filter(|&here| cx.build.may_be_in(here, stage));
    let mut parts = stages.flat_map(|here| cx.build.parts_of(here));
    let found = parts.find(|part| {
        let directory = cx.build.directory_of(part.stage).unwrap_or("/");
        let is_script = |word: &str| !word.starts_with('-') && word.contains(['/', '.']);
        let mut scripts = part.pieces().filter(|word| is_script(word));
        scripts.any(|word| scripts::installs_with_lists(cx, part.stage, directory, word))
    });
    found.map(|part| part.instruction)
}

fn installs_reader(command: &Command<'_>) -> bool {
    let Some(package) = command.package_command_of(&APT) else { return false };
    let reads = |name: &str| FACTS.has("package that reads the lists", name);
    package.installs() && package.operands().any(|operand| operand.literal.as_deref().is_some_and(reads))
}

/// Whether it does anything that lists may have been fetched for.
fn may_read(command: &Command<'_>) -> bool {
    match command.package_command() {
        Some(package) if *package.manager == APT => {
            !package.refreshes() && !matches!(package.verb(), "clean" | "autoclean")
        }
        _ => !command.name().is_some_and(|name| FACTS.has("command that needs no lists", name)),
    }
}

fn may_remove_sudo(command: &Command<'_>) -> bool {
    let Some(package) = command.package_command().filter(|package| package.removes()) else { return false };
    let goes_along = package.verb().starts_with("auto") || package.has_option("--auto-remove");
    goes_along || package.operands().any(|operand| operand.literal.as_deref().is_none_or(|name| name == "sudo"))
}
