//! Asks the world what the transforms of a run want to know: the build context; the lock file first, then what was fetched before, then registries.
//! Nothing is opened before the first question.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use globset::{Glob, GlobSet, GlobSetBuilder};
use jiff::Timestamp;
use jiff::civil::Date;

use super::around::Known;
use super::findings::{Trouble, changes};
use super::locks::{LockChange, Locks};
use super::options::{Files, Images};
use super::{Examined, Failure, shown};
use crate::catalogue::Catalogue;
use crate::rewrite::{Answer, Chain, ExactTag, Facts, Outcome, Question};
use crate::syntax::ImageReference;
use crate::text::LineIndex;
use crate::world::context::Contexts;
use crate::world::lock::LockedImage;
use crate::world::progress::Progress;
use crate::world::registry::{Because, Hosts, Image, RegistryError, Resolver, Settings};
use crate::world::terminal::tell;
use crate::world::{catalogue, clock};

/// From this age on a decision by the catalogue comes with a word of warning.
const CATALOGUE_AGE_DAYS: i32 = 90;

/// Most references whose full version is sought at a time.
const SEEKERS_MAX: usize = 8;

/// Everything that may be asked in a run.
pub struct Inquiry<'a> {
    images: &'a Images,
    pub(super) files: &'a Files,
    pub(super) sources: Arc<Sources>,
    /// Whether the command line asks registries, whatever a configuration says.
    is_asked_by_user: bool,
    is_offline: bool,
    is_of_texts_alone: bool,
    update: GlobSet,
    /// Whether a chain of the run asks what a lock file keeps.
    pins: AtomicBool,
    locks: Mutex<Locks<'a>>,
    pub(super) contexts: Arc<Mutex<Contexts>>,
    /// The folder that a repository reaches up to, where that is known beforehand.
    pub(super) root: Option<PathBuf>,
    /// The folders that the user named, in full, once somebody has asked.
    pub(super) given: OnceLock<Vec<PathBuf>>,
    /// What is known around each Dockerfile that has asked for it.
    pub(super) around: Mutex<BTreeMap<PathBuf, Arc<Known>>>,
    /// Dockerfiles that have asked something, where all have one build context.
    pub(super) asking: Mutex<BTreeSet<PathBuf>>,
}

/// What all inquiries of a run share: the catalogue, and who asks registries, each reference once.
pub struct Sources {
    pub(super) catalogue: Arc<Catalogue>,
    today: Date,
    resolver: OnceLock<Result<Resolver, Failure>>,
}

impl Sources {
    /// # Errors
    /// If the stored catalogue is damaged.
    pub fn new() -> Result<Self, Failure> {
        let catalogue = Arc::new(catalogue::in_use().map_err(|error| error.to_string())?.catalogue);
        Ok(Self::of(catalogue))
    }

    /// With a catalogue that is at hand.
    #[must_use]
    pub fn of(catalogue: Arc<Catalogue>) -> Self {
        Self { catalogue, today: clock::today(), resolver: OnceLock::new() }
    }

    /// The day that the catalogue is of.
    pub fn catalogue_date(&self) -> Date {
        self.catalogue.date()
    }
}

/// What the chain of one Dockerfile wants to know.
pub struct Asked<'q> {
    pub path: &'q Path,
    pub questions: &'q BTreeSet<Question>,
}

pub type Answers = BTreeMap<Question, Answer>;

/// The platforms that a reference had when it was locked.
type Platforms = BTreeMap<String, Vec<String>>;

/// The answer to each question, and what a lock file keeps of it.
type Found = BTreeMap<Question, (Answer, Option<LockedImage>)>;

impl<'a> Inquiry<'a> {
    /// # Errors
    /// If a glob is none, or the stored catalogue is damaged.
    pub fn new(images: &'a Images, files: &'a Files) -> Result<Self, Failure> {
        Self::sharing(images, files, Arc::new(Sources::new()?))
    }

