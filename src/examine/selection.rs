//! Which transforms run for which file: configuration and command line put together.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::options::ChainChoice;
use super::{Failure, shown};
use crate::rewrite::{Chain, Config, Preserves, Transform, scanners};
use crate::text::nearest;
use crate::transforms;

/// Names a configuration goes by, the first one found counts.
pub const CONFIG_NAMES: [&str; 2] = ["dockeropt.toml", ".dockeropt.toml"];

/// Finds the configuration of files and makes their chains. Each configuration is read once.
pub struct Chains<'a> {
    choice: &'a ChainChoice,
    /// Whether digests are moved.
    renew: bool,
    caution: Caution,
    /// The folder above which no configuration is looked for.
    root: Option<&'a Path>,
    /// By folder, or by the path of the one that the command line names; `None` for a folder with no configuration of its own.
    read: Mutex<HashMap<PathBuf, Option<Located>>>,
    /// Rules that other tools are told to pass over, by folder, each with the file that says so.
    passed_over: Mutex<HashMap<PathBuf, Arc<[PassedOver]>>>,
}

/// A rule, and the settings that switch it off.
type PassedOver = (String, PathBuf);

/// A configuration and the folder that its globs are relative to.
#[derive(Clone)]
struct Located {
    folder: PathBuf,
    config: Config,
}

/// What is to be done with a file.
pub enum Choice {
    Run(Chain),
    /// The configuration excludes the file; this is what would run if it were named all the same.
    Excluded(Chain),
}

/// How much of what is not asked for by name may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caution {
    /// Everything that is not opt-in.
    Normal,
    /// Only what preserves behaviour, as befits a formatter, unless the configuration says otherwise.
    Editor,
}

impl<'a> Chains<'a> {
    /// # Errors
    /// If the command line names a transform that does not exist.
    pub fn new(choice: &'a ChainChoice, renew: bool, caution: Caution) -> Result<Self, Failure> {
        let named = choice.select.iter().flatten().chain(&choice.ignore).chain(&choice.opt_in);
        named.map(String::as_str).try_for_each(known)?;
        Ok(Self { choice, renew, caution, root: None, read: Mutex::default(), passed_over: Mutex::default() })
    }

    /// The same without the configuration of folders above `root`, which is absolute.
    pub fn within(self, root: &'a Path) -> Self {
        Self { root: Some(root), ..self }
    }

    /// The chain for the file at `path`.
    ///
    /// # Errors
    /// If its configuration cannot be used; the sentence names file and line.
    pub fn of(&self, path: &Path) -> Result<Choice, Failure> {
        let passed_over = self.passed_over(path)?;
        Ok(match self.chosen(path)? {
            Choice::Run(chain) => Choice::Run(self.without(chain, &passed_over)),
            Choice::Excluded(chain) => Choice::Excluded(self.without(chain, &passed_over)),
        })
    }

    /// `chain` without what does the same as a rule that is passed over, but for what the command line names.
    fn without(&self, mut chain: Chain, passed_over: &[PassedOver]) -> Chain {
        let named = self.choice.select.iter().flatten().chain(&self.choice.opt_in);
        let is_named = |transform: &Transform| named.clone().any(|name| name == transform.id);
        let is_off =
            |transform: &Transform| passed_over.iter().any(|(rule, _)| transform.rules.contains(&rule.as_str()));
        chain.transforms.retain(|transform| is_named(transform) || !is_off(transform));
        chain
    }

    /// The rules that settings of other tools switch off for the file at `path`, each with those settings; they are looked for up to the root of the
    /// repository.
    ///
    /// # Errors
    /// If they cannot be read; the sentence names the file.
    fn passed_over(&self, path: &Path) -> Result<Arc<[PassedOver]>, Failure> {
        if self.choice.no_config {
            return Ok(Arc::default());
        }
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().unwrap_or(&path);
        if let Some(known) = self.passed_over.lock().ok().and_then(|known| known.get(folder).cloned()) {
            return Ok(known);
        }
        let mut found = Vec::new();
        for folder in folder.ancestors() {
            for file in scanners::settings().map(|name| folder.join(name)).filter(|file| is_small_file(file)) {
                let text =
                    std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", shown(&file).display()))?;
                let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                // What its own tool cannot read either is for that to say.
                let rules = scanners::switched_off(name, &text).unwrap_or_default();
                found.extend(rules.into_iter().map(|rule| (rule, file.clone())));
            }
            if self.root == Some(folder) || folder.join(".git").exists() {
                break;
            }
        }
        let found: Arc<[PassedOver]> = found.into();
        if let Ok(mut known) = self.passed_over.lock() {
            known.insert(folder.to_owned(), Arc::clone(&found));
        }
        Ok(found)
    }

