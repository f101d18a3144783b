//! What an install reads of the build context, so that it can run before the code is there.

use super::ALL;
use crate::known::Table;
use crate::programs::{files, installs};
use crate::rewrite::Context;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Cache, Install, Kind, folder};
use crate::semantics::joined;

/// What an install reads and writes in the folder where the build context is copied to.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    /// The files that it reads, by their paths in the build context.
    pub files: Vec<String>,
    /// The folders that it fills, by their paths in the build context: none of these may be copied over it.
    pub fills: Vec<String>,
    /// The lock file that it may write anew.
    pub rewrites: Option<String>,
}

/// The build context, and the folder of the image that it is copied to.
pub(crate) struct Project<'a> {
    pub cx: &'a Context<'a>,
    pub files: &'a [String],
    pub folder: &'a str,
}

/// How an ecosystem tells what an install wants: `None` for a command that installs nothing of it by manifests.
///
/// The error is what is not known, or reads more than manifests.
pub(crate) type Reader = fn(&Project<'_>, &Command<'_>) -> Option<Result<Wants, String>>;

/// What `command` wants, if it installs what manifests name.
///
/// # Errors
/// What is not known, or reads more than manifests.
pub(crate) fn wants(project: &Project<'_>, command: &Command<'_>) -> Option<Result<Wants, String>> {
    ALL.iter().filter_map(|ecosystem| ecosystem.manifests).find_map(|reader| reader(project, command))
}

impl Wants {
    /// Adds those of `names` that the project has.
    pub fn add<'n>(&mut self, project: &Project<'_>, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            if project.has(name) && !self.files.iter().any(|file| file == name) {
                self.files.push(name.to_owned());
            }
        }
    }
}

impl Project<'_> {
    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.as_str().cmp(path)).is_ok()
    }

    /// # Errors
    /// That it is not known.
    pub fn text(&self, path: &str) -> Result<String, String> {
        let texts = files::texts(self.cx, &[path]);
        texts.map(|texts| texts.concat()).ok_or_else(|| format!("what is in `{path}` is not known"))
    }

    /// # Errors
    /// That a variable of `facts` may make the command read other files.
    pub fn reads_by_variable(&self, command: &Command<'_>, facts: Table) -> Result<(), String> {
        let is_set = |name: &&str| self.cx.build.variable(command.run, name).is_some();
        let mut variables = facts.of("variable with other files");
        variables.find(is_set).map_or(Ok(()), |name| Err(format!("`{name}` may name other files")))
    }

    /// # Errors
    /// That `command` does not work in the folder.
    pub fn is_here(&self, command: &Command<'_>) -> Result<(), String> {
        match folder(self.cx.build, command)? == joined("/", self.folder) {
            true => Ok(()),
            false => Err(unclear(command)),
        }
    }

    /// What `command` installs in the folder, where it reads no files but those of `kinds`.
    ///
    /// # Errors
    /// What else it reads, or is not known.
    pub fn install(&self, command: &Command<'_>, kinds: &[Kind]) -> Result<Install, String> {
        let install = Install::of(self.cx.build, command).ok_or_else(|| unclear(command))??;
        if let Some(more) = install.reads.iter().find(|read| !kinds.contains(&read.kind)) {
            return Err(format!("it reads `{}` too", more.path));
        }
        let is_here = install.folder.as_ref().is_some_and(|folder| *folder == joined("/", self.folder));
        // Those in the folder are read for themselves, and copied.
        let mut elsewhere = install.clone();
        elsewhere
            .reads
            .retain(|read| ![".npmrc", "poetry.toml"].map(|name| joined(self.folder, name)).contains(&read.path));
        installs::settings(self.cx, command, &elsewhere)?;
        let keeps_cache = !matches!(install.cache, Cache::Elsewhere(_));
        match install.brings() && is_here && keeps_cache {
            true => Ok(install),
            false => Err(unclear(command)),
        }
    }
}

/// The words of `command` behind its program, if all are written out.
pub(crate) fn words<'c>(command: &'c Command<'_>) -> Option<Vec<&'c str>> {
    command.arguments().iter().map(|word| word.literal.as_deref()).collect()
}

/// # Errors
/// The first of `words` that is no option which `facts` have under `key`, with or without a value behind `=`.
pub(crate) fn only_options(words: &[&str], facts: Table, key: &str) -> Result<(), String> {
    let is_known = |word: &&&str| facts.has(key, word.split('=').next().unwrap_or(word));
    match words.iter().find(|word| !is_known(word)) {
        Some(word) => Err(format!("what `{word}` makes it read is not known")),
        None => Ok(()),
    }
}

pub(crate) fn unclear(command: &Command<'_>) -> String {
    format!("what is read for `{}` cannot be told", command.text(command.node.range))
}
