//! What is said around a Dockerfile, as far as it stands against another base image.

use serde_json::Value;

use super::{FACTS, lost};
use crate::known::Table;
use crate::programs::files;
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::ImageUse;
use crate::semantics::start::Part;
use crate::surroundings::{BuildContextBy, Place, Surroundings, programs};

/// What another image still has of the programs of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Nothing but the program that is shipped.
    Nothing,
    /// A shell, small tools of the system, and these.
    Shell(&'static [&'static str]),
    /// All but what the small variants of this official image lack.
    AllButLost(&'static str),
    /// All but what a table has under a key.
    AllBut(&'static Table, &'static str),
}

impl Kept {
    /// Whether `program`, by its name, is one of them.
    pub fn has(self, program: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Shell(others) => FACTS.has("tool beside every shell", program) || others.contains(&program),
            Self::AllButLost(image) => {
                !program.contains('$') && !program.ends_with(".sh") && !lost::is_lost(program, image)
            }
            Self::AllBut(table, key) => !program.contains('$') && !program.ends_with(".sh") && !table.has(key, program),
        }
    }
}

/// Why nobody can say who builds the Dockerfile, or who runs its image.
pub(crate) fn doubt(around: &Surroundings) -> Option<String> {
    if let BuildContextBy::Doubtful(because) = &around.context {
        return Some(because.clone());
    }
    around.unread.clone()
}

/// That `image` is what it is called, and no context that somebody gives in its place.
///
/// # Errors
/// Who does.
pub(crate) fn is_image(cx: &Context<'_>, image: &ImageUse<'_>) -> Result<(), String> {
    match cx.surroundings().and_then(|around| around.replaced(&image.text)) {
        Some(place) => Err(format!("`{place}` gives something else in place of `{}`", image.text)),
        None => Ok(()),
    }
}

/// All that somebody around needs of the image and another one, which has `kept` of its programs, may not have; each as a sentence.
pub(crate) fn wanted(cx: &Context<'_>, kept: Kept) -> Vec<String> {
    let Some(around) = cx.surroundings() else { return Vec::new() };
    let mut wanted: Vec<String> = doubt(around).into_iter().collect();
    wanted.extend(
        around
            .workplace()
            .map(|(place, because)| format!("`{place}`: {because}, so that anything of it may be needed")),
    );
    wanted.extend(around.contexts.iter().filter_map(|(name, place)| {
        let is_stage = cx.build.stages.iter().any(|stage| stage.name.as_deref() == Some(name));
        is_stage.then(|| format!("`{place}` gives something else in place of the stage `{name}`"))
    }));
    let own = Own::of(cx);
    wanted.extend(around.starts().filter_map(|start| {
        let words = own.words(start.entrypoint, start.command, kept)?;
        missing(cx, &own, (start.place, "starts"), &words, kept)
    }));
    wanted.extend(around.runs().filter_map(|(place, words)| missing(cx, &own, (place, "runs"), words, kept)));
    wanted
}

/// What `part` of the image's own start or health check runs that another image may not have; as the end of a sentence.
pub(crate) fn lacking(cx: &Context<'_>, part: &Part<'_>, kept: Kept) -> Option<String> {
    lacks(cx, &Own::of(cx), &words_of(part), kept, By::Image)
}

/// Who around installs packages of a distribution with the lists that the image has, by one of `managers`: updates nothing, and installs.
pub(crate) fn installs_with_lists<'c>(cx: &'c Context<'_>, managers: &[&str]) -> Option<&'c Place> {
    let around = cx.surroundings()?;
    let is_manager = |words: &[String]| programs(words).iter().any(|program| managers.contains(&program.as_str()));
    let updates = |words: &[String]| words.join(" ").split(' ').any(|word| word == "update");
    around.commands().find(|(_, words)| is_manager(words) && !updates(words)).map(|(place, _)| place)
}

/// The first program of `words` that is not in the other image.
fn missing(cx: &Context<'_>, own: &Own, (place, verb): (&Place, &str), words: &[String], kept: Kept) -> Option<String> {
    lacks(cx, own, words, kept, By::Others).map(|because| format!("`{place}` {verb} {because}"))
}

/// What of `words` takes the SDK of .NET.
fn of_sdk(words: &[String]) -> Option<String> {
    let texts: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    let is_it =
        |pair: &&[&str]| pair[0].rsplit('/').next() == Some("dotnet") && FACTS.has("verb of the SDK of .NET", pair[1]);
    texts.windows(2).find(is_it).map(|pair| pair.join(" "))
}

/// Who starts something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The image, in its own start or health check.
    Image,
    /// Somebody around, who may develop in it.
    Others,
}

fn lacks(cx: &Context<'_>, own: &Own, words: &[String], kept: Kept, by: By) -> Option<String> {
    if let Some(command) = of_sdk(words).filter(|_| matches!(kept, Kept::Shell(others) if others.contains(&"dotnet"))) {
        return Some(format!("`{command}` in this image, and the smaller one has no SDK"));
    }
    programs(words).into_iter().find_map(|program| {
        if program.contains('$') {
            return Some(format!("`{program}` in this image, which is only known then"));
        }
        let is_read = by == By::Image && matches!(kept, Kept::AllButLost(_));
        if is_read && FACTS.has("starts what a manifest says", &program) {
            let because = of_manifests(cx, kept).err()?;
            return Some(format!("`{program}` in this image, {because}"));
        }
        let is_own = kept == Kept::Nothing && own.program() == Some(program.as_str());
        let is_unseen =
            matches!(kept, Kept::AllButLost(_) | Kept::AllBut(..)) && FACTS.has("starts what a file says", &program);
        if is_own || (kept.has(&program) && !is_unseen) {
            return None;
        }
        match script(cx, &program, kept) {
            Some(Ok(())) => None,
            Some(Err(because)) => Some(format!("`{program}` in this image, {because}")),
            None => Some(format!("`{program}` in this image, and the smaller one may not have it")),
        }
    })
}

