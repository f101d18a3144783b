//! `dockeropt lsp`: the language server.

use super::arguments::Lsp;
use super::{Failure, Verdict};
use crate::lsp;

pub(super) fn run(options: &Lsp) -> Result<Verdict, Failure> {
    lsp::run(options.network).map(|()| Verdict::Fine)
}
