//! What later instructions need that an earlier RUN left behind.

use std::cell::{LazyCell, OnceCell};
use std::collections::BTreeSet;

use super::build::Build;
use super::commands::Command;
use super::copies::Copied;
use super::installs;
use super::packages::{APT, Manager, PIP};
use super::paths::{is_within, joined};
use super::run::Run;
use super::scripts;
use super::stages::Base;
use super::takers::Takers;
use crate::known::{COMMANDS, PATHS, SIGNS};
use crate::syntax::shell::{ConnectorKind, Step};
use crate::syntax::{Arguments, Instruction, Keyword};
use crate::text::TextRange;

/// What may read the apt package lists that an earlier RUN leaves. It is looked for once for all RUNs, when the first one asks.
pub struct ListReaders<'b> {
    build: &'b Build<'b>,
    takers: Takers<'b>,
    /// Whether a script, by its path as written, is known to install nothing when this RUN starts it.
    is_harmless: IsHarmless<'b>,
    found: OnceCell<FoundLists>,
}

type IsHarmless<'b> = &'b dyn Fn(&Run<'_>, &str) -> bool;

/// In the order of the file.
struct FoundLists {
    /// By the index of the RUN.
    runs: Vec<(usize, Use)>,
    /// By the stage.
    outside: Vec<(usize, TextRange, String)>,
}

impl<'b> ListReaders<'b> {
    #[must_use]
    pub fn of(build: &'b Build<'b>, is_harmless: IsHarmless<'b>) -> Self {
        Self { build, is_harmless, takers: Takers::of(build, vec!["/var/lib/apt/lists"]), found: OnceCell::new() }
    }

    /// The first place after the RUN at `index` that may read the lists it leaves, and why; `None` if nothing can.
    #[must_use]
    pub fn after(&self, index: usize) -> Option<(TextRange, String)> {
        let build = self.build;
        let FoundLists { runs, outside } = self.found.get_or_init(|| self.find());
        let stage = build.runs[index].stage;
        let holds = build.may_hold(stage);
        // Stages in which the lists are fetched again before anything reads them, and those that start from them.
        let mut is_renewed = vec![false; build.stages.len()];
        for here in (stage..build.stages.len()).filter(|&here| holds[here]) {
            if let Base::Stage(base) = build.stages[here].base
                && is_renewed[base]
            {
                is_renewed[here] = true;
                continue;
            }
            let stage_of = |other: usize| build.runs[other].stage;
            let first = runs.partition_point(|(other, _)| *other <= index || stage_of(*other) < here);
            match runs.get(first).filter(|(other, _)| stage_of(*other) == here) {
                Some((_, Use::Found(range, because))) => return Some((*range, because.clone())),
                Some((_, Use::Refreshed)) => is_renewed[here] = true,
                None => {}
            }
        }
        let start = build.runs[index].instruction.range.start();
        let outside = &outside[outside.partition_point(|(_, range, _)| range.start() <= start)..];
        let found = outside.iter().find(|(stage, ..)| holds[*stage]);
        found.map(|found| (found.1, found.2.clone())).or_else(|| self.takers.out_of(stage))
    }

    fn find(&self) -> FoundLists {
        let copied = LazyCell::new(|| copied_names(self.build));
        let runs = self.build.runs.iter().enumerate();
        let runs = runs.filter_map(|(index, run)| {
            Some((index, use_in_run(run, &|name| copied.contains(name), self.is_harmless)?))
        });
        let outside = self.build.instructions().filter_map(|(stage, instruction)| {
            use_outside_run(self.build, instruction).map(|because| (stage, instruction.range, because))
        });
        FoundLists { runs: runs.collect(), outside: outside.collect() }
    }
}

/// What reads the cache of a package manager: a command that is told so, where the reader of installs does not know by one of the options `offline`, or an instruction that names one of `places`, parts of paths,
/// other than to delete it. It is looked for once for all RUNs, when the first one asks.
pub struct CacheReaders<'b> {
    build: &'b Build<'b>,
    manager: &'static Manager,
    offline: &'b [&'b str],
    places: Vec<&'b str>,
    takers: Takers<'b>,
    found: OnceCell<Found>,
}

