//! What of a build is done again in the stage that is shipped: packages of the distribution by their names, users, folders.

use super::Ecosystem;
use super::sole::{KNOWN, Sole};
use crate::known::debian;
use crate::known::suites::{self, Suite};
use crate::semantics::commands::Command;
use crate::semantics::packages::PackageCommand;
use crate::semantics::{is_within, joined};
use crate::syntax::shell::Word;

/// What the stage that is shipped does before anything is copied to it.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// Packages of Debian, or of Alpine.
    names: Vec<String>,
    /// Whether recommended packages came with one of them.
    is_generous: bool,
    is_of_alpine: bool,
    /// Commands that make users and folders.
    commands: Vec<String>,
    /// Whether some of them came before the first package: both may make users, whose numbers go by who is there.
    is_before_packages: bool,
    /// The users that are made.
    users: Vec<String>,
}

impl Carried {
    /// Whether `command` is one that is done again, or need not be. `suite` is the release of the distribution, if the image will be made of no other.
    ///
    /// # Errors
    /// What of it is not known.
    pub fn take(
        &mut self,
        sole: &Sole<'_>,
        ecosystem: &Ecosystem,
        suite: Option<Suite>,
        command: &Command<'_>,
    ) -> Result<bool, String> {
        let name = command.name().unwrap_or_default();
        if let Some(package) =
            command.package_command().filter(|package| ["apk", "apt"].contains(&package.manager.name))
        {
            return self.take_packages(ecosystem, suite, &package).map(|()| true);
        }
        if name == "rm" {
            return Ok(only_takes_caches(command));
        }
        if KNOWN.has("maker of users", name) {
            let last = command.arguments().iter().rev().filter_map(|word| word.literal.as_deref());
            self.users.extend(last.take(1).map(str::to_owned));
            let words = command.words().iter().map(|word| command.text(word.range));
            self.commands.push(words.collect::<Vec<_>>().join(" "));
            return Ok(true);
        }
        Ok(self.take_folders(sole, command, name))
    }

    fn take_packages(
        &mut self,
        ecosystem: &Ecosystem,
        suite: Option<Suite>,
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
        self.is_before_packages |= self.names.is_empty() && !self.commands.is_empty();
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
                continue;
            }
            if name.contains(['=', '/', '*', '+', '~', '<', '>', ':']) || name.starts_with('.') {
                return Err(format!("which package `{name}` is, is not known"));
            }
            match name.strip_suffix("-dev") {
                Some(_) if self.is_of_alpine => return Err(format!("which library goes with `{name}` is not known")),
                Some(_) => added.extend(libraries(name, suite)?),
                None => {
                    self.is_generous |= !is_lean;
                    added.push(name.to_owned());
                }
            }
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
        let is_option = |word: &&Word| word.literal.as_deref().is_some_and(|text| text.starts_with('-'));
        let operands: Vec<_> = command.arguments().iter().filter(|word| !is_option(word)).skip(skipped).collect();
        let places: Vec<_> = operands.iter().map(|word| joined(&directory, command.text(word.range))).collect();
        let is_inside = |place: &String| place != &sole.directory && is_within(place, &sole.directory);
        let is_brought = |place: &String| sole.brought.iter().any(|brought| is_within(place, &brought.destination));
        let is_known = |place: &String| {
            !place.contains(['*', '?', '[', '$', '"', '\''])
                && !KNOWN.has("of every image", place)
                && (is_inside(place) || is_brought(place) || place == &sole.directory || is_own(place))
        };
        if places.is_empty() || !places.iter().all(is_known) {
            return false;
        }
        if !places.iter().all(|place| is_inside(place) || (is_brought(place) && place != &sole.directory)) {
            let firsts = command.arguments().iter().filter(|word| !is_option(word)).take(skipped);
            let options = command.arguments().iter().filter(is_option).chain(firsts);
            let words = options.map(|word| command.text(word.range).to_owned()).chain(places);
            self.commands.push([vec![name.to_owned()], words.collect()].concat().join(" "));
        }
        true
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

    /// The commands, a RUN each, in the order of the build.
    pub fn runs(&self) -> Vec<String> {
        let commands = Some(self.commands.join(" && ")).filter(|commands| !commands.is_empty());
        let runs = if self.is_before_packages { [commands, self.install()] } else { [self.install(), commands] };
        runs.into_iter().flatten().collect()
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
        let lean = if self.is_generous { "" } else { "--no-install-recommends " };
        let command = match self.is_of_alpine {
            true => format!("apk add --no-cache {names}"),
            false => format!("apt-get update && apt-get install -y {lean}{names} && rm -rf /var/lib/apt/lists/*"),
        };
        (!names.is_empty()).then_some(command)
    }
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
