//! What came of a repository: a line of the journal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Most sentences of a kind that a row holds.
pub(super) const SENTENCES_MAX: usize = 200;

/// What came of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// There is a patch, a branch, or new text.
    Changed,
    /// There is nothing to change, or every place was left alone for a reason.
    Unchanged,
    /// There is no Dockerfile.
    NoDockerfile,
    /// What the repository is stands in the way: it is not clean, leads out of itself, or BuildKit would refuse its Dockerfiles.
    Refused,
    /// Something went wrong.
    Failed,
    /// Files are being written. Only a run that was killed leaves this behind.
    Begun,
}

impl Outcome {
    pub const ALL: [Self; 5] = [Self::Changed, Self::Unchanged, Self::NoDockerfile, Self::Refused, Self::Failed];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::NoDockerfile => "no-dockerfile",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Begun => "begun",
        }
    }

    /// Whether this is what a run can come to at best.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Changed | Self::Unchanged | Self::NoDockerfile)
    }
}

/// A repository, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub repository: String,
    /// Its folder, or its URL without a login.
    pub source: String,
    pub outcome: Outcome,
    /// Why it, or a Dockerfile of it, was refused or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The commit that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// A hash of all that the outcome depends on in the repository.
    pub state: String,
    /// The version of the program, and a hash of what it was told.
    pub made_by: String,
    /// Relative to the folder of the output, as is `body`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    pub files: u64,
    pub files_changed: u64,
    /// Those that BuildKit would refuse, or with which something went wrong; the others may be changed all the same.
    #[serde(default)]
    pub files_failed: u64,
    pub lines_added: u64,
    pub lines_removed: u64,
    /// How often each transform changed something.
    pub changes: BTreeMap<String, u64>,
    /// Places left alone.
    pub declined: Vec<Declined>,
    /// Files that were not looked at, or not changed, and why.
    pub troubles: Vec<String>,
    /// The bytes of the images before and after, where they were built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_bytes: Option<[u64; 2]>,
}

/// A reason to leave places alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Declined {
    pub transform: String,
    pub because: String,
    pub places: u64,
}

impl Row {
    /// A row about a repository of which nothing is known yet.
    pub fn new(repository: &str, source: String, made_by: &str) -> Self {
        Self {
            repository: repository.to_owned(),
            source,
            outcome: Outcome::Unchanged,
            because: None,
            head: None,
            state: String::new(),
            made_by: made_by.to_owned(),
            patch: None,
            body: None,
            branch: None,
            commit: None,
            files: 0,
            files_changed: 0,
            files_failed: 0,
            lines_added: 0,
            lines_removed: 0,
            changes: BTreeMap::new(),
            declined: Vec::new(),
            troubles: Vec::new(),
            image_bytes: None,
        }
    }

    /// Whether nothing more is to be done. What was refused or failed is tried again, be it one Dockerfile of many.
    pub fn is_done(&self) -> bool {
        self.outcome.is_done() && self.files_failed == 0
    }
}
