//! What is known around one Dockerfile: the repository, who builds and runs it there, and the build context that follows from it.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use serde::Serialize;

use super::inquiry::{Answers, Inquiry};
use super::{Examination, Examined};
use crate::rewrite::{Answer, Oracle, Question};
use crate::semantics::{Build, Copied, SourceKind};
use crate::surroundings::{BuildContextBy, Spot, Surroundings};
use crate::syntax::Dockerfile;
use crate::world::context::{self, Around, BuildContext, Entry};
use crate::world::terminal::tell;

/// A build context that is not the folder of its Dockerfile, or none because nobody can tell which it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContextTaken {
    /// As it is shown; `None` where nobody can tell.
    pub folder: Option<PathBuf>,
    /// Half a sentence; a whole one where nobody can tell.
    pub because: String,
}

/// Says which build contexts were taken for files that would change, where those are not the folders of the Dockerfiles; of all files, if `all`.
pub fn tell_contexts(examined: &[Examined], all: bool) {
    for file in examined {
        let Examination::Rewritten(rewritten) = &file.result else { continue };
        let Some(ContextTaken { folder, because }) = &rewritten.context else { continue };
        if !all && (folder.is_none() || !rewritten.outcome.is_changed()) {
            continue;
        }
        let path = file.path.display();
        tell(&match folder {
            Some(folder) => format!("note: {path}: its build context is `{}`, {because}", folder.display()),
            None => format!("note: {path}: its build context is not known: {because}"),
        });
    }
}

impl<'q> Inquiry<'q> {
    /// What is known around the Dockerfile at `file` with the text `source`.
    pub(super) fn around(&self, file: &Path, source: &[u8]) -> Arc<Known> {
        let known = self.around.lock().unwrap_or_else(PoisonError::into_inner).get(file).cloned();
        known.unwrap_or_else(|| {
            let known = Arc::new(Known::of(self, file, source));
            let mut around = self.around.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(around.entry(file.to_owned()).or_insert(known))
        })
    }

    /// What is read of the repository at the root that was set; of the current folder, if none was.
    pub fn around_root(&self) -> Arc<Around> {
        let root = self.root.clone().unwrap_or_else(|| PathBuf::from("."));
        self.repository(&root.canonicalize().unwrap_or(root))
    }

    /// The folders that the user named, in full: asked once, since each path may be one of thousands.
    fn given(&self) -> &[PathBuf] {
        self.given.get_or_init(|| {
            let named = self.files.paths.iter().chain(&self.files.context);
            named.filter_map(|path| path.canonicalize().ok()).filter(|path| path.is_dir()).collect()
        })
    }

    /// What is read of the repository at `root`, a canonical path.
    pub(super) fn repository(&self, root: &Path) -> Arc<Around> {
        let kept = self.contexts.lock().unwrap_or_else(PoisonError::into_inner).repository(root);
        Arc::clone(kept.get_or_init(|| Arc::new(Around::read(root))))
    }

    /// The build context that was taken for the Dockerfile at `file`, if it has asked for it.
    pub fn context_taken(&self, file: &Path) -> Option<ContextTaken> {
        self.around.lock().unwrap_or_else(PoisonError::into_inner).get(file)?.taken.clone()
    }

    /// Who answers what the chain of the Dockerfile at `file` with the text `source` wants to know of its build context.
    pub fn oracle<'i>(&'i self, file: &'i Path, source: &'i [u8]) -> ContextOracle<'i, 'q> {
        ContextOracle { inquiry: self, file, source, around: OnceCell::new() }
    }

    /// Whether the build context of one Dockerfile is enough to answer.
    fn is_of_one_context(&self, question: &Question) -> bool {
        // What is left out of a context that several have is a matter of all of them.
        let is_of_all = *question == Question::IgnoreFiles && self.files.context.is_some();
        !question.is_of_registries() && !is_of_all
    }

    /// What the build context of the Dockerfile at `file` says.
    pub(super) fn of_context(&self, file: &Path, around: &Known, question: &Question) -> Answer {
        if *question == Question::Surroundings {
            return around.surroundings.clone().map_or(Answer::Unknown, Answer::Surroundings);
        }
        let Some(context) = &around.context else { return Answer::Unknown };
        match question {
            Question::ContextEntry(path) => match context.entry(path) {
                Entry::Absent => Answer::Absent,
                Entry::Directory => Answer::Directory,
                Entry::File { start } => Answer::File { start },
                Entry::Other => Answer::Unknown,
            },
            Question::ContextFile(path) => context.text(path).map_or(Answer::Absent, Answer::Text),
            Question::ContextFiles => context.files().map_or(Answer::Unknown, Answer::Paths),
            // A repository is migrated to the same commit whenever it is done, and grows with each commit.
            Question::ContextBytes(_) if self.root.is_some() => Answer::Unknown,
            Question::ContextBytes(paths) => {
                let bytes = context.bytes(paths);
                bytes.map_or(Answer::Unknown, |(all, of_these)| Answer::Bytes { all, of_these })
            }
            // What comes from standard input is written to standard output, and nothing beside it.
            Question::IgnoreFiles if self.files.is_standard_input() => Answer::Unknown,
            Question::IgnoreFiles => {
                let Some(mut files) = context.ignore_files(file) else { return Answer::Unknown };
                files.others.extend(around.others.iter().cloned());
                if self.files.context.is_some() {
                    let asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
                    let others = asking.iter().filter(|other| *other != file);
                    files.others.extend(others.map(|other| other.to_string_lossy().into_owned()));
                }
                Answer::IgnoreFiles(files)
            }
            _ => Answer::Unknown,
        }
    }
}

