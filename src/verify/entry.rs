//! What an image starts, and what that needs: programs, files that the command names, interpreters and libraries.

use std::collections::BTreeSet;

use super::Built;
use super::judgement::Judgement;
use super::promise::Promise;
use super::run::{Identity, words};
use crate::image::{Config, Image, Node, Tree, missing_libraries};

/// Judges whether what the image before starts, and what it needs for that, is in the image after, for its user.
pub(super) fn judge(before: &Image, built: &Built, promise: &Promise, judgement: &mut Judgement) {
    let after = &built.image;
    let mut needed = BTreeSet::new();
    // What was started before and is not now is a change of the configuration, which is judged as such.
    for word in &started(&after.config) {
        let Some(was) = Found::of(word, before) else { continue };
        match Found::of(word, after) {
            None => judgement
                .violate(format!("`{word}`, which the image names to start, is not there any more ({})", was.path)),
            Some(is) => {
                needed.insert(is.path.clone().into_bytes());
                if let Some(interpreter) = is.lost_interpreter(&was, before, after) {
                    judgement.violate(format!("{} is run by {interpreter}, which is not there any more", is.path));
                }
                if was.is_open(before) && !is.is_open(after) {
                    judgement.violate(format!("{} cannot be read by the user of the image", is.path));
                }
            }
        }
    }
    let [missing_before, missing_after] = [before, after].map(|image| {
        missing_libraries(image).into_iter().map(|missing| (missing.file, missing.library)).collect::<BTreeSet<_>>()
    });
    // A base image has what it was made with, and not always all that this could use: `_tkinter` of Python's slim variants.
    let is_of_base = |file: &[u8]| after.tree.get(file).is_some_and(|node| node.layer < built.base_layers);
    for (file, library) in missing_after.difference(&missing_before) {
        let is_new = before.tree.get(file).is_none();
        let may_lack = promise.anything.is_some() && (is_of_base(file) || is_new) && !needed.contains(file);
        if !may_lack {
            let file = String::from_utf8_lossy(file);
            judgement.violate(format!("{file} needs {library}, which is not found any more"));
        }
    }
}

/// The words of the commands that the configuration names, also those in the text for a shell.
fn started(config: &Config) -> BTreeSet<String> {
    let health = config.healthcheck.as_ref().and_then(|check| check["Test"].as_array()).into_iter().flatten();
    let health = health.skip(1).filter_map(|word| word.as_str().map(str::to_owned));
    let all = words(config).into_iter().chain(health);
    let blank = |character: char| character.is_whitespace() || "\"'`();&|<>$={}".contains(character);
    all.flat_map(|word| {
        let parts = word.split(blank).filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        std::iter::once(word).chain(parts)
    })
    .filter(|word| !word.starts_with('-') && !matches!(word.as_str(), "" | "." | ".." | "/"))
    .collect()
}

/// A file of an image that a word names.
struct Found<'i> {
    /// Where the links end.
    path: String,
    node: &'i Node,
}

impl<'i> Found<'i> {
    /// By the working directory if the word is a path, and in the folders of PATH or the working directory if it is a name.
    fn of(word: &str, image: &'i Image) -> Option<Self> {
        let folder = image.config.working_dir.trim_end_matches('/');
        let in_folder = || resolved(&format!("{folder}/{word}"), &image.tree);
        if word.starts_with('/') {
            return resolved(word, &image.tree);
        }
        if word.contains('/') {
            return in_folder();
        }
        let path = image.config.env.iter().find(|(name, _)| name == "PATH");
        let path = path.map_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", |(_, value)| value);
        let mut folders = path.split(':').filter(|folder| folder.starts_with('/'));
        folders
            .find_map(|folder| resolved(&format!("{}/{word}", folder.trim_end_matches('/')), &image.tree))
            .or_else(in_folder)
    }

    /// The interpreter of a script or program, if it is there before and not after.
    fn lost_interpreter<'a>(&'a self, was: &Found<'_>, before: &Image, after: &Image) -> Option<&'a str> {
        let named = |node: &'a Node| {
            let script = node.interpreter.as_deref().and_then(|line| line.split_whitespace().next());
            script.or_else(|| node.elf.as_ref().and_then(|elf| elf.interpreter.as_deref()))
        };
        let interpreter = named(self.node)?;
        let was_there = resolved(interpreter, &before.tree).is_some() || was.node.content != self.node.content;
        (was_there && resolved(interpreter, &after.tree).is_none()).then_some(interpreter)
    }

    /// Whether the user of the image may read it, or run it where it is a program.
    fn is_open(&self, image: &Image) -> bool {
        let user = Identity::of(image);
        let is_program = self.node.mode & 0o111 != 0;
        let (uid, gid) = (user.uid.unwrap_or(u64::MAX), user.gid.unwrap_or(u64::MAX));
        let may = |node: &Node, bits: u32| {
            let shift = if node.uid == uid {
                6
            } else if node.gid == gid {
                3
            } else {
                0
            };
            uid == 0 || node.mode >> shift & bits == bits
        };
        let folders = self.path.match_indices('/').skip(1).map(|(end, _)| &self.path[..end]);
        let mut folders = folders.filter_map(|folder| image.tree.get(folder.as_bytes()));
        folders.all(|folder| may(folder, 0o1)) && may(self.node, if is_program { 0o1 } else { 0o4 })
    }
}

fn resolved<'i>(path: &str, tree: &'i Tree) -> Option<Found<'i>> {
    let (path, node) = tree.resolve(path.as_bytes())?;
    Some(Found { path: String::from_utf8_lossy(path).into_owned(), node })
}

impl Identity {
    /// The user that the image starts as, by its own accounts.
    #[must_use]
    pub fn of(image: &Image) -> Self {
        let (user, group) = image
            .config
            .user
            .split_once(':')
            .map_or((image.config.user.as_str(), None), |(user, group)| (user, Some(group)));
        let user = if user.is_empty() { "0" } else { user };
        let account = accounts(&image.tree, "/etc/passwd").into_iter().find(|fields| {
            fields.first().is_some_and(|name| name == user) || fields.get(2).is_some_and(|uid| uid == user)
        });
        let field = |index: usize| account.as_ref().and_then(|fields| fields.get(index).cloned());
        let group = group.map(|group| {
            let groups = accounts(&image.tree, "/etc/group");
            let named = groups.into_iter().find(|fields| fields.first().is_some_and(|name| name == group));
            named.and_then(|fields| fields.get(2).cloned()).unwrap_or_else(|| group.to_owned())
        });
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        Self {
            uid: number(field(2).or_else(|| Some(user.to_owned()))),
            gid: number(group.or_else(|| field(3)).or_else(|| Some("0".to_owned()))),
            name: field(0),
            home: field(5).or_else(|| Some("/".to_owned())),
        }
    }
}

/// The lines of a file of accounts, each in its fields.
pub(super) fn accounts(tree: &Tree, path: &str) -> Vec<Vec<String>> {
    let text = tree.text(path.as_bytes()).map(String::from_utf8_lossy).unwrap_or_default();
    text.lines().map(|line| line.split(':').map(str::to_owned).collect()).collect()
}

/// The home folders of all users.
pub(super) fn homes(image: &Image) -> BTreeSet<String> {
    let homes = accounts(&image.tree, "/etc/passwd").into_iter().filter_map(|fields| fields.get(5).cloned());
    let known = homes.filter(|home| home.len() > 1);
    let of_env = image.config.env.iter().filter(|(name, _)| name == "HOME").map(|(_, value)| value.clone());
    known.chain(of_env).chain(["/root".to_owned()]).collect()
}
