//! What the commands of a stage make: nothing for the program, what it only reads, folders that can be its own, or what it may write to and is root's.

use super::ownership::{Ownership, Placed};
use super::programs::begin;
use super::starts::{name_of, source_in};
use super::{FACTS, environments};
use crate::ecosystems;
use crate::rewrite::{Answer, Context, Obstacle, Question};
use crate::semantics::commands::Command;
use crate::semantics::{Origin, Run, Taken, cleanups, is_within, joined};
use crate::syntax::shell::{Redirect, RedirectOperator};
use crate::transforms::ignoring::is_left_out;

/// All commands of the stage whose files the program may want to write to. What else they make is noted in `ownership`.
pub(super) fn by_root(cx: &Context<'_>, stage: usize, ownership: &mut Ownership<'_>) -> Vec<Obstacle> {
    let runs = environments::stages(cx, stage).into_iter().rev().flat_map(|stage| cx.build.runs_of(stage));
    runs.flat_map(|run| in_run(cx, run, ownership)).collect()
}

fn in_run(cx: &Context<'_>, run: &Run<'_>, ownership: &mut Ownership<'_>) -> Vec<Obstacle> {
    if let Err(because) = &run.script {
        return vec![(run.instruction.text_range(), format!("what it runs cannot be read: {because}"))];
    }
    // What only empties a cache, by us or by the user, makes nothing.
    let all = run.commands();
    let mut obstacles = Vec::new();
    let goes_elsewhere = all.iter().any(|command| command.name() == Some("cd"));
    for command in all.iter().filter(|command| !cleanups::is_cleanup(command.text(command.node.range))) {
        let mut maker = Maker { cx, run, command, ownership, goes_elsewhere };
        obstacles.extend(maker.obstacle().map(|because| (command.range(), because)));
    }
    obstacles
}

/// A command that may make files.
struct Maker<'m, 'f, 'o> {
    cx: &'m Context<'f>,
    run: &'m Run<'f>,
    command: &'m Command<'m>,
    ownership: &'m mut Ownership<'o>,
    /// Whether another folder is gone to before it.
    goes_elsewhere: bool,
}

