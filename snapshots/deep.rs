//! What transforms that change how an image runs make of the corpus, judged by a reading of the lines of its own.

mod material;

use std::collections::BTreeMap;

use dockeropt::rewrite::{Chain, Facts, Options};
use dockeropt::transforms;
use material::say;
use rayon::prelude::*;

/// Words that no file may have that is changed: a supervisor, a daemon, what gives up rights, the home of root, volumes.
const HARD: &[&str] = &[
    "gosu",
    "su-exec",
    "setpriv",
    "supervisor",
    "s6-",
    "dumb-init",
    "tini",
    "systemd",
    "cron",
    "sshd",
    "nginx",
    "apache2",
    "httpd",
    "php-fpm",
    "haproxy",
    "/root",
    "\nvolume",
    "docker.sock",
    "iptables",
    "onbuild",
];

/// The lines of the last stage, continuations joined, without comments and blanks around.
fn last_stage(text: &str) -> Vec<String> {
    let plain = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n");
    let joined = plain.replace("\\\r\n", " ").replace("\\\n", " ");
    let lines: Vec<_> = joined.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    let from = lines.iter().rposition(|line| keyword(line) == "FROM").unwrap_or(0);
    lines[from..].to_vec()
}

fn keyword(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase()
}

fn said(stage: &[String], names: &[&str]) -> Vec<String> {
    stage.iter().filter(|line| names.contains(&keyword(line).as_str())).cloned().collect()
}

/// What is wrong with a change from `before` to `after`.
fn violation(before: &str, after: &str) -> Option<String> {
    let (old, new) = (last_stage(before), last_stage(after));
    let lower = format!("\n{}\n", old.join("\n").to_ascii_lowercase());
    if let Some(sign) = HARD.iter().find(|sign| lower.contains(*sign)) {
        return Some(format!("has {}", sign.trim()));
    }
    for line in said(&old, &["EXPOSE"]) {
        let ports = line.split(|c: char| !c.is_ascii_digit()).filter_map(|port| port.parse::<u32>().ok());
        if ports.into_iter().any(|port| port < 1024) {
            return Some("has a low port".to_owned());
        }
    }
    if said(&old, &["CMD", "ENTRYPOINT"]).is_empty() {
        return Some("starts nothing".to_owned());
    }
    const KEPT: &[&str] = &["CMD", "ENTRYPOINT", "EXPOSE", "VOLUME", "STOPSIGNAL", "WORKDIR", "ENV"];
    if said(&old, KEPT) != said(&new, KEPT) {
        return Some("says something else".to_owned());
    }
    let users = said(&new, &["USER"]);
    let is_number = |user: &String| {
        user.split_whitespace()
            .nth(1)
            .is_some_and(|user| user.parse::<u32>().is_ok_and(|id| id > 0) || user == "$APP_UID")
    };
    if users.len() != 1 || !users.iter().all(is_number) {
        return Some(format!("has the users {users:?}"));
    }
    let at = new.iter().position(|line| keyword(line) == "USER")?;
    new[at..]
        .iter()
        .any(|line| ["RUN", "WORKDIR"].contains(&keyword(line).as_str()))
        .then(|| "runs something behind USER".to_owned())
}

#[test]
fn a_user_is_given_only_where_nothing_speaks_against_it() {
    let Some(folder) = material::folder_or_skip("users of the corpus") else { return };
    let corpus = material::corpus(&folder);
    let chain = Chain { transforms: vec![transforms::named("non-root-user").unwrap()], options: Options::default() };
    let outcomes: Vec<_> = corpus
        .par_iter()
        .map(|file| {
            let outcome = chain.run(&file.text, &Facts::default()).unwrap();
            assert!(outcome.unstable.is_empty(), "{}: {:?}", file.id, outcome.unstable);
            (file, outcome)
        })
        .collect();
    let mut reasons = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    let mut changed = 0;
    for (file, outcome) in &outcomes {
        for declined in &outcome.declined {
            // What is quoted differs from file to file.
            let quoted = declined.value.because.split('`').enumerate();
            let reason: Vec<_> = quoted.map(|(at, part)| if at % 2 == 1 { "…" } else { part }).collect();
            *reasons.entry(reason.concat()).or_default() += 1;
        }
        if !outcome.is_changed() {
            continue;
        }
        changed += 1;
        if let Some(folder) = std::env::var_os("DOCKEROPT_CHANGED") {
            std::fs::write(std::path::Path::new(&folder).join(&file.id), &outcome.after).unwrap();
        }
        let (before, after) = (String::from_utf8_lossy(&file.text), String::from_utf8_lossy(&outcome.after));
        wrong.extend(violation(&before, &after).map(|because| format!("{}: {because}", file.id)));
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    say(&format!("non-root-user: {changed} of {} files changed", corpus.len()));
    for (reason, count) in reasons.iter().take(10) {
        say(&format!("{count:5} {reason}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
