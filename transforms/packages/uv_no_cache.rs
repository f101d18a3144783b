//! Adds `--no-cache` to installs with uv, so that what it fetches is not stored twice.

use std::cell::LazyCell;

use crate::programs::files;
use crate::rewrite::{Answer, Context, Effect, Findings, Preserves, Question, Transform};
use crate::semantics::installs;
use crate::semantics::packages::UV;
use crate::text::Edit;
use crate::transforms::caches::Cache;
use crate::transforms::cleanup::install;

pub(super) const TRANSFORM: Transform = Transform {
    id: "uv-no-cache",
    preserves: Preserves::Behavior,
    page: include_str!("uv_no_cache.md"),
    effects: &[Effect::Files("~/.cache/uv/**")],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    if !cx.build.uses(&UV) {
        return findings;
    }
    let cache = Cache::of(&UV);
    let readers = cache.readers(cx);
    let links = LazyCell::new(|| links_to_cache(cx));
    for command in cx.build.commands_of(&UV) {
        let Some(package) = install(&command, &UV) else { continue };
        let run = command.run;
        let is_off = matches!(installs::cache(cx.build, &command), Some(Ok(installs::Cache::Off(_))));
        let is_set = cx.build.variable(run, "UV_NO_CACHE").is_some()
            || run.text().is_some_and(|text| text.contains("UV_NO_CACHE"));
        let cleans = run.text().is_some_and(|text| text.contains("uv cache"));
        if is_off || is_set || cleans || cache.is_deleted_in(run) {
            continue;
        }
        match cache.obstacle(cx, &command, &package, &readers) {
            Some((range, because)) => findings.decline(range, because),
            None if links.is_some() => findings.decline(command.range(), links.clone().unwrap_or_default()),
            None => findings.rewrite(
                format!("Keep the cache of `uv {}` out of the layer", package.verb()),
                vec![Edit::insert(command.source_range(package.verb_word().range).end(), " --no-cache")],
            ),
        }
    }
    findings
}

/// Why what is installed may be links into the cache, which uv refuses to make without one: a setting of the project, or one that the file writes.
fn links_to_cache(cx: &Context<'_>) -> Option<String> {
    if makes_links(&String::from_utf8_lossy(cx.file.source())) {
        return Some("the file sets `link-mode` to links into the cache".to_owned());
    }
    let Answer::Paths(paths) = cx.facts.answer(Question::ContextFiles) else { return None };
    let is_settings = |path: &&str| matches!(path.rsplit('/').next(), Some("pyproject.toml" | "uv.toml"));
    let settings: Vec<_> = paths.iter().map(String::as_str).filter(is_settings).collect();
    let Some(texts) = files::texts(cx, &settings) else { return Some("the settings of uv are not known".to_owned()) };
    let (path, _) = settings.iter().zip(&texts).find(|(_, text)| makes_links(text))?;
    Some(format!("`{path}` sets `link-mode` to links into the cache"))
}

fn makes_links(text: &str) -> bool {
    let lines = text.lines().map(|line| line.trim_start()).filter(|line| !line.starts_with('#'));
    lines.into_iter().any(|line| {
        let value = line.split_once("link-mode").map(|(_, value)| value.trim_start_matches([' ', '"', '\'']));
        value.is_some_and(|value| value.starts_with('=') && value.contains("symlink"))
    })
}
