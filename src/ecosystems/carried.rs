//! What of a build is done again in the stage that is shipped: packages of the distribution by their names, users, folders.

use super::Ecosystem;
use super::sole::{KNOWN, Sole};
use crate::bases::{self, lines};
use crate::known::debian;
use crate::known::suites::{self, Suite};
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::packages::PackageCommand;
use crate::semantics::{is_root, is_within, joined};
use crate::syntax::Keyword;
use crate::syntax::shell::{Assignment, Word};

/// What the stage that is shipped does before anything is copied to it.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// The release of the distribution, if the image will be made of no other.
    suite: Option<Suite>,
    /// Whether what is shipped is based on another image than the build.
    is_other_image: bool,
    /// Packages of Debian, or of Alpine.
    names: Vec<String>,
    /// Whether recommended packages came with one of them.
    is_generous: bool,
    is_of_alpine: bool,
    /// Where the first package is installed.
    installed_at: Option<usize>,
    /// Whether a package that is left out brought others, which may have made users.
    leaves_some_out: bool,
    /// Whether a package is left out.
    leaves_out: bool,
    /// Commands that make users and folders, with their places in the file: what they do may depend on a WORKDIR before or behind them.
    commands: Vec<(usize, String)>,
    /// The users that are made.
    users: Vec<String>,
}

impl Carried {
    /// Nothing yet, to be done again in a stage that starts from `image`.
    pub fn onto(sole: &Sole<'_>, image: &str) -> Self {
        let suite = sole.reference().and_then(|reference| lines::suite(sole.cx, reference));
        let is_other_image = sole.cx.build.base_image(0).is_none_or(|of_build| &*of_build.text != image);
        Self { suite, is_other_image, ..Self::default() }
    }

    /// Whether `command` is one that is done again, or need not be.
    ///
    /// # Errors
    /// What of it is not known.
    pub fn take(&mut self, sole: &Sole<'_>, ecosystem: &Ecosystem, command: &Command<'_>) -> Result<bool, String> {
        let name = command.name().unwrap_or_default();
        if let Some(package) =
            command.package_command().filter(|package| ["apk", "apt"].contains(&package.manager.name))
        {
            return self.take_packages(ecosystem, command, &package).map(|()| true);
        }
        if name == "rm" {
            return Ok(only_takes_caches(command));
        }
        if KNOWN.has("maker of users", name) {
            self.ask_for_number(command)?;
            if self.is_other_image && !ecosystem.kept.has(name) {
                self.names.push("adduser".to_owned());
                self.installed_at.get_or_insert(command.range().start());
            }
            let last = command.arguments().iter().rev().filter_map(|word| word.literal.as_deref());
            self.users.extend(last.take(1).map(str::to_owned));
            let words = command.words().iter().map(|word| command.text(word.range));
            self.commands.push((command.range().start(), words.collect::<Vec<_>>().join(" ")));
            return Ok(true);
        }
        Ok(self.take_folders(sole, command, name))
    }

    /// That the one who is made here gets the number again that files of the build belong to.
    fn ask_for_number(&self, command: &Command<'_>) -> Result<(), String> {
        let words = || command.arguments().iter().filter_map(|word| word.literal.as_deref());
        let is_for_system = words().any(|word| KNOWN.has("option for a user of the system", word));
        let has_number =
            words().any(|word| KNOWN.has("option with a number", word.split('=').next().unwrap_or_default()));
        let name = command.name().unwrap_or_default();
        match is_for_system && !has_number && (self.is_other_image || self.leaves_some_out) {
            true => Err(format!("which number `{name}` gives goes by the users of packages that are left behind")),
            false => Ok(()),
        }
    }

    fn take_packages(
        &mut self,
        ecosystem: &Ecosystem,
        command: &Command<'_>,
        package: &PackageCommand<'_>,
    ) -> Result<(), String> {
        if !package.installs() {
            let is_known = KNOWN.has("verb that brings nothing", package.verb());
            let because = || format!("`{}` may change more than is needed to build", package.verb());
            return if is_known { Ok(()) } else { Err(because()) };
        }
        if !KNOWN.has("verb that installs", package.verb()) {
            return Err(format!("what `{}` changes is not known", package.verb()));
        }
        self.is_of_alpine = package.manager.name == "apk";
        let is_virtual = |word: &str| word.starts_with('.') && self.is_of_alpine;
        let is_lean = self.is_of_alpine || package.has_option("--no-install-recommends");
        let mut added = Vec::new();
        for word in package.operands() {
            let name = word.literal.as_deref().ok_or("what it installs is only known when it runs")?;
            if is_virtual(name)
                || ecosystem.facts.has("package of a build", name)
                || KNOWN.has("package of a build", name)
            {
                self.leaves_some_out |= !is_lean;
                self.leaves_out = true;
                continue;
            }
            if name.contains(['=', '/', '*', '+', '~', '<', '>', ':', '^'])
                || name.starts_with('.')
                || name.ends_with('-')
            {
                return Err(format!("which package `{name}` is, is not known"));
            }
            match name.strip_suffix("-dev") {
                Some(_) if self.is_of_alpine => return Err(format!("which library goes with `{name}` is not known")),
                Some(_) => added.extend(libraries(name, self.suite)?),
                None => {
                    self.is_generous |= !is_lean;
                    added.push(name.to_owned());
                }
            }
        }
        if !added.is_empty() {
            is_said_again(command, package.manager.name)?;
            self.installed_at.get_or_insert(command.range().start());
        }
        self.names.extend(added);
        Ok(())
    }

