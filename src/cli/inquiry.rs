//! Asks the world what the transforms of a run want to know: the lock file first, then what was fetched before, then registries. Nothing is opened
//! before the first question.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use globset::{Glob, GlobSet, GlobSetBuilder};
use jiff::civil::Date;

use super::Failure;
use super::arguments::{Files, Images};
use super::examine::{Examination, Examined};
use super::progress::Progress;
use super::report::findings::{Trouble, changes};
use super::report::tell;
use super::selection::CONFIG_NAMES;
use crate::catalogue::Catalogue;
use crate::rewrite::{Answer, Chain, ExactTag, Facts, Outcome, Question};
use crate::semantics::{Build, Named};
use crate::syntax::{Dockerfile, ImageReference};
use crate::text::LineIndex;
use crate::transforms;
use crate::world::lock::{LOCK_NAME, Lock, LockedImage};
use crate::world::registry::{Because, Hosts, Image, RegistryError, Resolver, Settings};
use crate::world::{catalogue, clock};

/// From this age on a decision by the catalogue comes with a word of warning.
const CATALOGUE_AGE_DAYS: i32 = 90;

/// Most references whose full version is sought at a time.
const SEEKERS_MAX: usize = 8;

/// Everything that may be asked in a run.
pub(super) struct Inquiry<'a> {
    images: &'a Images,
    files: &'a Files,
    catalogue: Arc<Catalogue>,
    today: Date,
    /// Whether the command line asks registries, whatever a configuration says.
    is_asked_by_user: bool,
    is_offline: bool,
    update: GlobSet,
    /// Whether a chain of the run writes digests down.
    pins: AtomicBool,
    lock: Option<Lock>,
    resolver: Option<Resolver>,
    /// What registries said in this run, by reference.
    resolved: BTreeMap<String, LockedImage>,
}

impl<'a> Inquiry<'a> {
    /// # Errors
    /// If a glob is none, or the stored catalogue is damaged.
    pub fn new(images: &'a Images, files: &'a Files) -> Result<Self, Failure> {
        let mut update = GlobSetBuilder::new();
        for glob in &images.update {
            update.add(Glob::new(glob).map_err(|error| format!("--update: {error}"))?);
        }
        Ok(Self {
            images,
            files,
            catalogue: Arc::new(catalogue::in_use().map_err(|error| error.to_string())?.catalogue),
            today: clock::today(),
            is_asked_by_user: false,
            is_offline: images.offline,
            update: update.build().map_err(|error| format!("--update: {error}"))?,
            pins: AtomicBool::new(false),
            lock: None,
            resolver: None,
            resolved: BTreeMap::new(),
        })
    }

    /// Whether digests are moved.
    pub fn renews(&self) -> bool {
        !self.images.update.is_empty()
    }

    /// Says who is asking. An editor is answered at once, from what is here.
    pub fn begin(&mut self, is_asked_by_user: bool, is_editor: bool) {
        self.is_asked_by_user = is_asked_by_user;
        self.is_offline |= is_editor;
    }

    /// What a chain knows before it has asked anything.
    pub fn facts(&self, chain: &Chain) -> Facts {
        if chain.transforms.iter().any(|transform| transforms::writes_digests(transform)) {
            self.pins.store(true, Ordering::Relaxed);
        }
        let mut facts = Facts::default();
        facts.catalogue = Arc::clone(&self.catalogue);
        facts.today = Some(self.today);
        facts
    }

    /// Answers all questions of a round.
    ///
    /// # Errors
    /// If the lock file or the user's configuration of registries is damaged.
    pub fn answer(&mut self, questions: BTreeSet<Question>) -> Result<BTreeMap<Question, Answer>, Failure> {
        let mut answers = BTreeMap::new();
        let (mut images, mut tags) = (Vec::new(), Vec::new());
        if questions.iter().any(Question::is_of_registries) {
            self.open_lock()?;
        }
        for question in questions {
            match self.from_lock(&question) {
                Some(answer) => drop(answers.insert(question, answer)),
                None => match &question {
                    Question::Image(reference) | Question::Renewal(reference) => {
                        images.extend(ImageReference::parse(reference).ok().map(|reference| (question, reference)));
                    }
                    Question::ExactTag(exact) => tags.push(exact.clone()),
                    Question::ContextEntry(_) => {}
                },
            }
        }
        if images.is_empty() && tags.is_empty() {
            return Ok(answers);
        }
        let resolver = match self.resolver.take() {
            Some(resolver) => resolver,
            None => self.new_resolver()?,
        };
        let progress = Progress::new(images.len() + tags.len(), "images");
        progress.during(|| {
            answers.extend(self.ask_for_images(&resolver, images, &progress));
            answers.extend(self.ask_for_tags(&resolver, &tags, &progress));
        });
        self.resolver = Some(resolver);
        Ok(answers)
    }

