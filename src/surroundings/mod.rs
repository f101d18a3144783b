//! What stands around a Dockerfile: who builds it, from which folder and with what in place of which image, and who runs it, with which programs, rights and
//! folders. Files are read by what they say; what cannot be read is said to be so.
//!
//! Nothing here reads a file: `world` lists a repository and brings the texts, [`Repository`] says what stands in them, and [`Surroundings`] is what of
//! that is about one Dockerfile.

mod bake;
mod clouds;
mod commands;
mod compose;
mod engines;
mod foreign;
mod hcl;
mod judgement;
mod kubernetes;
mod pipelines;
mod platforms;
mod repository;
#[cfg(test)]
mod tests;
mod tree;
mod words;

use std::fmt;
use std::sync::Arc;

use crate::known::{Table, table};

/// What is known of the files and programs around a Dockerfile.
static FACTS: Table = table!("facts.txt");

/// The texts that a YAML file lists under `key`: a list, or one text with commas.
///
/// # Errors
/// Why it is no YAML.
pub fn listed(text: &str, key: &str) -> Result<Vec<String>, String> {
    let documents = tree::yaml(text)?;
    let found = documents.iter().filter_map(|node| node.get(key)?.texts());
    Ok(found
        .flatten()
        .flat_map(|text| text.split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>())
        .collect())
}

/// The `id` of each map in the list that stands in a YAML text under `key`.
///
/// # Errors
/// Why the text is no YAML.
pub fn listed_ids(text: &str, key: &str) -> Result<Vec<String>, String> {
    let documents = tree::yaml(text)?;
    let items = documents.iter().filter_map(|node| node.get(key)).flat_map(tree::Node::items);
    Ok(items.filter_map(|item| item.get("id")?.text().map(str::to_owned)).collect())
}

pub use judgement::{BuildContextBy, Start, Surroundings, programs};
pub use repository::{Interest, Repository, interest};

/// A line of a file of the repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From the root of the repository, with `/`.
    pub path: Arc<str>,
    /// Counted from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// A folder or file that somebody names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// From the root of the repository; empty for the root itself.
    Here(String),
    /// Out of the repository.
    Outside,
    /// Fetched from elsewhere.
    Elsewhere,
    /// A variable decides.
    Unknown,
}

impl Spot {
    /// `path` as it is named in `folder`, which is a path from the root.
    fn of(folder: &str, path: &str) -> Self {
        let after = |place| {
            FACTS
                .of(place)
                .find_map(|name| path.strip_prefix(name))
                .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if let Some(rest) = after("root of the repository") {
            return Self::of("", &format!("./{rest}"));
        }
        if let Some(rest) = after("folder in which a script runs") {
            return Self::of(folder, &format!("./{rest}"));
        }
        if path.contains(['$', '{']) {
            return Self::Unknown;
        }
        if path.contains("://") || path.starts_with("git@") || path == "-" {
            return Self::Elsewhere;
        }
        if path.starts_with('/') {
            return Self::Outside;
        }
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." if parts.pop().is_none() => return Self::Outside,
                ".." => {}
                part => parts.push(part),
            }
        }
        Self::Here(parts.join("/"))
    }
}

/// Somebody builds a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    pub place: Place,
    pub dockerfile: Spot,
    pub context: Spot,
    /// The stage that is built.
    pub target: Option<String>,
    /// Names that are given in place of images or stages.
    pub contexts: Vec<String>,
    /// What the image is called, without its tag.
    pub images: Vec<String>,
    /// The service of Compose that it is for, and what its container is called.
    pub services: Vec<String>,
    /// The text of the Dockerfile stands in the file itself, so none is read.
    pub is_inline: bool,
}

impl Build {
    /// A build of what `file` names in `folder`; of the usual Dockerfile of the context, if nothing is named.
    fn of(place: Place, context: Spot, folder: &str, file: Option<&str>) -> Self {
        let dockerfile = match (file, &context) {
            (Some(file), _) => Spot::of(folder, file),
            (None, Spot::Here(context)) => Spot::of(context, "Dockerfile"),
            (None, other) => other.clone(),
        };
        let (contexts, images) = (Vec::new(), Vec::new());
        Self { place, dockerfile, context, target: None, contexts, images, services: Vec::new(), is_inline: false }
    }

    /// Whether its folder or its Dockerfile is outside of the repository.
    #[must_use]
    pub fn leads_out(&self) -> bool {
        self.dockerfile == Spot::Outside || self.context == Spot::Outside
    }
}

/// Whose image something is said about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of the build at this index in the same file.
    Build(usize),
    /// An image by its name.
    Image(String),
    /// A service of Compose, by its name.
    Service(String),
    /// A container by its name.
    Container(String),
    /// It may be any.
    Any,
}