    /// Notes what is done to folders beside that of the program, whose content is copied with its owners and modes.
    fn take_folders(&mut self, sole: &Sole<'_>, command: &Command<'_>, name: &str) -> bool {
        let skipped = usize::from(KNOWN.has("tool with a first word", name));
        if skipped == 0 && name != "mkdir" {
            return false;
        }
        let directory = sole.directory_of(command);
        let (options, operands) = parts(command);
        let (firsts, operands) = operands.split_at(skipped.min(operands.len()));
        let places: Vec<_> = operands.iter().map(|word| joined(&directory, command.text(word.range))).collect();
        let is_inside = |place: &String| place != &sole.directory && is_within(place, &sole.directory);
        let is_brought = |place: &String| sole.brought.iter().any(|brought| is_within(place, &brought.destination));
        let is_known = |place: &String| {
            !place.contains(['*', '?', '[', '$', '"', '\''])
                && !KNOWN.has("of every image", place)
                && (is_inside(place) || is_brought(place) || place == &sole.directory || is_own(place))
        };
        if places.is_empty() || !places.iter().all(is_known) || !command.simple.assignments.is_empty() {
            return false;
        }
        let at = command.range().start();
        // What is in a folder is copied as it is; the folder itself gets a new owner and mode.
        let is_top = |place: &String| sole.brings_folder(place) && !is_inside(place);
        let is_done =
            |place: &&String| place == &&sole.directory || is_top(place) || (!is_inside(place) && !is_brought(place));
        let again: Vec<_> = places.iter().filter(is_done).collect();
        if again.is_empty() {
            return true;
        }
        let is_missing = |place: &&&String| {
            let is_made_by_copy = is_top(place) || **place == &sole.directory;
            name != "mkdir" && is_made_by_copy && !has_worked_in(sole, place, at)
        };
        let missing: Vec<_> = again.iter().filter(is_missing).map(|place| place.as_str()).collect();
        if !missing.is_empty() {
            let command = format!("mkdir -p {}", missing.join(" "));
            if !self.commands.iter().any(|(_, other)| *other == command) {
                self.commands.push((at, command));
            }
        }
        let words = options.iter().chain(firsts).map(|word| command.text(word.range));
        let words: Vec<_> = [name].into_iter().chain(words).chain(again.iter().map(|place| place.as_str())).collect();
        self.commands.push((at, words.join(" ")));
        true
    }

    /// Notes the owners of folders that a COPY makes: what is copied from the build brings what is in a folder, not whose it is.
    pub fn take_copies(&mut self, sole: &Sole<'_>, end: Option<usize>) {
        let end = end.map_or(usize::MAX, |end| sole.instructions[end].text_range().start());
        let mut users = sole.instructions.iter().filter(|instruction| {
            instruction.keyword() == Keyword::User && !is_root(&instruction.arguments().list().concat())
        });
        let first_user = users.next().map_or(usize::MAX, |user| user.text_range().start());
        for copied in sole.cx.build.copies_of(0) {
            let (at, path) = (copied.instruction.text_range().start(), copied.destination.path.as_str());
            let place = path.trim_end_matches('/');
            let Some(owner) = copied.instruction.flag("chown").filter(|_| sole.brings_folder(place)) else { continue };
            let is_made_before =
                self.commands.iter().any(|(other, text)| *other < at && text.split(' ').any(|word| word == place));
            if at < end && is_own(place) && !owner.contains('$') && !is_made_before && !has_worked_in(sole, place, at) {
                // A COPY takes the group of the user, or the same number, where none is said.
                let owner = match owner.contains(':') {
                    true => owner.to_owned(),
                    false if owner.bytes().all(|byte| byte.is_ascii_digit()) => format!("{owner}:{owner}"),
                    false => format!("{owner}:"),
                };
                // Who makes folders at the top is root.
                self.commands.push((at.min(first_user), format!("mkdir -p {place} && chown {owner} {place}")));
            }
        }
        self.commands.sort_by_key(|(at, _)| *at);
    }

    /// Whether what is shipped has all of the system that the build has.
    pub fn is_same_system(&self) -> bool {
        !self.is_other_image && !self.leaves_out
    }

