//! What is known of programs, packages and images: sorted text, a fact a line, with where it is from at its head.
//!
//! A table is searched where it lies: nothing is read or unpacked at start-up. A list in code that grows is a table in the wrong place.

#[cfg_attr(not(test), expect(dead_code, reason = "ecosystems do not ask it yet"))]
pub(crate) mod debian;
pub(crate) mod lost;
#[cfg_attr(not(test), expect(dead_code, reason = "ecosystems do not ask it yet"))]
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

pub(crate) use table::Table;

/// Whom images have as users, and where they work: an image, and what is true of it.
pub(crate) static ACCOUNTS: Table = Table::new(include_str!("accounts.txt"));

/// apt, and packages for it.
pub(crate) static APT: Table = Table::new(include_str!("apt.txt"));

/// The caches that package managers keep.
pub(crate) static CACHES: Table = Table::new(include_str!("caches.txt"));

/// What the names of files tell.
pub(crate) static FILES: Table = Table::new(include_str!("files.txt"));

/// Folders in images.
pub(crate) static FOLDERS: Table = Table::new(include_str!("folders.txt"));

/// Official images: what they bring and start.
pub(crate) static OFFICIAL: Table = Table::new(include_str!("official.txt"));
