//! Byte ranges, edits and lines: everything that is true of any text, whatever language it is in.

mod edit;
mod lines;
mod newline;
mod range;

pub use edit::{Edit, EditSet, Overlap};
pub use lines::{ColumnUnit, LineColumn, LineIndex, Position};
pub use newline::Newline;
pub use range::TextRange;