/// Places and reasons, in the order of the file.
struct Found {
    /// By the index of the RUN.
    offline: Vec<(usize, TextRange, String)>,
    /// By the index of the RUN.
    naming: Vec<(usize, TextRange, String)>,
    copies: Vec<(TextRange, String)>,
    /// WORKDIRs in the cache, by the stage.
    workdirs: Vec<(usize, TextRange, String)>,
}

impl<'b> CacheReaders<'b> {
    #[must_use]
    pub fn of(build: &'b Build<'b>, manager: &'static Manager, offline: &'b [&'b str], places: Vec<&'b str>) -> Self {
        let takers = Takers::of(build, places.clone());
        Self { build, manager, offline, places, takers, found: OnceCell::new() }
    }

    /// The first place after the RUN at `index` that reads what it leaves in the cache, and why.
    #[must_use]
    pub fn after(&self, index: usize) -> Option<(TextRange, String)> {
        let build = self.build;
        let Found { offline, naming, copies, workdirs } = self.found.get_or_init(|| self.find());
        let behind = |found: &'_ [(usize, TextRange, String)]| found.partition_point(|(other, ..)| *other <= index);
        let offline = &offline[behind(offline)..];
        if !offline.is_empty() {
            let holds = build.may_hold(build.runs[index].stage);
            let found = offline.iter().find(|(other, ..)| holds[build.runs[*other].stage]);
            if let Some((_, range, because)) = found {
                return Some((*range, because.clone()));
            }
        }
        if let Some((_, range, because)) = naming.get(behind(naming)) {
            return Some((*range, because.clone()));
        }
        let start = build.runs[index].instruction.range.start();
        let copied = copies.get(copies.partition_point(|(range, _)| range.start() <= start)).cloned();
        let stage = build.runs[index].stage;
        let is_later = |other: usize, range: &TextRange| range.start() > start && build.may_be_in(other, stage);
        let works_there = workdirs.iter().find(|(other, range, _)| is_later(*other, range));
        let copied = copied.or_else(|| works_there.map(|(_, range, because)| (*range, because.clone())));
        copied.or_else(|| self.takers.out_of(stage)).or_else(|| self.takers.brought_into(stage))
    }

    fn find(&self) -> Found {
        let runs = || self.build.runs.iter().enumerate();
        let offline = runs().flat_map(|(index, run)| {
            run.commands_of(self.manager).filter_map(move |command| {
                let package = command.package_command()?;
                let because = match installs::reads_cache(self.build, &command) {
                    Some(Ok(option)) => option.map(|option| format!("`{option}` makes it read the cache")),
                    Some(Err(because)) => Some(format!("whether it reads the cache is not known: {because}")),
                    None => {
                        let option = self.offline.iter().find(|option| package.has_option(option));
                        option.map(|option| format!("`{option}` makes it read the cache"))
                    }
                };
                Some((index, command.range(), because.or_else(|| asks_for_cache(&command, self.manager))?))
            })
        });
        let naming = runs().flat_map(|(index, run)| {
            run.each_command()
                .filter_map(move |command| self.use_in(&command).map(|because| (index, command.range(), because)))
        });
        let copies = self.build.copies().filter_map(|copied| {
            let mut values = copied.sources.iter().map(|source| &source.value).chain([&copied.destination.value]);
            let named = values.find_map(|value| named_in(value.by_default(), &self.places))?;
            Some((copied.instruction.range, format!("it takes `{named}`")))
        });
        let workdirs = self.build.instructions().filter_map(|(stage, instruction)| {
            let is_workdir = instruction.keyword() == Keyword::Workdir;
            let folder = joined("/", self.build.directory_behind(instruction).filter(|_| is_workdir)?);
            let is_there = self.places.iter().any(|place| is_in_cache(&folder, place));
            is_there.then(|| (stage, instruction.range, format!("the work goes on in `{folder}`")))
        });
        let workdirs = workdirs.collect();
        Found { offline: offline.collect(), naming: naming.collect(), copies: copies.collect(), workdirs }
    }

    /// The first command of the RUN at `index` that needs what is in the cache, and why.
    #[must_use]
    pub fn within(&self, index: usize) -> Option<(TextRange, String)> {
        self.build.runs[index].each_command().find_map(|command| {
            let because = self.use_in(&command).or_else(|| asks_for_cache(&command, self.manager));
            because.map(|because| (command.range(), because))
        })
    }

    /// Why `command` needs what is in the cache.
    fn use_in(&self, command: &Command<'_>) -> Option<String> {
        if let Some(because) = needs_something_to_delete(command, &self.places) {
            return Some(because);
        }
        if command.known().has("needs nothing of what it names") {
            return None;
        }
        let name = command.name().unwrap_or_default();
        let mut words = command.arguments().iter().map(|word| command.text(word.range));
        words.find_map(|word| {
            let named = named_in(word, &self.places).or_else(|| self.folder_above(name, word))?;
            Some(format!("`{name}` uses `{named}`"))
        })
    }

    /// `word`, if it is a folder such as `~/.cache`, which is there only since something is cached.
    fn folder_above<'w>(&self, name: &str, word: &'w str) -> Option<&'w str> {
        let mut in_home = self.places.iter().filter(|place| place.starts_with(".cache/"));
        (name != "mkdir" && in_home.any(|place| is_above(word, place))).then_some(word)
    }
}