/// What a script of the build context needs, if it is one, and the other image has a shell for it.
fn script(cx: &Context<'_>, program: &str, kept: Kept) -> Option<Result<(), String>> {
    let name = program.rsplit('/').next().unwrap_or(program);
    if kept == Kept::Nothing || !name.contains('.') {
        return None;
    }
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return None };
    let path = all.iter().find(|path| path.rsplit('/').next() == Some(name))?;
    let text = files::texts(cx, &[path])?.remove(0);
    let started = programs(&["sh".to_owned(), "-c".to_owned(), text]);
    // What runs whatever a file says, may start anything.
    let is_unseen = |program: &str| FACTS.has("starts what a file says", program);
    Some(match started.into_iter().find(|it| (!kept.has(it) || is_unseen(it)) && !is_handed_on(it)) {
        None => Ok(()),
        Some(program) => Err(format!("and that starts `{program}`")),
    })
}

/// Most manifests whose scripts are read.
const MANIFESTS_MAX: usize = 20;

/// That the scripts of all manifests of the build context start nothing that the other image lacks: tools come as packages.
///
/// # Errors
/// What they may start.
fn of_manifests(cx: &Context<'_>, kept: Kept) -> Result<(), String> {
    let unknown = || "and what its scripts start is not known".to_owned();
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return Err(unknown()) };
    let is_manifest =
        |path: &&String| path.rsplit('/').next() == Some("package.json") && !path.contains("node_modules/");
    let paths: Vec<_> = all.iter().filter(is_manifest).map(String::as_str).collect();
    if paths.len() > MANIFESTS_MAX {
        return Err(unknown());
    }
    for text in files::texts(cx, &paths).ok_or_else(unknown)? {
        let manifest: Value = serde_json::from_str(&text).map_err(|_| unknown())?;
        let scripts = manifest.get("scripts").and_then(Value::as_object).into_iter().flatten();
        for script in scripts.filter_map(|(_, script)| script.as_str()) {
            let started = programs(&["sh".to_owned(), "-c".to_owned(), script.to_owned()]);
            let is_seen = |program: &String| {
                FACTS.has("starts what a manifest says", program)
                    || (kept.has(program) && !FACTS.has("starts what a file says", program))
            };
            if let Some(program) = started.iter().find(|program| !is_seen(program)) {
                return Err(format!("and a script of `package.json` starts `{program}`"));
            }
        }
    }
    Ok(())
}

/// `exec "$@"`: what is handed on is looked at by itself.
fn is_handed_on(program: &str) -> bool {
    program.contains("$@")
}

/// What the image itself starts.
struct Own {
    entrypoint: Option<Vec<String>>,
    command: Option<Vec<String>>,
}

impl Own {
    /// The name of the program that the image starts.
    fn program(&self) -> Option<&str> {
        let first = self.entrypoint.as_ref().or(self.command.as_ref())?.first()?;
        Some(first.rsplit('/').next().unwrap_or(first))
    }

    fn of(cx: &Context<'_>) -> Self {
        let Some(last) = cx.build.stages.len().checked_sub(1) else { return Self { entrypoint: None, command: None } };
        let start = cx.build.start(last);
        Self { entrypoint: start.entrypoint.as_ref().map(words_of), command: start.command.as_ref().map(words_of) }
    }

    /// What is started by somebody's words; `None` if that is what the image starts anyway. Where no shell is kept, one is asked for even to start the same.
    fn words(&self, entrypoint: Option<&[String]>, command: Option<&[String]>, kept: Kept) -> Option<Vec<String>> {
        let own = |words: &Option<Vec<String>>| words.clone().unwrap_or_default();
        let whole = [own(&self.entrypoint), own(&self.command)].concat();
        let started = match (entrypoint, command) {
            (Some(entrypoint), command) => [entrypoint, command.unwrap_or_default()].concat(),
            // Words behind the entry point are its arguments, or a program that it starts.
            // An option is nothing that could be started: an image without an entry point is not what is meant, or the base image has one.
            (None, Some(command)) if command.first().is_some_and(|word| word.starts_with('-')) => return None,
            (None, Some(command)) if self.entrypoint.is_none() => command.to_vec(),
            (None, Some(command)) => {
                return (own(&self.command) != command).then(|| command.to_vec());
            }
            (None, None) => return None,
        };
        let is_by_shell = kept == Kept::Nothing && plain(&started) != started.join(" ");
        (is_by_shell || (started != whole && plain(&started) != plain(&whole))).then_some(started)
    }
}

/// What a part of the image's own start says, as somebody around would write it.
fn words_of(part: &Part<'_>) -> Vec<String> {
    match part.script() {
        Some(script) => vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()],
        // What cannot be read is only known when it runs.
        None => part
            .line()
            .map_or_else(|_| vec!["$".to_owned()], |line| line.words.into_iter().map(|word| word.text).collect()),
    }
}

/// Words as one text, without the shell that is around them.
fn plain(words: &[String]) -> String {
    match words {
        [shell, option, text] if shell.ends_with("sh") && option == "-c" => text.trim().to_owned(),
        words => words.join(" "),
    }
}
