//! Leaves out of the build context, by `.dockerignore`, the git repository, packages that the build installs anew, and what tools keep for themselves.

mod copies;
mod packages;
mod repository;

use self::copies::{context_copies, paths};
use crate::known::{Known, Table, table};
use crate::rewrite::{Answer, Context, Effect, Findings, Obstacle, Obstacles, Preserves, Question, Transform};
use crate::semantics::{Copied, Source, Taken};
use crate::transforms::ignoring::{IgnoreFile, ignore_file, is_left_out};

pub(super) const TRANSFORM: Transform = Transform {
    id: "write-dockerignore",
    preserves: Preserves::Intent,
    page: include_str!("write_dockerignore.md"),
    effects: &[
        Effect::Files("/**/.git/**"),
        Effect::Files("/**/node_modules/**"),
        Effect::Files("/**/*.dockerignore"),
        Effect::Files("/**/{venv,.venv}/**"),
        Effect::Files("/**/__pycache__/**"),
        Effect::Files(
            "/**/{coverage,htmlcov,.idea,.vscode,.vs,.tox,.nox,.nyc_output,.hypothesis,.ipynb_checkpoints}/**",
        ),
        Effect::Files("/**/{.pytest_cache,.mypy_cache,.ruff_cache}/**"),
        Effect::Files("/**/{npm-debug,yarn-error,yarn-debug}.log"),
    ],
    is_deep: true,
    rewrite,
    ..Transform::PLAIN
};

const REPOSITORY: &str = ".git";
const PACKAGES: &str = "node_modules";

static FACTS: Table = table!("facts.txt");

/// What tools keep for themselves: too little for a file of its own, so it comes with the others.
const LITTER: Known = FACTS.expect("left by tools");

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let copies = match context_copies(cx) {
        Ok(copies) => copies,
        Err((range, because)) => {
            let is_there = |folder: &&str| is_in_context(cx, folder);
            if let Some(folder) = [REPOSITORY, PACKAGES].iter().find(|folder| is_there(folder)) {
                findings.decline(range, format!("{because}, so who reads `{folder}` is not known"));
            }
            return findings;
        }
    };
    let (mut entries, mut about) = (Vec::new(), None);
    let wanted = |path: &String| is_in_context(cx, path) || (path != REPOSITORY && packages::is_to_come(cx, path));
    let present: Vec<_> = candidates(&copies).into_iter().filter(wanted).collect();
    let environments = environments(cx, &copies);
    if !present.is_empty() || !environments.is_empty() {
        ask(cx);
    }
    for path in present.into_iter().chain(environments) {
        let Some(copy) = copies.iter().find(|copy| copy.takes(&path) != Taken::No) else { continue };
        let mut obstacles = Obstacles::default();
        obstacles.add(by_name(&copies, &path));
        match &path {
            path if path == REPOSITORY => obstacles.note(repository::readers(cx, &copies).or(())),
            path if path.ends_with(PACKAGES) => obstacles.note(packages::kept(cx, &copies, path).map_or(Ok(()), Err)),
            _ => None,
        };
        if obstacles.is_empty() {
            about.get_or_insert(copy.instruction.text_range());
            entries.push(path);
        } else if is_in_context(cx, &path) {
            findings.decline_all(obstacles);
        }
    }
    let Some(about) = about else { return findings };
    match ignore_file(cx) {
        Ok(file) => {
            entries.retain(|entry| !is_left_out(cx, entry));
            if entries.is_empty() {
                return findings;
            }
            let title = title(cx, &entries, &file);
            entries.extend(litter(cx, &copies));
            // The new file itself is none that the image had.
            if file.before.is_none() && copies.iter().any(|copy| copy.takes(".dockerignore") == Taken::With) {
                entries.push(file.itself.to_owned());
            }
            findings.companion(title, file.with(cx, &entries, about));
        }
        Err(because) => findings.decline(about, because),
    }
    findings
}

