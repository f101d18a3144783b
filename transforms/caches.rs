//! Where a package manager keeps what it has fetched, and what forbids to do without it.

use crate::known;
use crate::rewrite::{Context, Obstacle};
use crate::semantics::commands::Command;
use crate::semantics::installs::{self, Cache as Kept};
use crate::semantics::later_use::CacheReaders;
use crate::semantics::packages::{Manager, PackageCommand};
use crate::semantics::{Mount, MountKind, Run, later_use};

/// The cache of a package manager.
pub(super) struct Cache {
    manager: &'static Manager,
    /// Its folders, if they are the same for every user.
    folders: Vec<&'static str>,
    /// Folders in the home of a user: `.npm`, `.cache/pip`.
    home_folders: Vec<&'static str>,
    /// Words that say in the target of a mount that it is for this cache.
    mount_words: Vec<&'static str>,
    /// Options that put packages or their cache elsewhere, besides those that the reader of installs knows.
    moved_by_options: Vec<&'static str>,
    /// Variables that put it elsewhere.
    moved_by_variables: Vec<&'static str>,
    /// Options that make a later command read it, where the reader of installs does not know the manager.
    read_by_options: Vec<&'static str>,
}

impl Cache {
    /// The cache of `manager`.
    pub fn of(manager: &'static Manager) -> Self {
        let known = |what: &str| known::CACHES.of(&format!("{} {what}", manager.name)).collect();
        Self {
            manager,
            folders: known("folder"),
            home_folders: known("folder at home"),
            mount_words: known("word of a mount"),
            moved_by_options: known("option that moves it"),
            moved_by_variables: known("variable that moves it"),
            read_by_options: known("option that reads it"),
        }
    }

    /// What of the file reads it.
    pub fn readers<'b>(&'b self, cx: &Context<'b>) -> CacheReaders<'b> {
        let places = self.folders.iter().chain(&self.home_folders).copied().collect();
        CacheReaders::of(cx.build, self.manager, &self.read_by_options, places)
    }

    /// Why `command` must go on filling this cache, or nobody gains if it does not.
    pub fn obstacle(
        &self,
        cx: &Context<'_>,
        command: &Command<'_>,
        package: &PackageCommand<'_>,
        readers: &CacheReaders<'_>,
    ) -> Option<Obstacle> {
        let run = command.run;
        if !cx.build.stage_of(run).exported {
            return Some((command.range(), "no image keeps the layers of this stage".to_owned()));
        }
        if let Some(mount) = self.mount(run) {
            return Some((mount.range, "a mount keeps the cache out of the layer".to_owned()));
        }
        match installs::cache(cx.build, command) {
            None | Some(Ok(Kept::Kept | Kept::Off(_))) => {}
            Some(Ok(Kept::Elsewhere(option))) => {
                return Some((command.range(), format!("`{option}` puts packages or their cache elsewhere")));
            }
            Some(Ok(Kept::Alone(option))) => {
                return Some((command.range(), format!("with `{option}` nothing is fetched")));
            }
            Some(Err(because)) => return Some((command.range(), because)),
        }
        if let Some(option) = self.moved_by_options.iter().find(|option| package.has_option(option)) {
            return Some((command.range(), format!("`{option}` puts packages or their cache elsewhere")));
        }
        let mentions = |name: &&&'static str| {
            cx.build.variable(run, name).is_some() || run.text().is_some_and(|text| text.contains(**name))
        };
        if let Some(name) = self.moved_by_variables.iter().find(mentions) {
            return Some((command.range(), format!("`{name}` says where the cache is")));
        }
        readers.after(cx.build.index_of(run))
    }

    fn mount<'r>(&self, run: &'r Run<'_>) -> Option<&'r Mount> {
        let in_folder = self.folders.iter().find_map(|folder| run.mount_over(folder));
        let in_home =
            || (!self.home_folders.is_empty()).then(|| run.mounted_folders().find(|mount| self.is_at_home(mount)));
        in_folder.or_else(|| in_home().flatten())
    }

    fn is_at_home(&self, mount: &Mount) -> bool {
        let target = mount.target.trim_end_matches('/');
        let (folder, name) = target.rsplit_once('/').unwrap_or_default();
        // A file for pip that is bound, such as a `pip.conf`, is no cache.
        let words = if mount.kind == MountKind::Folder { &self.mount_words[..] } else { &[] };
        target.contains(['$', '~'])
            || target.is_empty()
            || matches!(target, "/root" | "/home")
            || folder == "/home"
            || name == ".cache"
            || self.home_folders.iter().chain(words).any(|word| target.contains(word))
    }

    /// Whether a command of the RUN deletes it.
    pub fn is_deleted_in(&self, run: &Run<'_>) -> bool {
        let is_cache = |text: &str| {
            self.folders
                .iter()
                .chain(&self.home_folders)
                .any(|folder| text.contains(folder) || later_use::is_above(text, folder))
        };
        run.each_command().any(|command| {
            matches!(command.name(), Some("rm" | "find"))
                && command.arguments().iter().any(|word| is_cache(command.text(word.range)))
        })
    }
}
