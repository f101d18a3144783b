//! The file that says what a build context leaves out: which one it is, and what it holds with more entries.

use crate::rewrite::{Answer, Companion, Context, IgnoreFiles, Question};
use crate::semantics::Base;
use crate::text::{Newline, TextRange};

/// The file that an entry goes into, as it is now.
pub(super) struct IgnoreFile {
    pub path: String,
    pub before: Option<Vec<u8>>,
    /// The entry that leaves it out: with those of other Dockerfiles, which may come with it.
    pub itself: &'static str,
}

/// Whether the folder at `path` is left out of the build, and nothing is taken back in.
pub(super) fn is_left_out(cx: &Context<'_>, path: &str) -> bool {
    let Answer::IgnoreFiles(files) = cx.facts.answer(Question::IgnoreFiles) else { return false };
    let Some(text) = files.own.as_ref().or(files.common.as_ref()) else { return false };
    let text = String::from_utf8_lossy(text);
    let lines = || text.lines().map(str::trim);
    let is_it = |line: &str| {
        let line = line.trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/').trim_start_matches("./");
        match line.strip_prefix("**/") {
            Some(name) => path == name || path.ends_with(&format!("/{name}")),
            None => line.trim_start_matches('/') == path,
        }
    };
    lines().any(is_it) && !lines().any(|line| line.starts_with('!'))
}

/// The file that leaves something out of the build.
///
/// # Errors
/// Why no file can be said to be the one.
pub(super) fn ignore_file(cx: &Context<'_>) -> Result<IgnoreFile, String> {
    let Answer::IgnoreFiles(files) = cx.facts.answer(Question::IgnoreFiles) else {
        return Err("what else uses the build context is not known".to_owned());
    };
    let IgnoreFiles { dockerfile, is_in_context, own, common, others, doubt } = files.clone();
    if let Some(doubt) = doubt {
        return Err(doubt);
    }
    if cx.build.frontend().is_some_and(|(image, _)| image.repository != "docker/dockerfile") {
        return Err("another frontend reads the file, and may read the build context in its own way".to_owned());
    }
    let is_onbuild = |base: &Base| matches!(base, Base::Image(image) if image.contains("onbuild"));
    if cx.build.stages.iter().any(|stage| is_onbuild(&stage.base)) {
        return Err("the base image may copy files of the build context itself".to_owned());
    }
    let itself = if is_in_context { "*.dockerignore" } else { "**/*.dockerignore" };
    let own_path = format!("{dockerfile}.dockerignore");
    if own.is_some() {
        return Ok(IgnoreFile { path: own_path, before: own, itself });
    }
    match (others.first(), common) {
        (None, common) if is_in_context => {
            Ok(IgnoreFile { path: ".dockerignore".to_owned(), before: common, itself: ".dockerignore" })
        }
        (_, None) => Ok(IgnoreFile { path: own_path, before: None, itself }),
        (Some(other), Some(_)) => Err(format!("the `.dockerignore` that is there also counts for `{other}`")),
        (None, Some(_)) => Err("the `.dockerignore` of the build context may count for other Dockerfiles".to_owned()),
    }
}

impl IgnoreFile {
    /// The change that leaves `entries` out too.
    pub fn with(self, cx: &Context<'_>, entries: &[String], about: TextRange) -> Companion {
        let after = extended(self.before.as_deref(), entries, cx.file.newline());
        Companion { path: self.path, before: self.before, after, about }
    }
}

/// The text with `entries` behind what is there.
fn extended(before: Option<&[u8]>, entries: &[String], newline_of_dockerfile: Newline) -> Vec<u8> {
    let newline = before.filter(|text| text.contains(&b'\n')).map_or(newline_of_dockerfile, Newline::of).as_str();
    let mut text = before.unwrap_or_default().to_vec();
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.extend_from_slice(newline.as_bytes());
    }
    entries.iter().for_each(|entry| text.extend_from_slice(format!("{entry}{newline}").as_bytes()));
    text
}