/// What is left out, and how much that is, if somebody has weighed it.
fn title(cx: &Context<'_>, entries: &[String], file: &IgnoreFile) -> String {
    let named: Vec<_> = entries.iter().map(|path| format!("`{path}`")).collect();
    let title = format!("Leave {} out of the build by `{}`", named.join(" and "), file.path);
    match cx.facts.answer(Question::ContextBytes(entries.to_vec())) {
        Answer::Bytes { all, of_these } if *of_these > 0 => {
            format!("{title}: {} of build context instead of {}", shown(all - of_these), shown(*all))
        }
        _ => title,
    }
}

fn shown(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// What is worth to be left out, at the places where a folder is copied from: what has an ending is a file.
fn candidates(copies: &[Copied<'_>]) -> Vec<String> {
    let mut packages: Vec<_> = folders(copies).map(|source| inside(&source, PACKAGES)).collect();
    packages.sort_unstable();
    packages.dedup();
    std::iter::once(REPOSITORY.to_owned()).chain(packages).collect()
}

/// The folders that are copied, as far as they are written out.
fn folders(copies: &[Copied<'_>]) -> impl Iterator<Item = String> {
    let is_plain = |source: &str| source.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    let has_ending = |source: &str| source.rsplit('/').next().is_some_and(|name| name.rfind('.') > Some(0));
    let sources = copies.iter().flat_map(paths).map(Source::path);
    sources.filter(move |source| is_plain(source) && !has_ending(source)).map(|source| source.into_owned())
}

/// The environments of Python that are copied, where nothing in the Dockerfile speaks of one: they have the paths of whoever made them.
fn environments(cx: &Context<'_>, copies: &[Copied<'_>]) -> Vec<String> {
    if !folders(copies).any(|folder| folder.is_empty()) || said(cx).contains("venv") {
        return Vec::new();
    }
    let Answer::Paths(files) = cx.facts.answer(Question::ContextFiles) else { return Vec::new() };
    let mark = |file: &&String| file.strip_suffix("/pyvenv.cfg").is_some_and(|folder| !folder.contains('/'));
    files.iter().filter(mark).filter_map(|file| Some(file.split('/').next()?.to_owned())).collect()
}

fn inside(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Asks for all that is needed at once: the world is asked a few times only.
fn ask(cx: &Context<'_>) {
    let litter = LITTER.values().map(|name| Question::ContextEntry(name.to_owned()));
    cx.facts.want(litter.chain([Question::IgnoreFiles, Question::ContextFiles]));
}

/// Whether the build gets something at `path` today.
fn is_in_context(cx: &Context<'_>, path: &str) -> bool {
    matches!(cx.facts.answer(Question::ContextEntry(path.to_owned())), Answer::Directory | Answer::File { .. })
}

/// The instruction that takes `path` by its name: who names it wants it.
fn by_name(copies: &[Copied<'_>], path: &str) -> Option<Obstacle> {
    let copy = copies.iter().find(|copy| copy.takes(path) == Taken::ByName)?;
    Some((copy.instruction.text_range(), format!("it may be meant to take `{path}`")))
}

fn said(cx: &Context<'_>) -> String {
    String::from_utf8_lossy(cx.file.source()).into_owned()
}

/// What tools have left in what is copied, and nothing speaks of.
fn litter(cx: &Context<'_>, copies: &[Copied<'_>]) -> Vec<String> {
    let source = said(cx);
    let is_unnamed = |name: &&str| !source.contains(*name) && by_name(copies, name).is_none();
    let named = LITTER.values().filter(is_unnamed).filter(|name| is_in_context(cx, name)).map(str::to_owned);
    let Answer::Paths(files) = cx.facts.answer(Question::ContextFiles) else { return named.collect() };
    let has = |report: &&str| files.iter().any(|file| file == report);
    let report = FACTS.of("report of tests").find(has).and_then(|report| report.split('/').next()).filter(is_unnamed);
    let has_bytecode = files.iter().any(|file| file.split('/').any(|part| part == "__pycache__"));
    let bytecode = (has_bytecode && !source.contains("__pycache__")).then(|| "**/__pycache__".to_owned());
    named.chain(report.map(str::to_owned)).chain(bytecode).collect()
}