/// Answers from the build context of one Dockerfile at once, and leaves open what is asked for all files together.
pub struct ContextOracle<'i, 'q> {
    inquiry: &'i Inquiry<'q>,
    file: &'i Path,
    source: &'i [u8],
    around: OnceCell<Arc<Known>>,
}

impl Oracle for ContextOracle<'_, '_> {
    fn answer(&mut self, questions: BTreeSet<Question>) -> Answers {
        let Self { inquiry, file, source, around } = self;
        if inquiry.files.context.is_some() {
            let asking = inquiry.asking.lock();
            asking.unwrap_or_else(PoisonError::into_inner).insert(file.to_owned());
        }
        let questions = questions.into_iter().filter(|question| inquiry.is_of_one_context(question));
        let answers = questions.map(|question| {
            let around = around.get_or_init(|| inquiry.around(file, source));
            let answer = inquiry.of_context(file, around, &question);
            (question, answer)
        });
        answers.collect()
    }
}

/// What is known around a Dockerfile.
#[derive(Debug, Default)]
pub struct Known {
    /// `None` where it cannot be read, or nobody can tell which folder it is.
    pub(super) context: Option<BuildContext>,
    /// `None` for a text that is no file.
    pub(super) surroundings: Option<Arc<Surroundings>>,
    /// Dockerfiles outside the context that somebody builds with it.
    pub(super) others: Vec<String>,
    pub(super) taken: Option<ContextTaken>,
}

impl Known {
    pub(super) fn of(inquiry: &Inquiry<'_>, file: &Path, source: &[u8]) -> Self {
        let open = |folder: &Path| inquiry.contexts.lock().unwrap_or_else(PoisonError::into_inner).open(folder, file);
        let Some(own) = inquiry.files.context_of(file) else { return Self::default() };
        let alone = || Self { context: open(&own), ..Self::default() };
        if inquiry.files.is_standard_input() {
            return alone();
        }
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (Ok(folder), Some(name)) = (parent.canonicalize(), file.file_name().and_then(|name| name.to_str())) else {
            return alone();
        };
        let root = inquiry.root.as_ref().and_then(|root| root.canonicalize().ok());
        let root = root.unwrap_or_else(|| context::root(&folder, inquiry.given()));
        let around = inquiry.repository(&root);
        let Some(path) = folder.join(name).strip_prefix(&around.root).ok().and_then(slashed) else { return alone() };
        let surroundings = Surroundings::of(&around.repository, &path, || sources(source), &inquiry.sources.catalogue);
        let (context, taken) = if inquiry.files.context.is_some() {
            (open(&own), None)
        } else {
            taken(&surroundings, &around, &folder, &open)
        };
        let beside = |build: &&crate::surroundings::Build| match (&surroundings.context, &build.context) {
            (BuildContextBy::Named(folder, _) | BuildContextBy::Above(folder), Spot::Here(other)) => folder == other,
            _ => false,
        };
        let others = around.repository.builds().filter(beside).filter_map(|build| match &build.dockerfile {
            Spot::Here(other) if *other != path => Some(other.clone()),
            _ => None,
        });
        let mut others: Vec<_> = others.collect();
        others.sort_unstable();
        others.dedup();
        Self { context, surroundings: Some(Arc::new(surroundings)), others, taken }
    }
}

fn taken(
    surroundings: &Surroundings,
    around: &Around,
    folder: &Path,
    open: &dyn Fn(&Path) -> Option<BuildContext>,
) -> (Option<BuildContext>, Option<ContextTaken>) {
    let other = |name: &str, because: String| {
        let path = around.root.join(name);
        let shown = Some(super::shown(&path)).filter(|shown| !shown.as_os_str().is_empty());
        let shown = shown.unwrap_or_else(|| PathBuf::from("."));
        let taken = (path != folder).then(|| ContextTaken { folder: Some(shown), because });
        (open(&path), taken)
    };
    match &surroundings.context {
        BuildContextBy::Nobody => (open(folder), None),
        BuildContextBy::Named(name, place) => other(name, format!("as `{place}` says")),
        BuildContextBy::Above(name) => {
            other(name, "since what it copies is there, and not in the folder of the Dockerfile".to_owned())
        }
        BuildContextBy::Doubtful(because) | BuildContextBy::Missing(because) => {
            (None, Some(ContextTaken { folder: None, because: because.clone() }))
        }
    }
}

/// The paths of its context that a Dockerfile copies, as written.
fn sources(source: &[u8]) -> Vec<String> {
    let file = Dockerfile::parse(source);
    let build = Build::of(&file);
    let copies = build.copies().filter(Copied::is_of_context);
    let sources = copies.flat_map(|copied| copied.sources).filter(|source| source.kind == SourceKind::Path);
    sources.filter(|source| source.value.known().is_some()).map(|source| source.path().into_owned()).collect()
}

/// A relative path with `/`.
fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<_>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}
