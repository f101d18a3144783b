//! `dockeropt.toml`: which transforms run, and how, with other choices for some paths.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use super::transform::{Merge, Options, Pin};
use crate::text::nearest;

/// The choices of a `dockeropt.toml`. They choose transforms; none of them runs a command or names a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Only these transforms run. A phase's name stands for all its transforms that are not opt-in.
    pub select: Option<Vec<String>>,
    /// These transforms do not run.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// These transforms, or those of a phase, run although they are opt-in.
    #[serde(default)]
    pub opt_in: Vec<String>,
    /// Only transforms run that preserve at least the image's behaviour.
    pub safe: Option<bool>,
    /// Which neighbouring RUNs are merged.
    pub merge: Option<Merge>,
    /// How exactly base images are named. `exact` and `digest` ask registries.
    pub pin: Option<Pin>,
    /// Files that are left alone: globs relative to the folder of this file.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Other choices for some paths; where several match, each adds to the one before it.
    #[serde(default)]
    pub overrides: Vec<Override>,
}

/// Choices for the files that match one of `paths`. What is not given is as above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Override {
    /// Globs relative to the folder of the file.
    pub paths: Vec<String>,
    pub select: Option<Vec<String>>,
    #[serde(default)]
    pub ignore: Vec<String>,
    #[serde(default)]
    pub opt_in: Vec<String>,
    pub safe: Option<bool>,
    pub merge: Option<Merge>,
    pub pin: Option<Pin>,
}

/// A configuration that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ConfigError {
    /// From 1.
    pub line: usize,
    pub message: String,
}

impl Config {
    /// Reads the text of a `dockeropt.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] for what is no TOML, has an unknown key (the nearest known one is named), or a bad glob.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            ConfigError { line, message: with_nearest_key(error.message()) }
        })?;
        let globs = config.exclude.iter().chain(config.overrides.iter().flat_map(|over| &over.paths));
        for glob in globs {
            if let Err(error) = Glob::new(glob) {
                let line = text.lines().position(|line| line.contains(glob.as_str())).map_or(1, |line| line + 1);
                return Err(ConfigError { line, message: error.to_string() });
            }
        }
        Ok(config)
    }

    /// Whether the file at `path`, relative to the folder of the configuration, is left alone.
    #[must_use]
    pub fn excludes(&self, path: &str) -> bool {
        globs(&self.exclude).is_match(path)
    }

    /// The configuration as it is for `path`, relative to the folder of the configuration: with its overrides worked in.
    #[must_use]
    pub fn for_path(&self, path: &str) -> Self {
        let mut config = Self { overrides: Vec::new(), ..self.clone() };
        for over in self.overrides.iter().filter(|over| globs(&over.paths).is_match(path)) {
            if over.select.is_some() {
                config.select.clone_from(&over.select);
            }
            config.ignore.extend(over.ignore.iter().cloned());
            config.opt_in.extend(over.opt_in.iter().cloned());
            config.safe = over.safe.or(config.safe);
            config.merge = over.merge.or(config.merge);
            config.pin = over.pin.or(config.pin);
        }
        config
    }

    #[must_use]
    pub fn options(&self) -> Options {
        Options { merge: self.merge.unwrap_or_default(), pin: self.pin.unwrap_or_default(), renew: false }
    }
}

fn globs(patterns: &[String]) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    patterns.iter().filter_map(|pattern| Glob::new(pattern).ok()).for_each(|glob| {
        builder.add(glob);
    });
    builder.build().unwrap_or_default()
}

/// Adds the nearest known key to serde's message about an unknown one.
fn with_nearest_key(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let Some(unknown) = names.next().filter(|_| message.starts_with("unknown field")) else {
        return message.to_owned();
    };
    match nearest(unknown, &names.collect::<Vec<_>>()) {
        Some(nearest) => format!("unknown key `{unknown}`, did you mean `{nearest}`?"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let error = Config::parse("safe = true\nignor = []\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2: unknown key `ignor`, did you mean `ignore`?");
    }

    #[test]
    fn overrides_add_up_in_order() {
        let text = "merge = 'all'\n[[overrides]]\npaths = ['legacy/**']\nignore = ['layers']\nsafe = true\n";
        let config = Config::parse(text).unwrap();
        let legacy = config.for_path("legacy/a/Dockerfile");
        assert_eq!((legacy.safe, legacy.merge), (Some(true), Some(Merge::All)));
        assert_eq!(legacy.ignore, ["layers"]);
        assert_eq!(config.for_path("Dockerfile").safe, None);
    }

    #[test]
    fn a_bad_glob_is_refused_with_its_line() {
        assert_eq!(Config::parse("safe = true\nexclude = ['a[']\n").unwrap_err().line, 2);
    }
}
