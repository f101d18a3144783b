//! Byte ranges, edits, lines and diffs: everything that is true of any text, whatever language it is in.

pub mod diff;
mod edit;
mod lines;
mod newline;
mod range;

pub use edit::{Edit, EditSet, Overlap};
pub use lines::{ColumnUnit, LineColumn, LineIndex, Position};
pub use newline::Newline;
pub use range::TextRange;