    /// Whether `user` is made.
    pub fn makes(&self, user: &str) -> bool {
        self.users.iter().any(|made| made == user)
    }

    /// Packages that an ecosystem adds.
    pub fn add(&mut self, names: impl IntoIterator<Item = String>) {
        self.names.extend(names);
    }

    pub fn installs(&self) -> bool {
        !self.names.is_empty()
    }

    /// What is done, in the order of the build: packages come where the first one did, or, if the file names none, where there is no place.
    pub fn steps(&self) -> impl Iterator<Item = (Option<usize>, String)> {
        let install = self.install().map(|command| (self.installed_at, command));
        install.into_iter().chain(self.commands.iter().map(|(at, command)| (Some(*at), command.clone())))
    }

    /// The command that installs the packages.
    fn install(&self) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        for name in &self.names {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let names = names.join(" ");
        let command = match self.is_of_alpine {
            true => format!("apk add --no-cache {names}"),
            false => bases::installed_by_apt(&names, self.is_generous),
        };
        (!names.is_empty()).then_some(command)
    }
}

/// That packages are installed again as `command` installs them.
fn is_said_again(command: &Command<'_>, manager: &str) -> Result<(), String> {
    let is_other = |assignment: &&Assignment| !KNOWN.has("variable of a package manager", &assignment.name);
    if let Some(other) = command.simple.assignments.iter().find(is_other) {
        return Err(format!("`{}` may change what is installed", other.name));
    }
    let mut words = command.arguments().iter().filter_map(|word| word.literal.as_deref());
    let key = format!("option of {manager}");
    let is_other = |word: &&str| word.starts_with('-') && !KNOWN.has(&key, word.split('=').next().unwrap_or_default());
    match words.find(is_other) {
        Some(option) => Err(format!("`{option}` may change what is installed")),
        None => Ok(()),
    }
}

/// The options of a tool for files, with their values, and all else.
fn parts<'c>(command: &'c Command<'_>) -> (Vec<&'c Word>, Vec<&'c Word>) {
    let mut is_value = false;
    command.arguments().iter().partition(|word| {
        let text = word.literal.as_deref().unwrap_or_default();
        let is_option = is_value || text.starts_with('-');
        is_value = !is_value
            && command.name() == Some("mkdir")
            && (text == "--mode" || (text.starts_with('-') && !text.starts_with("--") && text.ends_with('m')));
        is_option
    })
}

/// The packages with the libraries that go with a -dev package: those of a release, or, where the image may be made of another one soon, those that are called the same in all.
fn libraries(name: &str, suite: Option<Suite>) -> Result<Vec<String>, String> {
    let unknown = || format!("which library goes with `{name}` is not known");
    let of =
        |suite: Suite| debian::run_time_of(name, suite.name).map(|names| names.map(str::to_owned).collect::<Vec<_>>());
    if let Some(suite) = suite {
        return of(suite).ok_or_else(unknown);
    }
    let mut all = suites::all().filter(|suite| suite.distribution == "debian" && suite.is("is served")).map(of);
    let first = all.next().flatten().ok_or_else(unknown)?;
    let is_same = all.all(|other| other.as_ref() == Some(&first));
    is_same.then_some(first).ok_or(format!("the library that goes with `{name}` has other names in other releases"))
}

/// Whether `rm` takes away nothing but what package managers keep.
fn only_takes_caches(command: &Command<'_>) -> bool {
    command.arguments().iter().all(|word| {
        let path = command.text(word.range);
        path.starts_with('-') || KNOWN.of("folder of caches").any(|folder| is_within(path, folder))
    })
}

/// Whether a place is no part of the distribution, and in no folder of programs.
pub(super) fn is_own(place: &str) -> bool {
    let top = place.split('/').nth(1).unwrap_or_default();
    !KNOWN.has("folder of the distribution", top)
        || KNOWN.of("folder for data").any(|folder| is_within(place, folder) && place != folder)
}

/// The first COPY or ADD that may say where packages of the distribution come from.
pub(super) fn says_where_packages_are(sole: &Sole<'_>) -> Option<Obstacle> {
    let is_about = |path: &str| {
        KNOWN.of("folder of a package manager").any(|folder| is_within(path, folder) || is_within(folder, path))
    };
    let about = sole.brought.iter().find(|brought| is_about(&brought.destination))?;
    Some((about.range, format!("`{}` may change what is installed", about.destination)))
}

/// Whether the base image has `folder`, or a WORKDIR before `at` makes it.
fn has_worked_in(sole: &Sole<'_>, folder: &str, at: usize) -> bool {
    let mut before = sole.instructions.iter().filter(|instruction| instruction.text_range().start() < at);
    sole.home == folder
        || before.any(|it| {
            let behind = || sole.cx.build.directory_behind(it).is_some_and(|other| is_within(other, folder));
            it.keyword() == Keyword::Workdir && behind()
        })
}