    /// The same with the sources of other inquiries, which have the same `images`.
    ///
    /// # Errors
    /// If a glob is none.
    pub fn sharing(images: &'a Images, files: &'a Files, sources: Arc<Sources>) -> Result<Self, Failure> {
        let mut update = GlobSetBuilder::new();
        for glob in &images.update {
            update.add(Glob::new(glob).map_err(|error| format!("--update: {error}"))?);
        }
        Ok(Self {
            images,
            files,
            sources,
            is_asked_by_user: false,
            is_offline: images.offline,
            is_of_texts_alone: false,
            update: update.build().map_err(|error| format!("--update: {error}"))?,
            pins: AtomicBool::new(false),
            locks: Mutex::new(Locks::new(images.lock.as_deref(), files)),
            contexts: Arc::default(),
            root: None,
            given: OnceLock::new(),
            around: Mutex::default(),
            asking: Mutex::default(),
        })
    }

    /// Says that all Dockerfiles are in the repository at `root`.
    pub fn set_root(&mut self, root: PathBuf) {
        self.root = Some(root);
    }

    /// The same, with lists of build contexts that somebody keeps longer.
    #[must_use]
    pub fn in_contexts(self, contexts: Arc<Mutex<Contexts>>) -> Self {
        Self { contexts, ..self }
    }

    fn locks(&self) -> MutexGuard<'_, Locks<'a>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same for texts that stand for themselves: their paths are names, and nothing is looked for where these lead to.
    #[must_use]
    pub fn of_texts_alone(self) -> Self {
        Self { is_of_texts_alone: true, ..self }
    }

    /// Whether digests are moved.
    pub fn renews(&self) -> bool {
        !self.images.update.is_empty()
    }

    /// Whether the user wants what `reference` is now: by its name in full, or as people write it, with or without a tag.
    fn is_updated(&self, reference: &str) -> bool {
        let untagged = |name: &str| name.rsplit_once(':').map(|(name, _)| name.to_owned());
        let short = reference.trim_start_matches("docker.io/").trim_start_matches("library/");
        let names = [Some(reference.to_owned()), untagged(reference), Some(short.to_owned()), untagged(short)];
        names.iter().flatten().any(|name| self.update.is_match(name))
    }

    /// Says who is asking. An editor is answered at once, from what is here.
    pub fn begin(&mut self, is_asked_by_user: bool, is_editor: bool) {
        self.is_asked_by_user = is_asked_by_user;
        self.is_offline |= is_editor;
    }

    /// What a chain knows before it has asked anything.
    pub fn facts(&self, chain: &Chain) -> Facts {
        if chain.asks_registries() {
            self.pins.store(true, Ordering::Relaxed);
        }
        let mut facts = Facts::default();
        facts.catalogue = Arc::clone(&self.sources.catalogue);
        facts.today = Some(self.sources.today);
        facts
    }

