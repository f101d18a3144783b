//! What the program promises to those who type its name: every test runs the built program in a folder of its own.

#![cfg(unix)]

#[path = "cli/cases.rs"]
mod cases;
#[path = "cli/catalogue.rs"]
mod catalogue;
#[path = "cli/choice.rs"]
mod choice;
#[path = "cli/companions.rs"]
mod companions;
#[path = "cli/context.rs"]
mod context;
#[path = "cli/exit_codes.rs"]
mod exit_codes;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/generated.rs"]
mod generated;
#[path = "cli/harness.rs"]
mod harness;
#[path = "cli/interactive.rs"]
mod interactive;
mod material;
#[path = "cli/mixed.rs"]
mod mixed;
#[path = "cli/standard_input.rs"]
mod standard_input;
#[path = "cli/surroundings.rs"]
mod surroundings;
#[path = "cli/terminal.rs"]
mod terminal;

/// Holds `text` against the snapshot called `name`; all of them lie in one folder.
fn assert_snapshot(name: &str, text: &str) {
    insta::assert_snapshot!(name, text);
}
