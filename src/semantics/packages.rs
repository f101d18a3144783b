//! Package managers: how they are called, what their verbs do, and what they leave behind.

use std::ops::Range;

use super::installs;
use crate::known::{Known, MANAGERS};
use crate::syntax::shell::Word;

/// A package manager: the grammar of its command line stands in a table.
#[derive(Debug)]
pub struct Manager {
    which: Which,
    pub name: &'static str,
    /// What is known of itself.
    known: Known,
    /// What is known of its verbs and options.
    words: Known,
    /// Options with which it only says what it would do.
    simulates: Known,
    /// What its options have to do with an install, where that is followed.
    pub(super) options: Known,
}

impl PartialEq for Manager {
    fn eq(&self, other: &Self) -> bool {
        self.which == other.which
    }
}

impl Eq for Manager {}

macro_rules! managers {
    ($($constant:ident = $name:literal,)*) => {
        #[allow(clippy::upper_case_acronyms, reason = "called like the constants")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Which { $($constant,)* }

        $(
            pub const $constant: Manager = Manager {
                which: Which::$constant,
                name: $name,
                known: MANAGERS.fixed($name),
                    simulates: MANAGERS.fixed(concat!($name, " options that simulate")),
                words: MANAGERS.under($name),
                options: installs::OPTIONS.under($name),
            };
        )*

        /// Every manager that is known.
        pub const ALL: &[&Manager] = &[$(&$constant),*];
    };
}

managers! {
    APT = "apt",
    APK = "apk",
    DNF = "dnf",
    ZYPPER = "zypper",
    PACMAN = "pacman",
    PIP = "pip",
    CONDA = "conda",
    NPM = "npm",
    YARN = "yarn",
    PNPM = "pnpm",
    GEM = "gem",
    COMPOSER = "composer",
    PIPENV = "pipenv",
    POETRY = "poetry",
    UV = "uv",
}

impl Manager {
    /// Whether the value of `option` is the next word.
    pub(super) fn takes_value(&self, option: &str) -> bool {
        self.words.known(option).has("takes a value") || installs::takes_value(self, option)
    }

    /// What is known of itself.
    pub(crate) fn known(&self) -> Known {
        self.known
    }

    /// Folders in which it leaves what nobody needs later.
    pub(super) fn leaves(&self) -> impl Iterator<Item = &'static str> {
        self.known().that("leaves ")
    }

    /// Whether it brings the packages of a distribution, rather than those of a language.
    #[must_use]
    pub fn is_of_distribution(&self) -> bool {
        self.known().has("is of a distribution")
    }

    /// Whether it brings packages of Node.js.
    #[must_use]
    pub fn is_of_node(&self) -> bool {
        [NPM, YARN, PNPM].contains(self)
    }

    /// Whether `word` is the first of a verb that is two words long.
    pub(super) fn has_verb_group(&self, word: &str) -> bool {
        self.words.known(word).has("starts a verb of two words")
    }
}

/// Some package managers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Managers(u32);

impl FromIterator<Managers> for Managers {
    fn from_iter<I: IntoIterator<Item = Self>>(all: I) -> Self {
        Self(all.into_iter().fold(0, |bits, one| bits | one.0))
    }
}

impl Managers {
    pub fn add(&mut self, manager: &Manager) {
        self.0 |= 1 << manager.which as u32;
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn has(self, manager: &Manager) -> bool {
        self.0 & 1 << manager.which as u32 != 0
    }
}

/// One command line of a package manager.
#[derive(Clone, Copy, Debug)]
pub struct PackageCommand<'r> {
    pub manager: &'static Manager,
    words: &'r [Word],
    line: &'r CommandLine,
}

/// How the words of a command line are read, each by its index.
#[derive(Debug)]
pub(super) struct CommandLine {
    /// Of how many words the program consists: one, or three for `python -m pip`.
    program_len: usize,
    verb: usize,
    verb_text: String,
    installs: bool,
    refreshes: bool,
    removes: bool,
    options: Vec<Range<usize>>,
    operands: Vec<usize>,
}

impl<'r> PackageCommand<'r> {
    pub(super) fn new(manager: &'static Manager, words: &'r [Word], line: &'r CommandLine) -> Self {
        Self { manager, words, line }
    }