/// Why `command`, which is `manager`, needs the cache, or tells another command where it is. Some versions of pip fail if there is nothing to purge.
fn asks_for_cache(command: &Command<'_>, manager: &'static Manager) -> Option<String> {
    let package = command.package_command_of(manager)?;
    let names_folder = || {
        const { SIGNS.expect("setting with the folder of a cache") }
            .values()
            .any(|setting| command.has_argument(setting))
    };
    let asks = match package.verb() {
        "cache" => *manager == PIP || command.has_argument("dir"),
        "config" => command.path.contains(&Step::Substitution) && names_folder(),
        _ => false,
    };
    asks.then(|| format!("`{}` is about the cache", command.text(command.node.range)))
}

/// Whether `folder` is `place`, in it, or the folder that holds it and little else.
fn is_in_cache(folder: &str, place: &str) -> bool {
    if place.starts_with('/') {
        return is_within(folder, place);
    }
    folder.ends_with(&format!("/{place}")) || folder.contains(&format!("/{place}/")) || is_above(folder, place)
}

/// Why `command` fails if nothing is left at one of `places`, parts of paths: it deletes what is there, and would not overlook that nothing is.
#[must_use]
pub fn needs_something_to_delete(command: &Command<'_>, places: &[&str]) -> Option<String> {
    let words = || command.arguments().iter().map(|word| command.text(word.range));
    let is_forced = || {
        words().any(|word| word == "--force" || word.starts_with('-') && !word.starts_with("--") && word.contains('f'))
    };
    let name = command.name()?;
    let fails = match name {
        "rm" => !is_forced(),
        "rmdir" | "unlink" => true,
        // A folder that is in every image can always be searched.
        "find" => !places.iter().all(|place| place.starts_with("/var/")),
        _ => false,
    };
    if !fails {
        return None;
    }
    let mut operands = words().filter(|word| !word.starts_with('-'));
    let named = operands.find(|word| places.iter().any(|place| word.contains(place) || is_above(word, place)))?;
    Some(format!("`{name} {named}` fails if nothing is left there"))
}

/// Whether `text`, an operand of `rm`, is a folder above `folder`: `/var/cache`, `/var/cache/*`, `~/.cache`.
#[must_use]
pub fn is_above(text: &str, folder: &str) -> bool {
    let text = text.trim_matches('"').trim_end_matches('*').trim_end_matches('/');
    let Some((above, _)) = folder.rsplit_once('/') else { return false };
    above.len() > 4 && text.ends_with(above)
}

