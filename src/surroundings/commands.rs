//! Commands that build and run images, wherever a text has them: scripts, Makefiles, Jenkinsfiles, steps of pipelines.

use super::engines::{self, Of, Pair};
use super::words::{self, Variables};
use super::{Build, Deed, FACTS, Page, Spot, Whose};

/// Where commands stand in a text.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub text: &'t str,
    /// The number of its first line in the file.
    pub line: usize,
    /// The folder in which its commands run, from the root.
    pub folder: &'t str,
}

/// Reads every command about images in `text`.
pub(super) fn read(page: &mut Page<'_>, at: Text<'_>) {
    if !FACTS
        .of("program for images")
        .any(|engine| memchr::memmem::find(at.text.as_bytes(), engine.as_bytes()).is_some())
        && memchr::memmem::find(at.text.as_bytes(), b"DOCKER").is_none()
    {
        return;
    }
    let lines = words::logical_lines(at.text);
    let variables = Variables::of(&lines);
    for (number, line) in &lines {
        let trimmed = line.trim_start();
        if trimmed.starts_with('#') || trimmed.starts_with("//") {
            continue;
        }
        let line = variables.expand(line);
        for start in starts(&line) {
            let found = words::command(&line[start..]);
            command(page, at.line + number - 1, at.folder, &found);
        }
    }
}

/// Where the name of an engine stands as a command, or may.
fn starts(line: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let is_of_name = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        let before = line[..at].chars().next_back();
        // `$(DOCKER)`, `${DOCKER}` and `$DOCKER` are engines too.
        let is_variable = FACTS.has("variable with a program for images", word)
            && line[..at].trim_end_matches(['(', '{']).ends_with('$');
        let is_behind = before.is_none_or(|before| before.is_whitespace() || "\"'`(;&|@-/!{[".contains(before));
        if end > 0 && (is_variable || (is_behind && FACTS.has("program for images", word))) {
            starts.push(if is_variable { line[..at].rfind('$').unwrap_or(at) } else { at });
        }
        at += end.max(rest.chars().next().map_or(1, char::len_utf8));
    }
    starts
}

fn command(page: &mut Page<'_>, line: usize, folder: &str, words: &[String]) {
    let Some((engine, rest)) = words.split_first() else { return };
    if engine.ends_with("executor") {
        return kaniko(page, line, folder, rest);
    }
    let is_compose = engine.ends_with("compose") || engine.to_ascii_uppercase().contains("COMPOSE");
    if engine == "kubectl" {
        return kubectl(page, line, rest);
    }
    let (_, operands) = engines::options(rest, Of::Engine);
    let operands: Vec<_> = operands.into_iter().map(str::to_owned).collect();
    let operands: Vec<&str> = operands.iter().map(String::as_str).collect();
    let behind = |from: usize| operands[from..].iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    match operands.as_slice() {
        ["compose", ..] => {
            let behind = behind(1);
            let (_, operands) = engines::options(&behind, Of::Engine);
            compose(page, line, &operands);
        }
        _ if is_compose => compose(page, line, &operands),
        [group, "build" | "b", ..] if FACTS.has("group of commands with build", group) => {
            build(page, line, folder, &behind(2))
        }
        ["build" | "bud", ..] => build(page, line, folder, &behind(1)),
        ["container", "run" | "create", ..] => run(page, line, folder, &behind(2)),
        ["run" | "create", ..] => run(page, line, folder, &behind(1)),
        ["buildx", "bake", ..] => bake(page, line, &behind(2)),
        ["container", "exec", ..] => exec(page, line, &behind(2), Whose::Container),
        ["exec", ..] => exec(page, line, &behind(1), Whose::Container),
        _ => {}
    }
}

fn compose(page: &mut Page<'_>, line: usize, operands: &[&str]) {
    let behind: Vec<_> = operands.iter().skip(1).map(|word| (*word).to_owned()).collect();
    match operands.first() {
        Some(&"exec") => exec(page, line, &behind, Whose::Service),
        Some(&"run") => {
            let (pairs, operands) = engines::options(&behind, Of::Run);
            let Some((service, command)) = operands.split_first() else { return };
            used(page, (line, ""), &Whose::Service((*service).to_owned()), &pairs, command);
        }
        _ => {}
    }
}