    /// The words of the program: one, or three for `python -m pip`.
    #[must_use]
    pub fn program(&self) -> &'r [Word] {
        &self.words[..self.line.program_len]
    }

    /// The verb, with a single blank if it is two words long.
    #[must_use]
    pub fn verb(&self) -> &'r str {
        &self.line.verb_text
    }

    /// The last word of the verb.
    #[must_use]
    pub fn verb_word(&self) -> &'r Word {
        &self.words[self.line.verb]
    }

    /// Every option, wherever it stands, with a value in a word of its own behind it.
    pub fn options(&self) -> impl ExactSizeIterator<Item = &'r [Word]> + use<'r> {
        let words = self.words;
        self.line.options.iter().map(|option| &words[option.clone()])
    }

    /// What is neither option nor verb.
    pub fn operands(&self) -> impl DoubleEndedIterator<Item = &'r Word> + use<'r> {
        let words = self.words;
        self.line.operands.iter().map(|&operand| &words[operand])
    }

    #[must_use]
    pub fn has_operands(&self) -> bool {
        !self.line.operands.is_empty()
    }

    #[must_use]
    pub fn installs(&self) -> bool {
        self.line.installs
    }

    #[must_use]
    pub fn refreshes(&self) -> bool {
        self.line.refreshes
    }

    #[must_use]
    pub fn removes(&self) -> bool {
        self.line.removes
    }

    /// Whether the option `name` is given, alone, with `=value`, or, for a single letter, in a bundle such as `-qy`.
    #[must_use]
    pub fn has_option(&self, name: &str) -> bool {
        self.has_option_from(0, name)
    }

    /// The same of the options from the word `start` on.
    fn has_option_from(&self, start: usize, name: &str) -> bool {
        let letter = name.strip_prefix('-').filter(|rest| rest.len() == 1);
        let options = self.line.options.iter().map(|option| option.start).filter(|place| *place >= start);
        options.filter_map(|place| self.words[place].literal.as_deref()).any(|option| {
            option == name
                || option.strip_prefix(name).is_some_and(|rest| rest.starts_with('='))
                || letter.is_some_and(|letter| !option.starts_with("--") && option[1..].contains(letter))
        })
    }

    /// Whether it only says what it would do.
    #[must_use]
    pub fn is_simulation(&self) -> bool {
        let is_given = |option: &str| match option.strip_suffix(" behind the verb") {
            Some(option) => self.has_option_from(self.line.verb, option),
            None => self.has_option(option),
        };
        self.manager.simulates.values().any(is_given)
    }

    /// Whether it only empties a cache.
    #[must_use]
    pub fn empties_cache(&self) -> bool {
        self.does("empties a cache")
    }

    /// Whether `fact` is known of its verb.
    pub(super) fn does(&self, fact: &str) -> bool {
        self.manager.words.known(self.verb()).has(fact)
    }
}

impl CommandLine {
    /// Reads what `words` say to `manager`; `None` if the verb is not written out.
    pub fn of(manager: &Manager, program_len: usize, words: &[Word]) -> Option<Self> {
        if *manager == PACMAN {
            return Self::of_pacman(program_len, words);
        }
        let (mut verb, mut verb_text) = (None, String::new());
        let (mut options, mut operands) = (Vec::new(), Vec::new());
        let mut options_ended = false;
        let mut at = program_len;
        while let Some(word) = words.get(at) {
            let place = at;
            at += 1;
            match word.literal.as_deref() {
                // What stands behind it before there is a verb may be taken either way.
                Some("--") if verb.is_none() => return None,
                Some("--") if !options_ended => options_ended = true,
                Some(option) if !options_ended && option.starts_with('-') && option.len() > 1 => {
                    let is_valued = manager.takes_value(option)
                        || verb.is_none() && manager.words.known(option).has("takes a value before the verb");
                    at += usize::from(is_valued && at < words.len());
                    options.push(place..at);
                }
                _ if verb.is_some() => operands.push(place),
                None => return None,
                Some(text) if verb_text.is_empty() && manager.has_verb_group(text) => {
                    text.clone_into(&mut verb_text);
                }
                Some(text) => {
                    if !verb_text.is_empty() {
                        verb_text.push(' ');
                    }
                    verb_text.push_str(text);
                    verb = Some(place);
                }
            }
        }
        Some(Self::new(manager, program_len, (verb?, verb_text), options, operands))
    }

    fn new(
        manager: &Manager,
        program_len: usize,
        (verb, verb_text): (usize, String),
        options: Vec<Range<usize>>,
        operands: Vec<usize>,
    ) -> Self {
        let known = manager.words.known(&verb_text);
        let (installs, refreshes, removes) =
            (known.has("installs"), known.has("refreshes the index"), known.has("removes"));
        Self { program_len, verb, verb_text, installs, refreshes, removes, options, operands }
    }

    /// pacman's verbs are options: one capital letter, with small ones behind it that make it another verb.
    fn of_pacman(program_len: usize, words: &[Word]) -> Option<Self> {
        let (mut options, mut operands) = (Vec::new(), Vec::new());
        let mut at = program_len;
        while let Some(word) = words.get(at) {
            let option = word.literal.as_deref().filter(|text| text.starts_with('-') && text.len() > 1);
            let valued = option.is_some_and(|option| PACMAN.takes_value(option)) && at + 1 < words.len();
            let end = at + 1 + usize::from(valued);
            match option {
                Some(_) => options.push(at..end),
                None => operands.push(at),
            }
            at = end;
        }
        let texts = || options.iter().filter_map(|option| words[option.start].literal.as_deref());
        let short = texts().filter_map(|text| text.strip_prefix('-').filter(|letters| !letters.starts_with('-')));
        let letters: String = short.collect();
        let long = |name: &str| texts().any(|text| text == name);
        let any = |all: &str| letters.contains(|letter| all.contains(letter));
        let verb_text = if any("S") || long("--sync") {
            let upgrades = any("u") || long("--sysupgrade");
            match () {
                () if any("c") || long("--clean") => "clean",
                () if any("sgil") || long("--search") || long("--groups") || long("--info") || long("--list") => {
                    "search"
                }
                () if operands.is_empty() && !upgrades => "refresh",
                () => "sync",
            }
        } else if any("U") || long("--upgrade") {
            "upgrade"
        } else if any("R") || long("--remove") {
            "remove"
        } else {
            "query"
        };
        let is_verb = |text: &str| {
            text.contains(|letter: char| letter.is_ascii_uppercase()) || PACMAN.words.known(text).has("is a verb")
        };
        let mut places = options.iter().map(|option| option.start);
        let verb = places.find(|&place| words[place].literal.as_deref().is_some_and(is_verb))?;
        Some(Self::new(&PACMAN, program_len, (verb, verb_text.to_owned()), options, operands))
    }
}

