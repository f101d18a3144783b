//! What is known of programs, packages and images: sorted text, a fact a line, with where it is from at its head.
//!
//! A table is searched where it lies: nothing is read or unpacked at start-up. A list in code that grows is a table in the wrong place.

pub(crate) mod debian;
pub(crate) mod lost;
mod named;
#[cfg_attr(not(test), allow(dead_code, reason = "ecosystems do not ask all of it yet"))]
pub(crate) mod node;
pub(crate) mod packages;
#[cfg_attr(not(test), expect(dead_code, reason = "ecosystems do not ask it yet"))]
pub(crate) mod php;
#[cfg_attr(not(test), expect(dead_code, reason = "ecosystems do not ask it yet"))]
pub(crate) mod python;
#[cfg_attr(not(test), expect(dead_code, reason = "ecosystems do not ask it yet"))]
pub(crate) mod ruby;
pub(crate) mod suites;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use named::named;
pub(crate) use table::{Known, Table, table};

/// Whom images have as users: an image, and what is true of it.
pub(crate) static ACCOUNTS: Table = table!("accounts.txt");

/// apt, and packages for it.
pub(crate) static APT: Table = table!("apt.txt");

/// The caches that package managers keep.
pub(crate) static CACHES: Table = table!("caches.txt");

/// Checks of other scanners, and the rules that say the same.
pub(crate) static CHECKS: Table = table!("checks.txt");

/// Programs, and commands of shells: what they do.
pub(crate) static COMMANDS: Table = table!("commands.txt");

/// What comments say, and the words that they say it in.
pub(crate) static COMMENTS: Table = table!("comments.txt");

/// Distributions: what their official images have.
pub(crate) static DISTRIBUTIONS: Table = table!("distributions.txt");

/// What the names of files tell.
pub(crate) static FILES: Table = table!("files.txt");

/// Folders in images.
pub(crate) static FOLDERS: Table = table!("folders.txt");

/// Images, by their names: what they have, where they work, and how old their versions are.
pub(crate) static IMAGES: Table = table!("images.txt");

/// Package managers: their verbs and options, what they read and leave.
pub(crate) static MANAGERS: Table = table!("managers.txt");

/// Official images: what they bring and start.
pub(crate) static OFFICIAL: Table = table!("official.txt");

/// Paths in an image, by what is true of them.
pub(crate) static PATHS: Table = table!("paths.txt");

/// Words and parts of words, by what they tell.
pub(crate) static SIGNS: Table = table!("signs.txt");

/// What words in tags of images say.
pub(crate) static TAGS: Table = table!("tags.txt");

/// Variables: what reads them, and what they decide.
pub(crate) static VARIABLES: Table = table!("variables.txt");