/// `kubectl exec POD -- PROGRAM`
fn kubectl(page: &mut Page<'_>, line: usize, words: &[String]) {
    if !words.iter().any(|word| word == "exec") {
        return;
    }
    if let Some(at) = words.iter().position(|word| word == "--") {
        page.uses(line, &Whose::Any, Deed::Runs { words: words[at + 1..].to_vec(), is_check: false });
    }
}

fn build(page: &mut Page<'_>, line: usize, folder: &str, words: &[String]) {
    let (pairs, operands) = engines::options(words, Of::Build);
    let Some(context) = operands.first() else { return };
    let value =
        |names: &[&str]| pairs.iter().rev().find(|(name, _)| names.contains(name)).and_then(|(_, value)| *value);
    let values = |names: &'static [&'static str]| {
        pairs.iter().filter(move |(name, _)| names.contains(name)).filter_map(|(_, value)| *value)
    };
    let contexts =
        values(&["--build-context"]).filter_map(|value| value.split_once('=')).map(|(name, _)| name.to_owned());
    let (contexts, images) = (contexts.collect(), values(&["-t", "--tag"]).map(image_name).collect());
    let target = value(&["--target"]).map(str::to_owned);
    // Where a script is called is not seen; mostly that is its folder or the root.
    let build = page.placed(line, folder, context, value(&["-f", "--file"]));
    page.builds(Build { target, contexts, images, ..build });
}

/// `/kaniko/executor --context FOLDER --dockerfile FILE`. <https://github.com/chainguard-dev/kaniko>
fn kaniko(page: &mut Page<'_>, line: usize, folder: &str, words: &[String]) {
    let (pairs, _) = engines::options(words, Of::Build);
    let value = |names: &[&str]| pairs.iter().find(|(name, _)| names.contains(name)).and_then(|(_, value)| *value);
    let (Some(context), true) = (
        value(&["-c", "--context"]),
        value(&["-d", "--destination"]).or(value(&["--tar-path"])).is_some()
            || value(&["-f", "--dockerfile"]).is_some(),
    ) else {
        return;
    };
    let context = context.strip_prefix("dir://").unwrap_or(context);
    let within = value(&["--context-sub-path"]).map_or(context.to_owned(), |below| format!("{context}/{below}"));
    // The Dockerfile is looked for in the context first.
    let whose = page.built(line, folder, &within, value(&["-f", "--dockerfile"]), value(&["--target"]));
    if let (Whose::Build(index), Some(image)) = (whose, value(&["-d", "--destination"])) {
        page.said.builds[index].images.push(image_name(image));
    }
}

/// The name of an image without tag and digest.
pub(super) fn image_name(reference: &str) -> String {
    let name = reference.split('@').next().unwrap_or(reference);
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let end = name[slash..].find(':').map_or(name.len(), |at| slash + at);
    // A variable may hold the colon: `${NAME}:${TAG}` has it outside.
    if name[..end].matches('{').count() > name[..end].matches('}').count() {
        return name.to_owned();
    }
    name[..end].to_owned()
}

fn run(page: &mut Page<'_>, line: usize, folder: &str, words: &[String]) {
    let (pairs, operands) = engines::options(words, Of::Run);
    let Some((image, command)) = operands.split_first() else { return };
    if let Some(name) = pairs.iter().find_map(|(option, value)| value.filter(|_| *option == "--name")) {
        page.said.containers.push((name.to_owned(), image_name(image)));
    }
    let whose = Whose::Image(image_name(image));
    used(page, (line, folder), &whose, &pairs, command);
}

/// `bake --set '*.contexts.NAME=…'`: which target it is for, only bake knows.
fn bake(page: &mut Page<'_>, line: usize, words: &[String]) {
    let sets = words.iter().filter_map(|word| word.split_once('='));
    let keys = sets
        .flat_map(|(key, value)| if key == "--set" { value.split_once('=').map(|(key, _)| key) } else { Some(key) });
    let contexts: Vec<_> = keys.filter_map(named_context).collect();
    if !contexts.is_empty() {
        named_somewhere(page, line, contexts);
    }
}