    /// The answer, if nobody else has to be asked.
    fn from_lock(&self, question: &Question) -> Option<Answer> {
        let lock = self.lock.as_ref()?;
        let missing = |reference: &str| {
            let because = format!("{reference}: not in {}, and --locked", lock.path().display());
            self.images.locked.then_some(Answer::Refused(because))
        };
        match question {
            Question::ContextEntry(_) => Some(Answer::Unknown),
            Question::Renewal(reference) if !self.update.is_match(reference) => Some(Answer::Unknown),
            Question::Renewal(_) => None,
            Question::Image(reference) if self.update.is_match(reference) => None,
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
        }
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

    fn ask_for_images(
        &mut self,
        resolver: &Resolver,
        images: Vec<(Question, ImageReference)>,
        progress: &Progress,
    ) -> BTreeMap<Question, Answer> {
        let is_renewed = |reference: &ImageReference| self.update.is_match(reference.canonical());
        let (anew, known): (Vec<_>, Vec<_>) =
            images.iter().map(|(_, reference)| reference.clone()).partition(is_renewed);
        let mut results = resolver.images(&known, &|| progress.advance());
        let lock = self.lock.as_ref();
        results.extend(concurrently(&anew, |reference| {
            let locked = lock.and_then(|lock| lock.image(&reference.canonical()));
            let platforms: Vec<_> =
                locked.iter().flat_map(|image| &image.platforms).map(|(name, _)| name.clone()).collect();
            let result = resolver.image_anew(reference, &platforms);
            progress.advance();
            (reference.canonical(), result)
        }));
        let answers = images.into_iter().map(|(question, reference)| {
            let answer = match results.get(&reference.canonical()) {
                Some(Ok(image)) => {
                    self.resolved.insert(image.reference.clone(), locked(image));
                    let platforms = image.platforms.iter().map(|platform| platform.name.clone()).collect();
                    Answer::Image { digest: image.digest.clone(), platforms }
                }
                Some(Err(error)) => refused(error),
                None => Answer::Unknown,
            };
            (question, answer)
        });
        answers.collect()
    }

    fn ask_for_tags(
        &mut self,
        resolver: &Resolver,
        tags: &[ExactTag],
        progress: &Progress,
    ) -> BTreeMap<Question, Answer> {
        let results = concurrently(tags, |exact| {
            let candidates: Vec<_> = exact.candidate.iter().cloned().collect();
            let found = ImageReference::parse(&exact.reference).map(|reference| {
                let found = resolver.exact_version(&reference, &exact.platform, &candidates);
                found.and_then(|tag| Ok((tag, resolver.image(&reference)?)))
            });
            progress.advance();
            (exact.clone(), found)
        });
        let answers = results.into_iter().map(|(exact, found)| {
            let answer = match found {
                Ok(Ok((Some(tag), image))) => {
                    let locked = LockedImage { tag: Some(tag.clone()), ..locked(&image) };
                    self.resolved.insert(image.reference.clone(), locked);
                    Answer::Tag(tag)
                }
                Ok(Ok((None, _))) => {
                    let ExactTag { reference, platform, .. } = &exact;
                    Answer::Refused(format!(
                        "{reference}: no tag with a full version is proven to be the same image for {platform}"
                    ))
                }
                Ok(Err(error)) => refused(&error),
                Err(_) => Answer::Unknown,
            };
            (Question::ExactTag(exact), answer)
        });
        answers.collect()
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

    /// Writes what was learnt into the lock file, and drops from it what none of the files names any more if all were looked at.
    ///
    /// # Errors
    /// If the lock file is damaged or cannot be written.
    pub fn keep(&mut self, examined: &[Examined]) -> Result<(), Failure> {
        if !self.pins.load(Ordering::Relaxed) && self.resolved.is_empty() {
            return Ok(());
        }
        let used: BTreeSet<_> = examined.iter().flat_map(references).collect();
        let sees_all = self.sees_all(examined)?;
        let lock = self.open_lock()?;
        if sees_all {
            lock.keep_only(&used);
        }
        let resolved = std::mem::take(&mut self.resolved);
        let lock = self.open_lock()?;
        resolved.into_values().filter(|image| used.contains(&image.reference)).for_each(|image| lock.put(image));
        lock.write().map_err(|error| error.to_string())
    }

    /// Whether every Dockerfile that the lock file is for was read.
    fn sees_all(&mut self, examined: &[Examined]) -> Result<bool, Failure> {
        let is_read = |file: &Examined| !matches!(file.result, Examination::Failed { .. });
        let named: Vec<_> = self.files.paths.iter().filter_map(|path| std::path::absolute(path).ok()).collect();
        let changed_only = self.files.changed;
        let lock = self.open_lock()?;
        let folder = lock.path().parent().unwrap_or(Path::new("/"));
        let covers = named.iter().any(|path| path.is_dir() && folder.starts_with(path));
        Ok(covers && !changed_only && examined.iter().all(is_read))
    }

    fn open_lock(&mut self) -> Result<&mut Lock, Failure> {
        if self.lock.is_none() {
            let path = self.images.lock.clone().map_or_else(|| lock_path(self.files), Ok)?;
            self.lock = Some(Lock::open(path).map_err(|error| error.to_string())?);
        }
        self.lock.as_mut().ok_or_else(|| "the lock file is closed".to_owned())
    }

    /// A word of warning where something was decided by a catalogue that is no longer young.
    pub fn tell_age(&self, examined: &[Examined]) {
        let age_days = (self.today - self.catalogue.date()).get_days();
        let is_by_catalogue =
            |file: &Examined| changes(file).any(|change| transforms::reads_catalogue(change.transform));
        if age_days > CATALOGUE_AGE_DAYS && !self.files.quiet && examined.iter().any(is_by_catalogue) {
            let date = self.catalogue.date();
            tell(&format!(
                "note: the catalogue of official images is of {date}, {age_days} days old; `dockeropt catalogue --update FILE` takes a newer one"
            ));
        }
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
        resolved: image.fetched,
    }
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

/// The references in full that a file names in the end.
fn references(file: &Examined) -> Vec<String> {
    let text = match &file.result {
        Examination::Rewritten(rewritten) => &rewritten.outcome.after,
        _ => &file.source,
    };
    let file = Dockerfile::parse(text.as_slice());
    let uses = Build::of(&file).image_uses();
    let references = uses.into_iter().filter_map(|image| match image.named {
        Named::Image(reference) | Named::PossibleContext(reference) => Some(reference.canonical()),
        Named::Variable(argument) => argument.map(|argument| argument.reference.canonical()),
    });
    references.collect()
}

/// The nearest lock file above all files, or where a new one belongs: beside the configuration, or in the folder of the repository.
fn lock_path(files: &Files) -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().map_err(|error| error.to_string())?;
    let named = if files.is_standard_input() { files.stdin_filename.as_slice() } else { files.paths.as_slice() };
    let folders = named.iter().map(|path| {
        let path = here.join(path);
        if path.is_dir() { path } else { path.parent().map_or_else(|| here.clone(), Path::to_owned) }
    });
    let folders = folders.map(|folder| folder.canonicalize().unwrap_or(folder));
    let base = folders.reduce(|one, other| {
        let common = one.ancestors().find(|ancestor| other.starts_with(ancestor));
        common.map_or_else(|| here.clone(), Path::to_owned)
    });
    let base = base.unwrap_or(here);
    let holds = |folder: &Path, names: &[&str]| names.iter().any(|name| folder.join(name).exists());
    let existing = base.ancestors().find(|folder| holds(folder, &[LOCK_NAME]));
    let roots = [CONFIG_NAMES[0], CONFIG_NAMES[1], ".git"];
    let folder = existing.or_else(|| base.ancestors().find(|folder| holds(folder, &roots))).unwrap_or(&base);
    Ok(folder.join(LOCK_NAME))
}
