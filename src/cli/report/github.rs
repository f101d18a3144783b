//! GitHub workflow commands: annotations at the lines that would change.

use std::borrow::Cow;

use super::super::Failure;
use crate::examine::Examined;
use crate::examine::findings::{Level, said, slashed, troubles};

/// GitHub shows so many annotations of a kind and step, and drops the rest without a word.
const SHOWN_MAX: usize = 10;

pub(in crate::cli) fn print(files: &[Examined]) -> Result<(), Failure> {
    let mut commands = Commands::default();
    for file in files {
        let path = slashed(&file.path);
        for trouble in troubles(file) {
            let place = trouble.line.map_or(Place::File, Place::Line);
            commands.errors.push(command("error", "dockeropt", &path, place, &trouble.message));
        }
        for change in said(file) {
            let (name, list) = match change.level() {
                Level::Warning => ("warning", &mut commands.warnings),
                Level::Note => ("notice", &mut commands.notices),
            };
            let place = if change.start.line == change.end.line {
                Place::Columns { line: change.start.line, first: change.start.column, end: change.end.column }
            } else {
                Place::Lines(change.start.line, change.end.line)
            };
            list.push(command(name, change.transform.id, &path, place, &change.full_message()));
        }
    }
    commands.lines().iter().try_for_each(|line| super::print_line(line))
}

#[derive(Default)]
struct Commands {
    errors: Vec<String>,
    warnings: Vec<String>,
    notices: Vec<String>,
}

impl Commands {
    /// As many as GitHub shows, the worst first, and a notice of how many more there are.
    fn lines(mut self) -> Vec<String> {
        let notices_max = if self.fits() { SHOWN_MAX } else { SHOWN_MAX - 1 };
        let mut rest = 0;
        for (list, max) in
            [(&mut self.errors, SHOWN_MAX), (&mut self.warnings, SHOWN_MAX), (&mut self.notices, notices_max)]
        {
            rest += list.len().saturating_sub(max);
            list.truncate(max);
        }
        let more = (rest > 0).then(|| format!("::notice title=dockeropt::{rest} more, which GitHub would not show"));
        self.errors.into_iter().chain(self.warnings).chain(self.notices).chain(more).collect()
    }

    fn fits(&self) -> bool {
        [&self.errors, &self.warnings, &self.notices].iter().all(|list| list.len() <= SHOWN_MAX)
    }
}

enum Place {
    File,
    Line(usize),
    Lines(usize, usize),
    /// All on one line; GitHub takes no columns elsewhere.
    Columns {
        line: usize,
        first: usize,
        end: usize,
    },
}

fn command(name: &str, title: &str, path: &str, place: Place, message: &str) -> String {
    let place = match place {
        Place::File => String::new(),
        Place::Line(line) => format!(",line={line}"),
        Place::Lines(first, last) => format!(",line={first},endLine={last}"),
        Place::Columns { line, first, end } => {
            format!(",line={line},endLine={line},col={first},endColumn={}", end.max(first))
        }
    };
    format!("::{name} title={},file={}{place}::{}", property(title), property(path), data(message))
}

/// The escapes of `@actions/core`, without which a path with a line end could give orders to the workflow.
fn data(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '\r', '\n']) {
        return text.into();
    }
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").into()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_gives_no_orders() {
        let line = command("warning", "t", "a\n::error::b,c%", Place::File, "50%\r\n: fine, really");
        assert_eq!(line, "::warning title=t,file=a%0A%3A%3Aerror%3A%3Ab%2Cc%25::50%25%0D%0A: fine, really");
    }

    #[test]
    fn no_more_is_printed_than_is_shown() {
        let all = |count| vec![String::new(); count];
        let commands = Commands { errors: all(2), warnings: all(13), notices: all(10) };
        let lines = commands.lines();
        assert_eq!(lines.len(), 2 + 10 + 9 + 1);
        assert_eq!(lines.last().unwrap(), "::notice title=dockeropt::4 more, which GitHub would not show");
        let commands = Commands { errors: all(10), warnings: all(10), notices: all(10) };
        assert_eq!(commands.lines().len(), 30);
    }
}