/// The manager that `words` start, whose program is called `name` and `known` so, and of how many words the program consists.
pub(super) fn manager(name: &str, known: Known, words: &[Word]) -> Option<(&'static Manager, usize)> {
    if let Some(called) = known.that("package manager ").next() {
        return ALL.iter().find(|manager| manager.name == called).map(|manager| (*manager, 1));
    }
    let version = |prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
    };
    if version("pip") {
        return Some((&PIP, 1));
    }
    let is_module = version("python")
        && words.get(1).is_some_and(|word| word.is("-m"))
        && words.get(2).is_some_and(|word| word.is("pip"));
    is_module.then_some((&PIP, 3))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ALL, MANAGERS};
    use crate::known::COMMANDS;
    use crate::semantics::Build;
    use crate::syntax::Dockerfile;

    /// Manager, verb and operands of `command`.
    fn read(command: &str) -> Option<(String, String, Vec<String>)> {
        let file = Dockerfile::parse(format!("FROM a\nRUN {command}\n"));
        let build = Build::of(&file);
        let command = build.commands().next()?;
        let package = command.package_command()?;
        let operands = package.operands().map(|word| command.text(word.range).to_owned()).collect();
        Some((package.manager.name.to_owned(), package.verb().to_owned(), operands))
    }

    fn said(manager: &str, verb: &str, operands: &[&str]) -> Option<(String, String, Vec<String>)> {
        Some((manager.to_owned(), verb.to_owned(), operands.iter().map(|&operand| operand.to_owned()).collect()))
    }

    #[test]
    fn tables_and_constants_name_the_same_managers() {
        let called = COMMANDS.all().filter_map(|(_, fact)| fact.strip_prefix("package manager "));
        let called: BTreeSet<_> = called.collect();
        assert_eq!(called, ALL.iter().map(|manager| manager.name).collect());
        for manager in ALL {
            let is_verb = |key: &str| key.strip_prefix(manager.name).is_some_and(|rest| rest.starts_with(' '));
            let has_install = MANAGERS.all().any(|(key, fact)| fact == "installs" && is_verb(key));
            assert!(has_install, "{} has no verb that installs", manager.name);
        }
        // All managers of these share what is known of them.
        let shared = ["node", "python"];
        for (key, fact) in MANAGERS.all() {
            let name = key.split(' ').next().unwrap();
            assert!(called.contains(name) || shared.contains(&name), "{key}: {fact}");
        }
    }

    #[test]
    fn verbs_are_found_between_options() {
        assert_eq!(read("apt-get -o A=b -y install -t sid a b=1"), said("apt", "install", &["a", "b=1"]));
        assert_eq!(read("sudo -H python3 -m pip install -r x.txt a"), said("pip", "install", &["a"]));
        assert_eq!(read("uv pip install a"), said("uv", "pip install", &["a"]));
        assert_eq!(read("apt-get $VERB a"), None);
    }

    #[test]
    fn an_option_may_mean_something_else_behind_the_verb() {
        let is_simulation = |command: &str| {
            let file = Dockerfile::parse(format!("FROM a\nRUN {command}\n"));
            let build = Build::of(&file);
            build.commands().next().unwrap().package_command().unwrap().is_simulation()
        };
        assert_eq!(read("zypper -D /repos in a"), said("zypper", "in", &["a"]));
        assert_eq!(read("zypper in -D a"), said("zypper", "in", &["a"]));
        assert!(is_simulation("zypper in -D a") && !is_simulation("zypper -D /repos in a"));
    }

    #[test]
    fn verbs_of_pacman_are_options() {
        assert_eq!(read("pacman --noconfirm -Syu a b"), said("pacman", "sync", &["a", "b"]));
        assert_eq!(read("pacman -S -y -u"), said("pacman", "sync", &[]));
        assert_eq!(read("pacman -Sy"), said("pacman", "refresh", &[]));
        assert_eq!(read("pacman -Scc --noconfirm"), said("pacman", "clean", &[]));
        assert_eq!(read("pacman -Rns a"), said("pacman", "remove", &["a"]));
        assert_eq!(read("pacman --noconfirm"), None);
    }
}
