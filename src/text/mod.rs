//! Byte ranges, edits and lines: everything that is true of any text, whatever language it is in.

mod edit;
mod newline;
mod range;

pub use edit::{Edit, EditSet, Overlap};
pub use newline::Newline;
pub use range::TextRange;
