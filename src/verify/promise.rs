//! What the steps of a chain promise of the image, put together.

use std::collections::{BTreeSet, HashSet};

use globset::{GlobBuilder, GlobMatcher};

use crate::rewrite::{Effect, Placed, Preserves, Rewrite, Step, Transform};
use crate::semantics::Build;
use crate::syntax::{Dockerfile, Keyword};

/// What may differ between the image before some steps and the image after them, and because of which transform.
pub struct Promise {
    /// The weakest promise among the steps.
    pub preserves: Preserves,
    /// Files that may differ.
    files: Vec<(FilesAt, &'static Transform)>,
    /// Whose files are may differ.
    pub owners: Option<&'static Transform>,
    /// All may differ that is not needed by what is started.
    pub anything: Option<&'static Transform>,
    /// Instructions whose meaning may change.
    owned: Vec<(Keyword, &'static Transform)>,
    /// What the Dockerfile says of the image itself, so that no base image has brought it.
    pub said: Said,
}

/// What the instructions of a Dockerfile set in the configuration of the image.
#[derive(Debug, Default)]
pub struct Said {
    keywords: Vec<Keyword>,
    /// Names of variables and labels.
    names: HashSet<(Keyword, String)>,
}

impl Promise {
    /// The promise of `steps` and of changes of files beside the Dockerfile, for the text `before` them. `homes` are the home folders of the users of the image.
    pub fn of(before: &[u8], steps: &[Step], beside: &[Placed<Rewrite>], homes: &BTreeSet<String>) -> Self {
        let of_steps = steps.iter().map(|step| step.transform);
        let mut promise = Self {
            preserves: Preserves::Image,
            files: Vec::new(),
            owners: None,
            anything: None,
            owned: Vec::new(),
            said: Said::of(before),
        };
        for transform in of_steps.chain(beside.iter().map(|placed| placed.transform)) {
            promise.preserves = promise.preserves.max(transform.preserves);
            promise.owned.extend(transform.owns.iter().map(|keyword| (*keyword, transform)));
            for effect in transform.effects {
                match effect {
                    Effect::Anything => promise.anything = Some(transform),
                    Effect::Owners => promise.owners = Some(transform),
                    Effect::Files(glob) => {
                        promise.files.extend(matchers(glob, homes).map(|matcher| (matcher, transform)));
                    }
                }
            }
        }
        promise
    }

    /// The transform that may change the file at `path`.
    pub fn of_file(&self, path: &str) -> Option<&'static Transform> {
        self.files.iter().find(|(files, _)| files.matcher.is_match(path)).map(|(_, transform)| *transform)
    }

    /// The folder that the promise about the file at `path` is about.
    pub fn folder_of(&self, path: &str) -> Option<&str> {
        let (files, _) = self.files.iter().find(|(files, _)| files.matcher.is_match(path))?;
        Some(&files.folder)
    }

    /// The transform that may change what `keyword` says.
    pub fn of_instruction(&self, keyword: Keyword) -> Option<&'static Transform> {
        self.owned.iter().find(|(owned, _)| *owned == keyword).map(|(_, transform)| *transform)
    }
}

/// A glob for one home folder.
struct FilesAt {
    matcher: GlobMatcher,
    /// The longest folder that holds whatever matches.
    folder: String,
}

fn matchers(glob: &'static str, homes: &BTreeSet<String>) -> impl Iterator<Item = FilesAt> {
    let globs = match glob.strip_prefix("~") {
        Some(rest) => {
            homes.iter().map(|home| format!("{}{rest}", globset::escape(home.trim_end_matches('/')))).collect()
        }
        None => vec![glob.to_owned()],
    };
    globs.into_iter().filter_map(|glob| {
        let end = glob.find(['*', '{', '?', '[']).unwrap_or(glob.len());
        let folder = glob[..end].rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = if folder.is_empty() { "/".to_owned() } else { folder.to_owned() };
        let glob = GlobBuilder::new(&glob).literal_separator(true).build();
        glob.ok().map(|glob| FilesAt { matcher: glob.compile_matcher(), folder })
    })
}

impl Said {
    fn of(text: &[u8]) -> Self {
        let file = Dockerfile::parse(text);
        let build = Build::of(&file);
        let mut said = Self::default();
        for (_, instruction) in build.instructions() {
            let keyword = instruction.keyword();
            said.keywords.push(keyword);
            if matches!(keyword, Keyword::Env | Keyword::Label) {
                let pairs = instruction.arguments().pairs().iter();
                said.names.extend(pairs.map(|pair| (keyword, pair.key.text.trim_matches(['"', '\'']).to_owned())));
            }
        }
        said
    }

    /// Whether one of its instructions is `keyword`.
    pub fn has(&self, keyword: Keyword) -> bool {
        self.keywords.contains(&keyword)
    }

    /// Whether it sets the variable or label `name`.
    pub fn names(&self, keyword: Keyword, name: &str) -> bool {
        self.names.iter().any(|(of, said)| *of == keyword && said == name)
    }
}
