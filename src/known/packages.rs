//! What is known of a package, whatever its ecosystem: what it needs of the system when it runs, and how that is known.

use super::Table;

/// A package of an ecosystem, of which something is known.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    /// A property each, and its value behind a blank.
    facts: Vec<&'static str>,
}

/// Something that a package needs of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub kind: Kind,
    pub name: &'static str,
    /// Whether it is needed for some uses of the package only.
    pub is_conditional: bool,
    pub mark: Mark,
}

/// A kind of thing that can be needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In the PATH.
    Command,
    /// By its soname.
    Library,
    /// Of Debian; its newest release where the name differs.
    Package,
}

/// Where a fact about a package is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Debian's package of it.
    Debian,
    /// The native code of its wheel was read.
    Wheel,
    /// The code of its wheel was read: programs and libraries are named in it where it starts or loads any.
    Code,
    /// Its build in nixpkgs.
    Nixpkgs,
    /// The tables of railpack, nixpacks and fly-apps.
    Builders,
    /// Lock files of public repositories.
    Lock,
    /// Written down from memory and not looked up.
    Memory,
}

/// How well it is known that a package needs nothing of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Clean {
    /// Nothing says that it needs something, and nothing that it does not: no ground for taking anything away unseen.
    Unsaid,
    /// Only from memory.
    Remembered,
    /// By Debian's package, by its own code, or by two that do not know of each other.
    Proven,
}

impl Package {
    pub(super) fn new(table: Table, name: &str) -> Option<Self> {
        Self::of_all([table], name)
    }

    /// By several tables; where a property has one value, by the first that has it.
    pub(super) fn of_all(tables: impl IntoIterator<Item = Table>, name: &str) -> Option<Self> {
        let facts: Vec<_> = tables.into_iter().flat_map(|table| table.of(name)).collect();
        (!facts.is_empty()).then_some(Self { facts })
    }

    /// What it needs of the system when it runs. Packages that it brings have needs of their own.
    pub fn needs(&self) -> impl Iterator<Item = Need> {
        let sure = self.values("needs").map(|need| (need, false));
        let conditional = self.values("may-need").map(|need| (need, true));
        sure.chain(conditional).filter_map(|(need, is_conditional)| {
            let mut words = need.split(' ');
            let kind = match words.next()? {
                "command" => Kind::Command,
                "library" => Kind::Library,
                _ => Kind::Package,
            };
            Some(Need { kind, name: words.next()?, is_conditional, mark: mark(words.next()?) })
        })
    }

    /// How well it is known that it needs nothing; `None` where it is known to need something, if only for some uses.
    pub fn clean(&self) -> Option<Clean> {
        if self.needs().next().is_some() {
            return None;
        }
        let mut marks = self.values("clean").chain(self.values("plain")).map(mark);
        Some(match (marks.next(), marks.next()) {
            (None, _) => Clean::Unsaid,
            (Some(Mark::Memory), None) => Clean::Remembered,
            _ => Clean::Proven,
        })
    }

    /// The value of a property that has one, or none of more than a word.
    pub(super) fn value(&self, property: &str) -> Option<&'static str> {
        self.values(property).next()
    }

    /// The names in the values of a property.
    pub(super) fn list(&self, property: &str) -> impl Iterator<Item = &'static str> {
        self.values(property).flat_map(|names| names.split(','))
    }

    pub(super) fn values(&self, property: &str) -> impl Iterator<Item = &'static str> {
        let value = move |fact: &&'static str| fact.strip_prefix(property)?.strip_prefix(' ');
        self.facts.iter().filter_map(value)
    }

    /// Whether it has a property, with a value or without.
    pub(super) fn is(&self, property: &str) -> bool {
        self.facts.iter().any(|fact| fact.split(' ').next() == Some(property))
    }
}

fn mark(word: &str) -> Mark {
    match word {
        "debian" => Mark::Debian,
        "wheel" => Mark::Wheel,
        "code" => Mark::Code,
        "nixpkgs" => Mark::Nixpkgs,
        "builders" => Mark::Builders,
        "lock" => Mark::Lock,
        _ => Mark::Memory,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static TABLE: Table = Table::new(
        "# Packages.\na\tclean debian\na\tkind pure\nb\tclean memory\nc\tmay-need command git memory\n\
         c\tneeds library libz.so.1 wheel\nd\tkind pure\ne\tplain debian\nf\tclean memory\nf\tclean wheel\n",
    );

    #[test]
    fn how_well_it_is_known_that_nothing_is_needed() {
        let clean = |name| Package::new(TABLE, name).map(|package| package.clean());
        assert_eq!(clean("a"), Some(Some(Clean::Proven)));
        assert_eq!(clean("b"), Some(Some(Clean::Remembered)));
        assert_eq!(clean("c"), Some(None));
        assert_eq!(clean("d"), Some(Some(Clean::Unsaid)));
        assert_eq!(clean("e"), Some(Some(Clean::Proven)));
        assert_eq!(clean("f"), Some(Some(Clean::Proven)));
        assert_eq!(clean("g"), None);
        assert!(Clean::Unsaid < Clean::Remembered && Clean::Remembered < Clean::Proven);
    }

    #[test]
    fn needs_say_what_when_and_how_it_is_known() {
        let needs: Vec<_> = Package::new(TABLE, "c").unwrap().needs().collect();
        let library = Need { kind: Kind::Library, name: "libz.so.1", is_conditional: false, mark: Mark::Wheel };
        assert_eq!(
            needs,
            [library, Need { kind: Kind::Command, name: "git", is_conditional: true, mark: Mark::Memory }]
        );
    }
}
