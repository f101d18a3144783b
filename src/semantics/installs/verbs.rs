//! What the verbs of the package managers of Python and Node.js do.

use crate::known::{Table, named, table};
use crate::semantics::packages::{Manager, PNPM, YARN};

named! {
    /// What a verb does.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) enum Act {
        /// It brings the packages that it names; without any, those of the project, if there are such.
        Brings = "brings",
        /// It brings newer versions of the packages that it names, or of all, whatever the lock file says.
        Updates = "updates",
        /// It removes the packages that are there, and brings those of the lock file.
        BringsAnew = "brings-anew",
        /// It brings the packages of the files that it names.
        BringsFiles = "brings-files",
        /// It brings the packages of the project.
        BringsProject = "brings-project",
        /// It brings programs, each with an environment of its own.
        BringsPrograms = "brings-programs",
        /// It compiles the packages that are there.
        Rebuilds = "rebuilds",
        /// It runs the script of the project that it names.
        Runs = "runs",
        /// It runs the script of the project that is called so itself.
        RunsItself = "runs-itself",
        /// It stores a setting.
        Sets = "sets",
        /// It takes packages away.
        Removes = "removes",
        /// It does more than is followed here.
        NotFollowed = "not-followed",
        /// It brings nothing.
        Nothing = "nothing",
    }
}

/// The verbs of all managers: the manager and the verb, and what it does.
static VERBS: Table = table!("verbs.txt");

/// `None` if the verb is not known, or what it does is not followed.
pub(super) fn act(manager: &Manager, verb: &str) -> Option<Act> {
    let known = if verb.is_empty() { VERBS.known(manager.name) } else { VERBS.under(manager.name).known(verb) };
    match known.first().and_then(Act::of) {
        Some(Act::NotFollowed) => None,
        Some(act) => Some(act),
        // Any other word is a script, or a program of a package.
        None => ([YARN, PNPM].contains(manager) && !verb.contains(' ')).then_some(Act::RunsItself),
    }
}

/// Whether `config` with `word` behind it stores nothing.
pub(super) fn only_asks(manager: &Manager, word: &str) -> bool {
    VERBS.under(manager.name).known(&format!("config {word}")).first() == Some("nothing")
}
