//! The lossless Dockerfile: what BuildKit reads, and where in the file it stands.

mod dockerfile;
mod frontend;
mod heredoc;
mod image;
mod instruction;
mod json;
mod kept;
mod lex;
mod lines;
mod logical;
pub mod shell;
mod split;
pub mod tree;
mod validate;

pub use dockerfile::{Directive, DirectiveKind, Dockerfile, EscapeToken, Item, ItemKind, Problem, RefusedBy};
pub use frontend::{frontend_version, other_frontend};
pub use heredoc::{Heredoc, announces_heredoc};
pub use image::{DEFAULT_REGISTRY, DEFAULT_TAG, ImageReference, NoReference, is_digest, is_tag};
pub use instruction::{Arguments, Flag, Instruction, Keyword, Pair, Statement, Word, evaluated};
pub use lines::LINE_BYTES_MAX;
pub use logical::LogicalText;