impl Maker<'_, '_, '_> {
    fn words(&self) -> Vec<String> {
        let literal = |word: &crate::syntax::shell::Word| word.literal.as_deref().unwrap_or("$").to_owned();
        self.command.arguments().iter().map(literal).collect()
    }

    fn obstacle(&mut self) -> Option<String> {
        let writes = |redirect: &Redirect| {
            let is_read = matches!(redirect.operator, RedirectOperator::Input);
            !is_read
                && !redirect.target.is("/dev/null")
                && redirect.target.literal.as_deref().is_none_or(|to| to.parse::<u32>().is_err())
        };
        if self.command.node.redirects.iter().any(writes) {
            return Some("it writes a file that belongs to root".to_owned());
        }
        let Some(name) = self.command.name() else {
            return self.command.words().first().map(|_| "what it runs is only known when it is built".to_owned());
        };
        let words = self.words();
        let made = || Some(format!("`{name}` may make files that the program writes to and that belong to root"));
        match name {
            "echo" | "printf" => None,
            "export" if !self.command.text(self.command.node.range).contains('/') => None,
            "mkdir" if self.makes_own_folders(&words) => None,
            "mkdir" => made(),
            "chmod" => {
                let mode = words.iter().find(|word| !word.starts_with("-R"))?;
                (!FACTS.has("mode with which all may run", mode)).then(made).flatten()
            }
            "poetry" if words.first().is_some_and(|verb| verb == "config") => None,
            "bundle" if words.first().is_some_and(|verb| verb == "config") => {
                let is_for_all = words.iter().any(|word| FACTS.has("word of a setting of Bundler for all", word));
                let because = "`bundle config` keeps its settings in the home of root";
                (!is_for_all).then(|| because.to_owned())
            }
            "poetry" if words.first().is_some_and(|verb| verb == "install") => {
                if !environments::is_shared(self.cx, self.ownership.stage) {
                    return Some("what `poetry` installs lies in the home of root".to_owned());
                }
                self.builds();
                None
            }
            _ if self.is_build(name, &words) => {
                self.builds();
                None
            }
            _ if FACTS.has("manager of packages of a language", name) => self.install_obstacle(&words),
            _ if FACTS.has("command that makes nothing for the program", name) => None,
            _ => made(),
        }
    }

    /// Notes that files are made that the program only reads, and that whatever makes them may ask git.
    fn builds(&mut self) {
        self.ownership.is_built = true;
        let name = self.command.name().unwrap_or_default();
        let is_of_scripts = FACTS.has("runner of scripts", name) || FACTS.has("build that asks nobody", name);
        if is_of_scripts || (name == "go" && !self.stamps()) {
            return;
        }
        if let Some(because) = self.git_obstacle(name) {
            self.ownership.asks_git.push((self.command.range(), because));
        }
    }

    /// Whether `go` writes into a program what git says of its code: of a package, from Go 1.18 on.
    fn stamps(&self) -> bool {
        let words = self.words();
        let is_of_package = !words.iter().any(|word| word.ends_with(".go") || word == "-buildvcs=false");
        let is_build = words.first().is_some_and(|verb| FACTS.has("verb that compiles", verb));
        is_build && is_of_package && !self.is_before_stamps()
    }

    fn is_before_stamps(&self) -> bool {
        const FIRST: (u32, u32) = (1, 18);
        let stage = environments::stages(self.cx, self.ownership.stage).pop().unwrap_or_default();
        let tag = self.cx.build.image_of(stage).and_then(|image| image.rsplit_once(':'));
        let version = tag.and_then(|(_, tag)| tag.split('-').next()?.split_once('.'));
        let number = |text: &str| text.split('.').next().and_then(|text| text.parse::<u32>().ok());
        version.is_some_and(|(major, minor)| number(major).zip(number(minor)).is_some_and(|version| version < FIRST))
    }

    /// Whether `mkdir` makes the folder of the program, or folders in it, which are noted.
    fn makes_own_folders(&mut self, words: &[String]) -> bool {
        let folder = self.ownership.folder.clone().unwrap_or_default();
        let directory = self.cx.build.directory_at(self.run.instruction).unwrap_or_default().to_owned();
        let names: Vec<_> = words.iter().filter(|word| *word != "-p").collect();
        let is_plain = words.len() > names.len() && !names.is_empty() && !self.goes_elsewhere;
        let mut made = Vec::new();
        for name in names {
            let is_written_out = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
            let path = joined(&directory, name);
            if is_within(&folder, &path) && path != "/" {
                continue;
            }
            if folder.is_empty() || !is_written_out || !is_within(&path, &folder) {
                return false;
            }
            // The folders between are made too.
            let between =
                path[folder.len()..].match_indices('/').skip(1).map(|(at, _)| path[..folder.len() + at].to_owned());
            made.extend(between.chain([path.clone()]));
        }
        if is_plain {
            self.ownership.made.extend(made);
        }
        is_plain
    }

    /// Whether the command is one that makes what a program only reads, by a table or by what its manifest says.
    fn is_build(&mut self, name: &str, words: &[String]) -> bool {
        let name_alone = name_of(name);
        let begins = |rest: &str| begin(std::iter::once("").chain(words.iter().map(String::as_str)), rest);
        let is_outside =
            words.iter().any(|word| word.contains('$') || word.starts_with("/root") || word.starts_with('~'));
        if const { FACTS.expect("build that makes what is only read") }.that(name_alone).any(begins) {
            self.ownership.is_run |= const { FACTS.expect("build that runs the code") }.that(name_alone).any(begins);
            return !is_outside;
        }
        let mut names = words.iter().map(String::as_str).filter(|word| !word.starts_with("--prod"));
        let script = match (name, names.next(), names.next()) {
            (_, Some(verb), Some(script)) if FACTS.has("verb that runs a script", verb) => script,
            (runner, Some(script), None) if FACTS.has("runner of scripts by their names", runner) => script,
            _ => return false,
        };
        let text = self.manifest().filter(|_| names.next().is_none() && FACTS.has("runner of scripts", name));
        text.is_some_and(|text| ecosystems::runs_tools_only(&text, script).is_ok())
    }

    /// The text of the manifest where the command runs.
    fn manifest(&self) -> Option<String> {
        let directory = self.cx.build.directory_at(self.run.instruction).unwrap_or_default();
        let path = joined(directory, ecosystems::MANIFEST_WITH_SCRIPTS);
        let source = source_in(self.cx, self.ownership.stage, &path)?;
        let Answer::Text(text) = self.cx.facts.answer(Question::ContextFile(source)) else { return None };
        String::from_utf8(text.clone()).ok()
    }

    /// Whether an install may run scripts of the project, or nobody knows.
    fn has_scripts(&self) -> bool {
        self.manifest().is_none_or(|text| ecosystems::runs_unasked(&text))
    }

    /// Whether a package manager of a language does more than bring packages.
    fn install_obstacle(&mut self, words: &[String]) -> Option<String> {
        let name = self.command.name()?.to_owned();
        let made = || {
            Some(format!(
                "`{name} {}` may make files that the program writes to and that belong to root",
                words.join(" ")
            ))
        };
        let is_pip = match name.as_str() {
            "pip" | "pip3" => true,
            "python" | "python3" if words.len() > 1 && words[0] == "-m" && words[1] == "pip" => true,
            _ if FACTS.has("manager of packages of Node.js", &name) => false,
            _ => return made(),
        };
        let says_where = |word: &str| FACTS.has("option that says where packages go", word);
        if words.iter().any(|word| says_where(word) || word.starts_with("git+") || word.contains('$')) {
            return made();
        }
        let verb = words
            .iter()
            .map(String::as_str)
            .filter(|word| !word.starts_with('-') && *word != "pip")
            .find(|word| *word != "global")
            .unwrap_or_default();
        let is_bare_yarn = name == "yarn" && verb.is_empty();
        if !FACTS.has("verb that only brings packages", verb) && !is_bare_yarn {
            return made();
        }
        let builds_here = words
            .iter()
            .any(|word| *word == "." || word.starts_with("./") || word.starts_with('/') || word.starts_with(".["));
        self.ownership.is_installed |= is_pip && builds_here;
        let may_ask_git =
            if is_pip { builds_here } else { !words.iter().any(|word| word == "-g") && self.has_scripts() };
        if let Some(because) = self.git_obstacle(&name).filter(|_| may_ask_git) {
            self.ownership.asks_git.push((self.command.range(), because));
        }
        None
    }

    /// That git, which `name` may ask, would find a folder of another user.
    fn git_obstacle(&self, name: &str) -> Option<String> {
        let brings_git = |copied: &Placed<'_>| {
            self.cx.build.copied_by(copied.instruction).is_none_or(|it| it.takes(".git/HEAD") != Taken::No)
        };
        let folder_before = self.ownership.copied.iter().find(|copied| {
            copied.from == Origin::Context
                && copied.instruction.range.start() < self.run.instruction.range.start()
                && brings_git(copied)
        })?;
        (!is_without_git(self.cx)).then(|| {
            format!(
                "`{name}` may ask git, which refuses to work in a folder of another user, and `{}` may bring `.git`",
                folder_before.sources.join(" ")
            )
        })
    }
}

/// Whether there is no `.git` where the build context is. An ignore file that leaves it out comes and goes, and says nothing of users.
fn is_without_git(cx: &Context<'_>) -> bool {
    let Answer::Paths(paths) = cx.facts.answer(Question::ContextFiles) else { return false };
    let is_absent = matches!(cx.facts.answer(Question::ContextEntry(".git".to_owned())), Answer::Absent);
    let is_inside = paths.iter().any(|path| path.split('/').any(|part| part == ".git"));
    is_absent && !is_inside && !is_left_out(cx, ".git")
}