/// Last parts of the paths that COPY and ADD name: what is called like that may be a script of the project's own.
fn copied_names(build: &Build<'_>) -> BTreeSet<String> {
    let copies = build.copies().filter(Copied::is_of_context);
    let names = copies.flat_map(|copied| {
        let paths = copied.sources.iter().map(|source| source.path().into_owned()).collect::<Vec<_>>();
        paths.into_iter().chain([copied.destination.path])
    });
    names.filter_map(|path| path.rsplit('/').next().map(str::to_owned)).collect()
}

fn named_in<'p>(text: &str, places: &[&'p str]) -> Option<&'p str> {
    places.iter().copied().find(|place| text.contains(place))
}

enum Use {
    /// The lists are fetched again before anything reads them.
    Refreshed,
    Found(TextRange, String),
}

/// `None` if it does not use the lists.
fn use_in_run(run: &Run<'_>, is_copied: &dyn Fn(&str) -> bool, is_harmless: IsHarmless<'_>) -> Option<Use> {
    let range = run.instruction.range;
    if run.mount_over("/var/lib/apt/lists").is_some() {
        return None;
    }
    if run.script.is_err() {
        let text = String::from_utf8_lossy(run.instruction.line.bytes());
        let may_use = text.contains("apt") || text.contains(".sh");
        return may_use
            .then(|| Use::Found(range, "what this RUN does with the package lists cannot be told".to_owned()));
    }
    // A refresh that may not happen: only what is joined to it by `&&` has new lists for sure.
    let mut perhaps: Option<Command<'_>> = None;
    for command in run.each_command() {
        if perhaps.as_ref().is_some_and(|refresh| runs_only_after(refresh, &command)) {
            continue;
        }
        if let Some(package) = command.package_command_of(&APT) {
            let verb = package.verb();
            if package.refreshes() {
                if is_unconditional(&command) {
                    return Some(Use::Refreshed);
                }
                perhaps = Some(command);
                continue;
            }
            if package.installs() || package.does("reads the index") {
                let because = format!("`{} {verb}` relies on these lists", command.name().unwrap_or("apt-get"));
                return Some(Use::Found(command.range(), because));
            }
            continue;
        }
        if let Some(because) = needs_something_to_delete(&command, &["/var/lib/apt/lists/"])
            .or_else(|| unknown_use(&command).filter(|_| !is_of_harmless_script(&command, is_harmless)))
            .or_else(|| {
                use_by_own_program(&command, is_copied).filter(|_| !is_of_harmless_script(&command, is_harmless))
            })
        {
            return Some(Use::Found(command.range(), because));
        }
    }
    None
}

/// Whether `command` runs in every build that goes on behind its RUN.
fn is_unconditional(command: &Command<'_>) -> bool {
    let [Step::ListItem(item), Step::AndOr(index), inner @ ..] = command.path else { return false };
    let items = &command.script.tree().body.items;
    let rest = items.get(*item).map_or(&[][..], |item| &item.and_or.rest);
    let no_alternative = rest.iter().all(|(connector, _)| connector.kind == ConnectorKind::And);
    let runs_first_in_group = |step: &Step| matches!(step, Step::Group | Step::ListItem(_) | Step::AndOr(0));
    (*index == 0 || no_alternative && item + 1 == items.len()) && inner.iter().all(runs_first_in_group)
}

/// Whether `command` runs only if `first`, which stands before it in the same chain, went well.
fn runs_only_after(first: &Command<'_>, command: &Command<'_>) -> bool {
    let Some((Step::AndOr(from), list)) = first.path.split_last() else { return false };
    let Some(Step::AndOr(to)) = command.path.get(list.len()) else { return false };
    let [Step::ListItem(item)] = list else { return false };
    let rest = first.script.tree().body.items.get(*item).map_or(&[][..], |item| &item.and_or.rest);
    command.path.starts_with(list)
        && to > from
        && rest
            .get(*from..*to)
            .is_some_and(|between| between.iter().all(|(connector, _)| connector.kind == ConnectorKind::And))
}

