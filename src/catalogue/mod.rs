//! What is known of the official images as of a day: their tags, what each is built from, when it was dropped, and what took its place.
//!
//! The catalogue is sorted text. It is searched where it lies: nothing is read into memory, and nothing is worked out at start-up.

mod error;
mod facts;
mod image;
mod line;
mod memo;
mod replacement;
mod tag;
mod text;

pub use error::CatalogueError;
pub use facts::Distribution;
pub use image::{Build, EndOfLife, Image, Retired};
pub use line::{Line, Meaning};
pub use replacement::Replacement;
pub use text::Catalogue;
