//! What is known of programs, packages and images: sorted text, a fact a line, with where it is from at its head.
//!
//! A table is searched where it lies: nothing is read or unpacked at start-up. A list in code that grows is a table in the wrong place.

mod table;

pub(crate) use table::Table;

/// Programs in the PATH of full official images that the small variants lack: a program, and an image.
pub(crate) static LOST: Table = Table::new(include_str!("lost.txt"));
