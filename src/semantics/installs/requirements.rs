//! What a file with requirements of Python says.

use super::line::Line;
use super::options::Meaning;
use super::{Install, PIP, Place, Work};
use crate::semantics::joined;

/// What the file at `path` with `text` says; what it names besides other files of its kind is seen from `folder`.
///
/// # Errors
/// The first line that cannot be read.
pub fn requirements(text: &str, path: &str, folder: Option<&str>) -> Result<Install, String> {
    let beside = path.rsplit_once('/').map_or("/", |(folder, _)| folder);
    let unknown = || "the folder where it runs is not known".to_owned();
    let mut beside = Place { folder: Ok(joined("/", beside)) };
    let mut here = Place { folder: folder.map(str::to_owned).ok_or_else(unknown) };
    let mut all = Install { work: Work::Brings, ..Install::nothing(&PIP) };
    let text = text.trim_start_matches('\u{feff}').replace("\\\r\n", " ").replace("\\\n", " ");
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        all.take(line, &mut beside, &mut here)
            .map_err(|because| format!("`{}` in `{}`: {because}", line, path.rsplit('/').next().unwrap_or(path)))?;
    }
    all.folder = here.folder.ok();
    Ok(all)
}

impl Install {
    fn take(&mut self, text: &str, beside: &mut Place, here: &mut Place) -> Result<(), String> {
        if text.contains("${") {
            return Err("a variable decides what it names".to_owned());
        }
        let (requirement, options) = match text.starts_with('-') {
            true => ("", text),
            false => {
                text.split_once(" -").map_or((text, ""), |(requirement, _)| (requirement, &text[requirement.len()..]))
            }
        };
        let mut line = Line::default();
        let mut words = options.split_whitespace();
        while let Some(word) = words.next() {
            // The hash of a requirement is no option of the command.
            if word.starts_with("--hash=") {
                continue;
            }
            if !word.starts_with('-') {
                return Err("it is more than one thing".to_owned());
            }
            let mut next = || words.next().map(|word| Some(word.trim_matches(['"', '\'']).to_owned()));
            line.take(&PIP, word, true, &mut next)?;
        }
        line.all_known()?;
        let is_file = |meaning: Meaning| matches!(meaning, Meaning::Requirements | Meaning::Constraints);
        let (files, others): (Vec<_>, Vec<_>) = line.options.into_iter().partition(|said| is_file(said.meaning));
        self.options(&PIP, &Line { options: files, ..Line::default() }, beside)?;
        self.options(&PIP, &Line { options: others, ..Line::default() }, here)?;
        if requirement.is_empty() { Ok(()) } else { self.operand(requirement.trim(), here) }
    }
}
