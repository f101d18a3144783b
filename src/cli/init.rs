//! `dockeropt init`: a commented configuration to start from, and the schema of it.

use std::io::{ErrorKind, Write};

use super::{Failure, Verdict, report};

const FILE_NAME: &str = "dockeropt.toml";
const START: &str = include_str!("init.toml");
/// Made from the type of the configuration by a test, so that the crate that makes it is no part of the program.
const SCHEMA: &str = include_str!("../../dockeropt.schema.json");

pub(super) fn run(schema: bool) -> Result<Verdict, Failure> {
    if schema {
        report::print_bytes(SCHEMA.as_bytes())?;
        return Ok(Verdict::Fine);
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(FILE_NAME);
    let mut file = file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => format!("{FILE_NAME}: there is one here already, left as it is"),
        _ => format!("{FILE_NAME}: {error}"),
    })?;
    file.write_all(START.as_bytes()).map_err(|error| format!("{FILE_NAME}: {error}"))?;
    report::print_line(&format!("wrote {FILE_NAME}"))?;
    Ok(Verdict::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::Config;

    #[test]
    fn the_schema_is_that_of_the_configuration() {
        let made = serde_json::to_string_pretty(&schemars::schema_for!(Config)).unwrap() + "\n";
        if made != SCHEMA && std::env::var_os("UPDATE").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/dockeropt.schema.json"), &made).unwrap();
        }
        assert_eq!(made, SCHEMA, "`UPDATE=1 cargo test` writes it");
    }

    #[test]
    fn the_configuration_to_start_from_is_one_with_every_option() {
        assert_eq!(Config::parse(START), Ok(Config::default()));
        let without_marks: String =
            START.lines().filter_map(|line| line.strip_prefix("#: ")).map(|line| format!("{line}\n")).collect();
        let config = Config::parse(&without_marks).unwrap();
        assert!(
            config.select.is_some() && config.safe.is_some() && config.merge.is_some() && !config.overrides.is_empty()
        );
    }
}
