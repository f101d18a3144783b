//! Adds `--no-cache-dir` to `pip install`, so that what it fetches is not stored twice.

use std::cell::LazyCell;

use crate::known;
use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::commands::Command;
use crate::semantics::images::{self, Pip};
use crate::semantics::installs;
use crate::semantics::packages::{PIP, PackageCommand};
use crate::text::Edit;
use crate::transforms::caches::Cache;
use crate::transforms::cleanup::install;

pub(super) const TRANSFORM: Transform = Transform {
    id: "pip-no-cache",
    preserves: Preserves::Behavior,
    page: include_str!("pip_no_cache.md"),
    rules: &["DL3042"],
    effects: &[Effect::Files("~/.cache/pip/**")],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    if !cx.build.uses(&PIP) {
        return findings;
    }
    let mut renewed: Vec<(usize, String)> = Vec::new();
    let cache = Cache::of(&PIP);
    let readers = cache.readers(cx);
    let file = LazyCell::new(|| Said::of(cx));
    for command in cx.build.commands_of(&PIP) {
        let Some(package) = install(&command, &PIP) else { continue };
        let pip = program(&command, &package);
        let is_renewed = renewed.iter().any(|(stage, known)| {
            *known == pip && (*stage == command.run.stage || cx.build.is_based_on(command.run.stage, *stage))
        });
        if renews_pip(&package) && command.is_top_level() {
            renewed.push((command.run.stage, pip));
        }
        let is_off = || matches!(installs::cache(cx.build, &command), Some(Ok(installs::Cache::Off(_))));
        if is_off() || is_switched_off(cx, &command, &cache) || file.configures {
            continue;
        }
        let obstacle = cache.obstacle(cx, &command, &package, &readers);
        let obstacle = obstacle.or_else(|| readers.within(cx.build.index_of(command.run)));
        let too_old = || old_pip(cx, &command, &file, is_renewed).map(|because| (command.range(), because));
        match obstacle.or_else(too_old) {
            Some((range, because)) => findings.decline(range, because),
            None => findings.rewrite(
                "Keep the cache of `pip install` out of the layer",
                vec![Edit::insert(command.source_range(package.verb_word().range).end(), " --no-cache-dir")],
            ),
        }
    }
    findings
}

/// What the whole file says of pip.
struct Said {
    /// That it keeps no cache.
    configures: bool,
    installs_old: bool,
    /// By its own script, which brings the newest.
    installs_by_script: bool,
    /// From the distribution.
    installs_packaged: bool,
}

impl Said {
    fn of(cx: &Context<'_>) -> Self {
        let source = String::from_utf8_lossy(cx.file.source());
        let is_old = |version: &str| matches!(version.as_bytes(), [b'0'..=b'5', b'.', ..]);
        Self {
            configures: source.contains("global.no-cache-dir"),
            installs_old: source.match_indices("pip==").any(|(at, pin)| is_old(&source[at + pin.len()..])),
            installs_by_script: source.contains("get-pip.py"),
            installs_packaged: installs_packaged_pip(cx),
        }
    }
}

/// The words that start pip, as written.
fn program(command: &Command<'_>, package: &PackageCommand<'_>) -> String {
    package.program().iter().flat_map(|word| [command.text(word.range), " "]).collect()
}

/// Whether a variable or a deletion in the same RUN leaves no cache behind already.
fn is_switched_off(cx: &Context<'_>, command: &Command<'_>, cache: &Cache) -> bool {
    let says = |text: &str| known::CACHES.sign("pip sign of an emptying", text).is_some();
    cx.build.variable(command.run, "PIP_NO_CACHE_DIR").is_some()
        || command.run.text().is_some_and(says)
        || cache.is_deleted_in(command.run)
}

/// Whether the command leaves behind a pip of 6.0 or later.
fn renews_pip(package: &PackageCommand<'_>) -> bool {
    let newest = package.has_option("--upgrade") || package.has_option("-U");
    package.operands().filter_map(|word| word.literal.as_deref()).any(|operand| {
        let Some(version) = operand.strip_prefix("pip") else { return false };
        match version.strip_prefix("==").or_else(|| version.strip_prefix(">=")) {
            Some(number) => {
                number.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 6)
            }
            None => version.is_empty() && newest,
        }
    })
}

/// Why pip may be one before 6.0, which refuses the option.
fn old_pip(cx: &Context<'_>, command: &Command<'_>, file: &Said, is_renewed: bool) -> Option<String> {
    if file.installs_old {
        return Some("the file installs a pip that does not know `--no-cache-dir`".to_owned());
    }
    if is_renewed || file.installs_by_script {
        return None;
    }
    let image = cx.build.image_of(command.run.stage)?;
    match images::pip(image) {
        Pip::Recent => None,
        Pip::MayBeOld => Some(format!("the pip of `{image}` may be older than 6.0, which refuses `--no-cache-dir`")),
        Pip::Unknown if file.installs_packaged => Some(format!(
            "how old the distribution in `{image}` is cannot be told, and a pip before 6.0 refuses `--no-cache-dir`"
        )),
        Pip::Unknown => None,
    }
}

/// Whether the file takes pip from the distribution.
fn installs_packaged_pip(cx: &Context<'_>) -> bool {
    let is_pip = |name: &str| known::CACHES.has("pip package of a distribution", name);
    cx.build.commands().any(|command| {
        command.package_command().is_some_and(|package| {
            package.installs() && package.operands().any(|word| word.literal.as_deref().is_some_and(is_pip))
        })
    })
}