/// Why a program that is none of the system's, or that starts another one, may read the package lists.
fn use_by_own_program(command: &Command<'_>, is_copied: &dyn Fn(&str) -> bool) -> Option<String> {
    let name = command.name()?;
    let words = || command.arguments().iter().filter_map(|word| word.literal.as_deref());
    let is_apt = |program: &str| program == "apt-cache" || COMMANDS.has(program, "package manager apt");
    let starts_apt = || words().any(|word| word.rsplit('/').next().is_some_and(is_apt));
    if !command.known().has("starts none of its words") && starts_apt() {
        return Some(format!("`{name}` starts apt, which may rely on these lists"));
    }
    let sets_up = || words().find(|word| const { SIGNS.expect("target of make that sets up") }.sign(word).is_some());
    match sets_up().filter(|_| name == "make") {
        Some(target) => Some(format!("`make {target}` may install packages, and relies on these lists then")),
        None => is_copied(name).then(|| {
            format!("`{name}` comes with the project; it may install packages, and relies on these lists then")
        }),
    }
}

fn is_of_harmless_script(command: &Command<'_>, is_harmless: IsHarmless<'_>) -> bool {
    scripts::script_of(command).is_some_and(|script| is_harmless(command.run, script))
}

/// Why a command that is no package manager may read the package lists.
fn unknown_use(command: &Command<'_>) -> Option<String> {
    let Some(name) = command.name() else {
        let first = command.words().first()?;
        return Some(format!("`{}` is only known when it runs, and may install packages", command.text(first.range)));
    };
    if command.known().has("reads package lists") {
        return Some(format!("`{name}` may rely on these lists"));
    }
    let may = |what: &str| Some(format!("`{what}` may install packages, and relies on these lists then"));
    match name {
        _ if command.known().has("runs commands that it is told") => {
            let words = command.arguments();
            let runs_text = words.iter().any(|word| {
                word.is("-c")
                    || word.literal.as_deref().is_some_and(|text| text.starts_with('-') && text.ends_with('c'))
            });
            let mentions_apt = words
                .iter()
                .any(|word| command.text(word.range).contains("apt") || command.text(word.range).contains(".sh"));
            let piped = command.path.iter().any(|step| matches!(step, Step::Pipe(_))) && !matches!(name, "xargs");
            let only_text = (runs_text || name == "eval" || name == "xargs") && !mentions_apt;
            (!only_text || piped).then(|| may(name)).flatten()
        }
        _ if scripts::builds(name) => None,
        _ if scripts::interprets(name) => {
            let script = scripts::script_of(command)?;
            let file = script.rsplit('/').next().unwrap_or(script);
            (!scripts::builds(file)).then(|| may(script)).flatten()
        }
        _ => {
            let path = command.words().first().and_then(|word| word.literal.as_deref()).unwrap_or(name);
            let is_script = name.ends_with(".sh") || name.ends_with(".bash");
            let is_of_system = || const { PATHS.expect("folder of the system's programs") }.start(path).is_some();
            let is_foreign = path.contains('/') && !is_of_system() && is_probably_script(path);
            (is_script || is_foreign).then(|| may(path)).flatten()
        }
    }
}

/// A program in a folder such as `/app/node_modules/.bin` is no script of the project's own.
fn is_probably_script(path: &str) -> bool {
    const { PATHS.expect("part of the path of a program") }.sign(path).is_none()
}

/// ONBUILD, CMD and the like that call apt themselves.
fn use_outside_run<'f>(build: &Build<'f>, instruction: &'f Instruction) -> Option<String> {
    let words = match (instruction.keyword(), instruction.arguments()) {
        (Keyword::Onbuild, Arguments::Trigger(trigger)) if trigger.keyword == Keyword::Run => {
            trigger.arguments.list().join(" ")
        }
        _ => build.part(instruction)?.pieces().collect::<Vec<_>>().join(" "),
    };
    let installs = words.contains("apt-get") || words.contains("apt ") || words.contains("aptitude");
    let name = instruction.keyword().name();
    if installs && !words.contains("update") {
        return Some(format!("{name} installs packages with these lists"));
    }
    let runs_script = instruction.keyword() == Keyword::Onbuild && words.contains(".sh");
    runs_script.then(|| format!("the script that {name} runs may install packages with these lists"))
}
