//! `dockeropt explain` and `dockeropt man`: the pages of transforms and commands.

use std::path::Path;

use clap::CommandFactory;

use super::arguments::Arguments;
use super::{Failure, Verdict, report};
use crate::text::nearest;
use crate::transforms;

pub(super) fn run(id: &str) -> Result<Verdict, Failure> {
    let Some(transform) = transforms::named(id) else {
        let ids: Vec<_> = transforms::all().map(|(_, transform)| transform.id).collect();
        let suggestion = nearest(id, &ids).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
        return Err(format!("there is no transform `{id}`{suggestion}"));
    };
    let default = if transform.opt_in { "runs only when named" } else { "runs by default" };
    report::print_line(transform.page)?;
    report::print_line(&format!("It {default}. What it promises: {}.", transform.preserves.promise()))?;
    if !transform.rules.is_empty() {
        report::print_line(&format!("Rules that say the same: {}.", transform.rules.join(", ")))?;
    }
    Ok(Verdict::Fine)
}

/// Prints the manual page of the program, or writes those of all commands into `directory`.
pub(super) fn manual(directory: Option<&Path>) -> Result<Verdict, Failure> {
    let command = Arguments::command();
    match directory {
        Some(directory) => {
            std::fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
            clap_mangen::generate_to(command, directory)
                .map_err(|error| format!("{}: {error}", directory.display()))?;
        }
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page).map_err(|error| error.to_string())?;
            report::print_bytes(&page)?;
        }
    }
    Ok(Verdict::Fine)
}