/// What is done with the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A container is started with these words in place of ENTRYPOINT and CMD; `None` where the image's own counts.
    Starts { entrypoint: Option<Vec<String>>, command: Option<Vec<String>> },
    /// A program is run in a container beside what it has started: a probe, a health check, a hook, `exec`.
    Runs { words: Vec<String>, is_check: bool },
    /// It is run as this user.
    User(String),
    /// A right or a device of the host is given: `privileged`.
    Right(String),
    /// A folder is mounted at this path, to be written.
    Mounts(String),
    /// Its programs work in this folder.
    Directory(String),
    /// A port of it is opened to others.
    Serves,
    /// A variable is set.
    Variable(String, String),
    /// Those of a set are, which stands elsewhere under this name: the path of a file, or what a manifest calls it.
    VariablesOf(String),
    /// People or pipelines work in it, with whatever it holds.
    Workplace(&'static str),
    /// GitHub runs it as an action, as root.
    Action,
}

/// Why anything of an image may be needed that another Dockerfile starts from or copies from.
const BASED_ON: &str = "another image is built on it";

/// Somebody uses an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    pub place: Place,
    pub whose: Whose,
    pub deed: Deed,
}

/// A variable of a set that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetVariable {
    pub set: String,
    pub place: Place,
    pub name: String,
    pub value: String,
}

/// What one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub builds: Vec<Build>,
    pub uses: Vec<Use>,
    /// Services of Compose with the image that they run, where that is not built in the file.
    pub services: Vec<(String, Option<String>)>,
    /// Containers that get a name, with the image that they run.
    pub containers: Vec<(String, String)>,
    /// Variables that somebody may set all together, with the name of the set.
    pub variables: Vec<SetVariable>,
    /// Why it, or a part of it, cannot be read.
    pub unread: Vec<(Place, String)>,
}

/// A file that is read, and where what is found in it goes.
struct Page<'t> {
    path: Arc<str>,
    text: &'t str,
    /// All files of the repository, sorted.
    files: &'t [String],
    said: Said,
}

impl Page<'_> {
    fn place(&self, line: usize) -> Place {
        Place { path: Arc::clone(&self.path), line }
    }

    /// The folder of the file, from the root.
    fn folder(&self) -> &str {
        repository::folder_of(&self.path)
    }

    /// Notes a build, and says whose image is what it makes.
    fn builds(&mut self, build: Build) -> Whose {
        self.said.builds.push(build);
        Whose::Build(self.said.builds.len() - 1)
    }

    /// Says that the Dockerfile at `file` is built with the folder `context`, both as named in `folder`.
    fn built(&mut self, line: usize, folder: &str, context: &str, file: Option<&str>, target: Option<&str>) -> Whose {
        let build = self.placed(line, folder, context, file);
        self.builds(Build { target: target.map(str::to_owned), ..build })
    }

    /// A build of `file` with the folder `context`, both as named in `folder`, or in one above it from which the Dockerfile is found.
    fn placed(&self, line: usize, folder: &str, context: &str, file: Option<&str>) -> Build {
        let build = |folder: &str| Build::of(self.place(line), Spot::of(folder, context), folder, file);
        build(&self.anchor(folder, |folder| build(folder).dockerfile))
    }

    /// The folder in which paths are meant: `folder`, or the nearest one above it from which the Dockerfile is there that `dockerfile` looks for.
    fn anchor(&self, folder: &str, dockerfile: impl Fn(&str) -> Spot) -> String {
        let mut above = folder;
        loop {
            match dockerfile(above) {
                Spot::Here(file) if self.files.binary_search(&file).is_ok() => return above.to_owned(),
                Spot::Here(_) | Spot::Outside if !above.is_empty() => {
                    above = repository::folder_of(above);
                }
                _ => return folder.to_owned(),
            }
        }
    }

    /// `name` of the set `set` has `value`.
    fn sets(&mut self, set: &str, line: usize, name: &str, value: &str) {
        let place = self.place(line);
        self.said.variables.push(SetVariable {
            set: set.to_owned(),
            place,
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }

    /// Says that a container has the variables of the file at `path`, as named in `folder`.
    fn takes_variables(&mut self, line: usize, whose: &Whose, folder: &str, path: &str) {
        if let Spot::Here(file) = Spot::of(folder, path) {
            self.uses(line, whose, Deed::VariablesOf(file));
        }
    }

    fn uses(&mut self, line: usize, whose: &Whose, deed: Deed) {
        let place = self.place(line);
        self.said.uses.push(Use { place, whose: whose.clone(), deed });
    }

    fn cannot_read(&mut self, line: usize, because: impl Into<String>) {
        let place = self.place(line);
        self.said.unread.push((place, because.into()));
    }
}