    /// Answers all questions of a round: for each Dockerfile those that it asks.
    ///
    /// # Errors
    /// If a lock file or the user's configuration of registries is damaged.
    pub fn answer(&self, asked: &[Asked<'_>]) -> Result<Vec<Answers>, Failure> {
        let mut answers: Vec<Answers> = Vec::new();
        let mut open = BTreeSet::new();
        let mut platforms: Platforms = BTreeMap::new();
        for asked in asked {
            let mut known = Answers::new();
            for question in asked.questions {
                match self.at_hand(asked.path, question)? {
                    Some(answer) => drop(known.insert(question.clone(), answer)),
                    None => {
                        open.insert(question.clone());
                        if let Question::Image(reference) | Question::Renewal(reference) = question {
                            let mut locks = self.locks();
                            let locked = locks.of(asked.path)?.image(reference);
                            let names = locked.iter().flat_map(|image| &image.platforms).map(|(name, _)| name.clone());
                            platforms.entry(reference.clone()).or_default().extend(names);
                        }
                    }
                }
            }
            answers.push(known);
        }
        if open.is_empty() {
            return Ok(answers);
        }
        let resolver = self.sources.resolver.get_or_init(|| self.new_resolver()).as_ref().map_err(Clone::clone)?;
        let found = self.ask(resolver, open, &platforms);
        for (asked, answers) in asked.iter().zip(&mut answers) {
            for question in asked.questions {
                let Some((answer, image)) = found.get(question).filter(|_| !answers.contains_key(question)) else {
                    continue;
                };
                answers.insert(question.clone(), answer.clone());
                if let Some(image) = image {
                    self.locks().learn(asked.path, image.clone());
                }
            }
        }
        Ok(answers)
    }

    /// The answer, if the build context or the lock file has it, or nobody is to be asked.
    fn at_hand(&self, file: &Path, question: &Question) -> Result<Option<Answer>, Failure> {
        if self.is_of_texts_alone {
            return Ok(Some(Answer::Unknown));
        }
        if !question.is_of_registries() {
            return Ok(Some(self.of_context(file, &self.around(file, &[]), question)));
        }
        if let Question::Image(reference) | Question::Renewal(reference) = question
            && self.is_updated(reference)
        {
            return Ok(None);
        }
        let mut locks = self.locks();
        let lock = locks.of(file)?;
        let missing = |reference: &str| {
            let because = format!("{reference}: not in {}, and --locked", shown(lock.path()).display());
            self.images.locked.then_some(Answer::Refused(because))
        };
        Ok(match question {
            Question::ContextEntry(_)
            | Question::ContextFile(_)
            | Question::ContextFiles
            | Question::ContextBytes(_)
            | Question::IgnoreFiles
            | Question::Surroundings
            | Question::Renewal(_) => Some(Answer::Unknown),
            Question::Image(reference) => match lock.image(reference) {
                Some(LockedImage { digest: Some(digest), platforms, .. }) => {
                    let platforms = platforms.iter().map(|(name, _)| name.clone()).collect();
                    Some(Answer::Image { digest: digest.clone(), platforms })
                }
                _ => missing(reference),
            },
            Question::ExactTag(ExactTag { reference, .. }) => match lock.image(reference) {
                Some(LockedImage { tag: Some(tag), .. }) => Some(Answer::Tag(tag.clone())),
                _ => missing(reference),
            },
        })
    }

    /// Asks what is kept of earlier runs, and registries: the answer, and what a lock file keeps of it.
    fn ask(&self, resolver: &Resolver, questions: BTreeSet<Question>, platforms: &Platforms) -> Found {
        let count = questions.len();
        let progress = if self.files.quiet { Progress::hidden(count) } else { Progress::new(count, "images") };
        progress.during(|| {
            let (mut known, mut anew, mut exact) = (Vec::new(), Vec::new(), Vec::new());
            for question in questions {
                match &question {
                    Question::Image(name) | Question::Renewal(name) => {
                        let asked = if self.is_updated(name) { &mut anew } else { &mut known };
                        asked.extend(ImageReference::parse(name).ok().map(|reference| (question, reference)));
                    }
                    Question::ExactTag(tag) => exact.push(tag.clone()),
                    Question::ContextEntry(_)
                    | Question::ContextFile(_)
                    | Question::ContextFiles
                    | Question::ContextBytes(_)
                    | Question::IgnoreFiles
                    | Question::Surroundings => {}
                }
            }
            let references: Vec<_> = known.iter().map(|(_, reference)| reference.clone()).collect();
            let images = resolver.images(&references, &|| progress.advance());
            let known = known.into_iter().filter_map(|(question, reference)| {
                Some((question, image_answer(images.get(&reference.canonical())?)))
            });
            let mut found: Found = known.collect();
            found.extend(concurrently(&anew, |(question, reference)| {
                let platforms = platforms.get(&reference.canonical()).map_or(&[][..], Vec::as_slice);
                let image = resolver.image_anew(reference, platforms);
                progress.advance();
                (question.clone(), image_answer(&image))
            }));
            found.extend(concurrently(&exact, |exact| {
                let answer = exact_answer(resolver, exact);
                progress.advance();
                (Question::ExactTag(exact.clone()), answer)
            }));
            found
        })
    }

    fn new_resolver(&self) -> Result<Resolver, Failure> {
        let hosts =
            if self.is_asked_by_user { Hosts::Any } else { Hosts::Known { also: self.images.registry.clone() } };
        let settings = Settings {
            offline: self.is_offline,
            cache_dir: self.images.cache_dir.clone(),
            timeout: Duration::from_secs(self.images.timeout),
            hosts,
            now: clock::now(),
        };
        Resolver::new(settings).map_err(|error| error.to_string())
    }

    /// What registries did not answer although the user asked for it, at the lines it is about.
    pub fn unresolved(&self, outcome: &Outcome, facts: &Facts) -> Vec<Trouble> {
        let matters = |question: &Question| self.images.locked || !matches!(question, Question::ExactTag(_));
        let refused: BTreeSet<_> =
            facts.refused().filter(|(question, _)| matters(question)).map(|(_, because)| because).collect();
        let lines = LineIndex::new(&outcome.before);
        let declined = outcome.declined.iter().filter(|placed| refused.contains(placed.value.because.as_str()));
        let troubles = declined.map(|placed| Trouble {
            line: Some(lines.line_column(placed.range.start()).line),
            message: placed.value.because.clone(),
        });
        troubles.collect()
    }

    /// Writes what was learnt into the lock files.
    ///
    /// # Errors
    /// If a lock file is damaged or cannot be written.
    pub fn keep(&mut self, examined: &[Examined]) -> Result<(), Failure> {
        if self.pins.load(Ordering::Relaxed) { self.locks().keep(examined) } else { Ok(()) }
    }

    /// What lock files would become by what was learnt; for who writes them with other files.
    ///
    /// # Errors
    /// If a lock file is damaged.
    pub fn lock_changes(&mut self, examined: &[&Examined]) -> Result<Vec<LockChange>, Failure> {
        if self.pins.load(Ordering::Relaxed) { self.locks().changes(examined) } else { Ok(Vec::new()) }
    }

    /// A word of warning where something was decided by a catalogue that is no longer young.
    pub fn tell_age(&self, examined: &[Examined]) {
        let age_days = (self.sources.today - self.sources.catalogue.date()).get_days();
        let is_by_catalogue = |file: &Examined| changes(file).any(|change| change.transform.reads_catalogue);
        if age_days > CATALOGUE_AGE_DAYS && !self.files.quiet && examined.iter().any(is_by_catalogue) {
            let date = self.sources.catalogue.date();
            tell(&format!(
                "note: the catalogue of official images is of {date}, {age_days} days old; `dockeropt catalogue --update FILE` takes a newer one"
            ));
        }
    }
}

/// What an image is for a transform, and for a lock file.
fn image_answer(image: &Result<Image, RegistryError>) -> (Answer, Option<LockedImage>) {
    match image {
        Ok(image) => {
            let platforms = image.platforms.iter().map(|platform| platform.name.clone()).collect();
            (Answer::Image { digest: image.digest.clone(), platforms }, Some(locked(image)))
        }
        Err(error) => (refused(error), None),
    }
}

fn exact_answer(resolver: &Resolver, exact: &ExactTag) -> (Answer, Option<LockedImage>) {
    let ExactTag { reference: name, platform, candidate } = exact;
    let Ok(reference) = ImageReference::parse(name) else { return (Answer::Unknown, None) };
    let candidates: Vec<_> = candidate.iter().cloned().collect();
    let tag = resolver.exact_version(&reference, platform, &candidates);
    match tag.and_then(|tag| Ok((tag, resolver.image(&reference)?))) {
        Ok((Some(tag), image)) => (Answer::Tag(tag.clone()), Some(LockedImage { tag: Some(tag), ..locked(&image) })),
        Ok((None, _)) => {
            let because = format!("{name}: no tag with a full version is proven to be the same image for {platform}");
            (Answer::Refused(because), None)
        }
        Err(error) => (refused(&error), None),
    }
}

fn refused(error: &RegistryError) -> Answer {
    if error.because == Because::Offline { Answer::Unknown } else { Answer::Refused(error.to_string()) }
}

fn locked(image: &Image) -> LockedImage {
    LockedImage {
        reference: image.reference.clone(),
        tag: None,
        digest: Some(image.digest.clone()),
        media_type: Some(image.media_type.clone()),
        platforms: image.platforms.iter().map(|platform| (platform.name.clone(), platform.digest.clone())).collect(),
        from: "registry".to_owned(),
        resolved: whole_second(image.fetched),
    }
}

/// A time as people write it.
fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// Does `work` for each of `items`, a few at a time.
fn concurrently<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let results = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..SEEKERS_MAX.min(items.len()) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work(item);
                    results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(result);
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