    /// What configuration and command line say of the file at `path`.
    fn chosen(&self, path: &Path) -> Result<Choice, Failure> {
        let Some(Located { folder, config }) = self.config_of(path)? else {
            return Ok(Choice::Run(self.chain(&Config::default())));
        };
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let relative = path.strip_prefix(&folder).unwrap_or(&path).to_string_lossy().into_owned();
        let chain = self.chain(&config.for_path(&relative));
        Ok(if config.excludes(&relative) { Choice::Excluded(chain) } else { Choice::Run(chain) })
    }

    /// Whether the command line by itself, whatever a configuration says, asks registries.
    pub fn asks_registries(&self) -> bool {
        self.chain(&Config::default()).asks_registries()
    }

    /// The transforms that configuration and command line together choose.
    fn chain(&self, config: &Config) -> Chain {
        let choice = self.choice;
        let select = choice.select.as_ref().or(config.select.as_ref());
        let ignore: Vec<_> = config.ignore.iter().chain(&choice.ignore).collect();
        let opt_in: Vec<_> = config.opt_in.iter().chain(&choice.opt_in).collect();
        let strict = choice.safe || config.safe == Some(true);
        let careful = self.caution == Caution::Editor && config.safe.is_none();
        let mut options = config.options();
        options.merge = choice.merge.unwrap_or(options.merge);
        options.pin = choice.pin.unwrap_or(options.pin);
        options.renew = self.renew;
        let asks_by_option = choice.pin.is_some() || self.renew;
        let runs = |phase: &str, transform: &Transform| {
            let is = |name: &String| name == transform.id || name == phase;
            let named = select.is_some_and(|select| select.iter().any(|name| name == transform.id))
                || opt_in.iter().any(|name| is(name))
                || ((transform.is_asked_for)(&options) && (select.is_none() || asks_by_option));
            let chosen = select.is_none_or(|select| select.iter().any(is)) && !transform.opt_in;
            let is_safe = transform.preserves <= Preserves::Behavior;
            (named || (chosen && (is_safe || !careful))) && (is_safe || !strict) && !ignore.iter().any(|name| is(name))
        };
        let transforms = transforms::all().filter(|(phase, transform)| runs(phase.name, transform));
        Chain { transforms: transforms.map(|(_, transform)| transform).collect(), options }
    }

    fn config_of(&self, path: &Path) -> Result<Option<Located>, Failure> {
        if self.choice.no_config {
            return Ok(None);
        }
        if let Some(named) = &self.choice.config {
            let folder = std::env::current_dir().unwrap_or_default();
            return self.once(named, || self.read(named, &folder).map(Some));
        }
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        for folder in path.ancestors().skip(1) {
            if let Some(located) = self.in_folder(folder)? {
                return Ok(Some(located));
            }
            if self.root == Some(folder) {
                break;
            }
        }
        Ok(None)
    }

    fn in_folder(&self, folder: &Path) -> Result<Option<Located>, Failure> {
        self.once(folder, || {
            let file = CONFIG_NAMES.iter().map(|name| folder.join(name)).find(|file| file.is_file());
            file.map(|file| self.read(&file, folder)).transpose()
        })
    }

    /// What `read` gives for `place`, which is a configuration named or a folder; it is asked once.
    fn once(
        &self,
        place: &Path,
        read: impl FnOnce() -> Result<Option<Located>, Failure>,
    ) -> Result<Option<Located>, Failure> {
        if let Some(known) = self.read.lock().ok().and_then(|read| read.get(place).cloned()) {
            return Ok(known);
        }
        let located = read()?;
        if let Ok(mut read) = self.read.lock() {
            read.insert(place.to_owned(), located.clone());
        }
        Ok(located)
    }

    fn read(&self, file: &Path, folder: &Path) -> Result<Located, Failure> {
        let shown = shown(file).display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
        let config = Config::parse(&text).map_err(|error| format!("{shown}:{}: {}", error.line, error.message))?;
        let named = config.select.iter().flatten().chain(&config.ignore).chain(&config.opt_in);
        let overrides = config
            .overrides
            .iter()
            .flat_map(|over| over.select.iter().flatten().chain(&over.ignore).chain(&over.opt_in));
        for name in named.chain(overrides) {
            known(name).map_err(|error| {
                let line = text.lines().position(|line| line.contains(name.as_str())).map_or(1, |line| line + 1);
                format!("{shown}:{line}: {error}")
            })?;
        }
        Ok(Located { folder: folder.to_owned(), config })
    }
}

/// Whether there is a file of its own at `path`, no larger than people write settings.
fn is_small_file(path: &Path) -> bool {
    const BYTES_MAX: u64 = 1 << 20;
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() <= BYTES_MAX)
}

/// # Errors
/// If neither a transform nor a phase is called `name`.
fn known(name: &str) -> Result<(), Failure> {
    let names: Vec<_> = transforms::all().flat_map(|(phase, transform)| [phase.name, transform.id]).collect();
    if names.contains(&name) {
        return Ok(());
    }
    let suggestion = nearest(name, &names).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    Err(format!("there is no transform or phase `{name}`{suggestion}"))
}