/// `TARGET.contexts.NAME`
fn named_context(key: &str) -> Option<String> {
    key.split_once(".contexts.").map(|(_, name)| name.trim().to_owned())
}

/// Contexts that bake is given on the command line or by its action.
pub(super) fn named_somewhere(page: &mut Page<'_>, line: usize, contexts: Vec<String>) {
    let build = Build::of(page.place(line), Spot::Unknown, "", None);
    page.builds(Build { contexts, ..build });
}

/// What `set:` of the action for bake names, a line each.
pub(super) fn named_contexts(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.split_once('=')).filter_map(|(key, _)| named_context(key)).collect()
}

fn exec(page: &mut Page<'_>, line: usize, words: &[String], whose: impl Fn(String) -> Whose) {
    let (_, operands) = engines::options(words, Of::Run);
    let Some((container, command)) = operands.split_first() else { return };
    let words: Vec<_> = command.iter().map(|word| (*word).to_owned()).collect();
    if !words.is_empty() {
        page.uses(line, &whose((*container).to_owned()), Deed::Runs { words, is_check: false });
    }
}

fn used(page: &mut Page<'_>, (line, folder): (usize, &str), whose: &Whose, pairs: &[Pair<'_>], command: &[&str]) {
    let mut entrypoint = None;
    for (name, value) in pairs {
        let value = value.unwrap_or_default();
        match *name {
            "--entrypoint" => entrypoint = Some(vec![value.to_owned()]),
            "-u" | "--user" => page.uses(line, whose, Deed::User(value.to_owned())),
            "-w" | "--workdir" => page.uses(line, whose, Deed::Directory(value.to_owned())),
            "--privileged" if value != "false" => page.uses(line, whose, Deed::Right("privileged".to_owned())),
            right if FACTS.has("option that gives a right", right) => {
                page.uses(line, whose, Deed::Right(name.trim_start_matches('-').to_owned()));
            }
            "--env-file" => page.takes_variables(line, whose, folder, value),
            mount if value.contains(".sock") && FACTS.has("option that mounts", mount) => {
                page.uses(line, whose, Deed::Right(engines::ENGINE.to_owned()));
            }
            "-v" | "--volume" => {
                let mut parts = value.split(':');
                let target = match (parts.next(), parts.next()) {
                    (Some(_), Some(target)) => target,
                    (only, None) => only.unwrap_or_default(),
                    (None, Some(_)) => "",
                };
                if !parts.any(|option| option.split(',').any(|option| option == "ro")) {
                    page.uses(line, whose, Deed::Mounts(target.to_owned()));
                }
            }
            "--mount" => {
                let field = |names: &[&str]| {
                    value.split(',').find_map(|field| field.split_once('=').filter(|(name, _)| names.contains(name)))
                };
                let is_read_only =
                    value.split(',').any(|field| field.starts_with("readonly") || field.starts_with("ro"));
                let is_in_memory = field(&["type"]).is_some_and(|(_, kind)| kind == "tmpfs");
                if !is_read_only && !is_in_memory {
                    let target =
                        field(&["target", "dst"]).or_else(|| field(&["destination"])).map_or("", |(_, target)| target);
                    page.uses(line, whose, Deed::Mounts(target.to_owned()));
                }
            }
            "--health-cmd" => {
                let words = vec!["sh".to_owned(), "-c".to_owned(), value.to_owned()];
                page.uses(line, whose, Deed::Runs { words, is_check: true });
            }
            "-p" | "--publish" => page.uses(line, whose, Deed::Serves),
            "-e" | "--env" => {
                if let Some((name, value)) = value.split_once('=') {
                    page.uses(line, whose, Deed::Variable(name.to_owned(), value.to_owned()));
                }
            }
            _ => {}
        }
    }
    let command: Vec<_> = command.iter().map(|word| (*word).to_owned()).collect();
    let command = (!command.is_empty()).then_some(command);
    if entrypoint.is_some() || command.is_some() {
        page.uses(line, whose, Deed::Starts { entrypoint, command });
    }
}
