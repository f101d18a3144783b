//! Byte ranges, edits, lines, diffs, a hash and near misses: everything that is true of any text, whatever language it is in.

pub mod diff;
mod edit;
mod hash;
mod lines;
mod nearest;
mod newline;
mod range;
pub mod sorted;
mod words;

pub use edit::{Edit, EditSet, Overlap};
pub use hash::hash;
pub use lines::{ColumnUnit, LineColumn, LineIndex, Position, indent_at, is_blank, line_start};
pub use nearest::nearest;
pub use newline::Newline;
pub use range::TextRange;
pub use words::{Hint, Words};
