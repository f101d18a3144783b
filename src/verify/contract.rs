//! The configuration of an image: what it promises to those who start it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::judgement::Judgement;
use super::promise::Promise;
use crate::image::Config;
use crate::syntax::Keyword;

/// Judges every difference between two configurations.
pub(super) fn judge(before: &Config, after: &Config, promise: &Promise, judgement: &mut Judgement) {
    for (what, keyword, was, is) in settings(before, after) {
        if was == is {
            continue;
        }
        let sentence = format!("{what} was {was} and is {is}");
        let of_base = || promise.anything.filter(|_| !promise.said.has(keyword));
        match promise.of_instruction(keyword).or_else(of_base) {
            Some(transform) => judgement.expect(transform, sentence),
            None => judgement.violate(sentence),
        }
    }
    let [env_before, env_after] = [before, after].map(|config| config.env.iter().cloned().collect());
    pairs("the variable", Keyword::Env, &env_before, &env_after, promise, judgement);
    pairs("the label", Keyword::Label, &before.labels, &after.labels, promise, judgement);
}

/// Each setting by its name, with the instruction that sets it, before and after.
fn settings(before: &Config, after: &Config) -> Vec<(&'static str, Keyword, Value, Value)> {
    let both = |what, keyword, value: fn(&Config) -> Value| (what, keyword, value(before), value(after));
    vec![
        both("the platform", Keyword::From, |config| json!(format!("{}/{}", config.os, config.architecture))),
        both("ENTRYPOINT", Keyword::Entrypoint, |config| json!(config.entrypoint)),
        both("CMD", Keyword::Cmd, |config| json!(config.cmd)),
        both("the user", Keyword::User, |config| json!(config.user)),
        both("the working directory", Keyword::Workdir, |config| json!(folder(&config.working_dir))),
        both("EXPOSE", Keyword::Expose, |config| json!(config.exposed_ports)),
        both("VOLUME", Keyword::Volume, |config| json!(config.volumes)),
        both("the health check", Keyword::Healthcheck, |config| json!(config.healthcheck)),
        both("the stop signal", Keyword::Stopsignal, |config| json!(config.stop_signal)),
        both("SHELL", Keyword::Shell, |config| json!(config.shell)),
        both("ONBUILD", Keyword::Onbuild, |config| json!(config.on_build)),
        both("the author", Keyword::Maintainer, |config| json!(config.author.as_deref().unwrap_or_default())),
    ]
}

fn folder(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

/// Variables or labels. Those that the Dockerfile sets stay whatever is promised; those of a base image may change with it.
fn pairs(
    what: &str,
    keyword: Keyword,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    promise: &Promise,
    judgement: &mut Judgement,
) {
    for (name, was) in before {
        let sentence = match after.get(name) {
            None => format!("{what} {name}={} is gone", json!(was)),
            Some(is) if is != was => format!("{what} {name} was {} and is {}", json!(was), json!(is)),
            Some(_) => continue,
        };
        // A value may hold that of the base image: PATH=/app/bin:$PATH.
        let holds_more = after.contains_key(name) && name == "PATH";
        let is_of_base = !promise.said.names(keyword, name) || holds_more;
        match promise.anything.filter(|_| is_of_base) {
            Some(transform) => judgement.expect(transform, sentence),
            None => judgement.violate(sentence),
        }
    }
    for (name, is) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
        let sentence = format!("{what} {name}={} is new", json!(is));
        match promise.of_instruction(keyword).or(promise.anything) {
            Some(transform) => judgement.expect(transform, sentence),
            None => judgement.violate(sentence),
        }
    }
}
