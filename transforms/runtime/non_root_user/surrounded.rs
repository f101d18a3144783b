//! What is said around a Dockerfile, as far as it stands against another user for its program.

use super::{FACTS, is_root, signs};
use crate::bases::around::doubt;
use crate::rewrite::{Answer, Context, Question};
use crate::surroundings::{Deed, Surroundings, Use, programs};

/// All that somebody around asks of the container which only root can do, or which belongs to somebody of the host; each as a sentence. `own` are the folders of the program.
pub(super) fn obstacles(cx: &Context<'_>, program: &str, own: &[String]) -> Vec<String> {
    let Some(around) = cx.surroundings() else { return Vec::new() };
    let of_uses = around.uses.iter().filter_map(|it| of_use(around, it, program, own));
    doubt(around).into_iter().chain(of_uses).collect()
}

/// That people are told to mount a folder of the host where the program writes; as a sentence.
pub(super) fn told_to_mount(cx: &Context<'_>) -> Option<String> {
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return None };
    let is_told = |line: &str| {
        let line = line.trim().to_ascii_lowercase();
        FACTS.of("program for containers").any(|program| line.contains(&format!("{program} run")))
            && FACTS.sign("option that mounts a folder", &line).is_some()
    };
    all.iter().filter(|path| !path.contains('/') && path.to_ascii_lowercase().ends_with(".md")).find_map(|path| {
        let Answer::Text(text) = cx.facts.answer(Question::ContextFile(path.clone())) else { return None };
        let text = String::from_utf8_lossy(text).replace("\\\n", " ");
        text.lines().any(is_told).then(|| format!("`{path}` has a folder mounted, which may belong to another user"))
    })
}

fn of_use(around: &Surroundings, it: &Use, program: &str, own: &[String]) -> Option<String> {
    let Use { place, deed, .. } = it;
    match deed {
        Deed::Action => Some(format!("`{place}`: GitHub runs the image as an action, which has to be root")),
        Deed::Workplace(because) => Some(format!("`{place}`: {because}, and may need root there")),
        Deed::User(user) => {
            let name = user.split(':').next().unwrap_or_default();
            (is_root(name) || name.contains('$')).then(|| format!("`{place}` runs the container as `{user}`"))
        }
        Deed::Right(right) => Some(format!("`{place}` gives the container `{right}`, which is for root")),
        Deed::Mounts(_) if has_user(around, it) => None,
        Deed::Mounts(target) => {
            Some(format!("`{place}` mounts a folder at `{target}`, which may belong to another user"))
        }
        Deed::Starts { .. } if FACTS.has("file of those who never run as root", &place.path) => None,
        Deed::Starts { entrypoint, command } => {
            let words = [entrypoint.as_deref().unwrap_or_default(), command.as_deref().unwrap_or_default()].concat();
            // Words behind the entry point of the image are its arguments.
            let is_arguments = entrypoint.is_none() && words.first().is_some_and(|word| word.starts_with('-'));
            if let Some(port) = words.iter().find_map(|word| signs::low_port(word)) {
                return Some(format!("`{place}` starts the program with `{port}`, which may be a port for root alone"));
            }
            if is_arguments { None } else { beside(&words, program).map(|other| format!("`{place}` starts {other}")) }
        }
        Deed::Runs { is_check: true, .. } => None,
        Deed::Runs { words, .. } => beside(words, program).map(|other| format!("`{place}` runs {other}")),
        Deed::Serves | Deed::Directory(_) | Deed::VariablesOf(_) => None,
        Deed::Variable(name, value) => {
            let because = signs::of_variable(name, value, own)?;
            Some(format!("`{place}` sets `{name}`: {because}"))
        }
    }
}

/// The first program of `words` that may need root.
fn beside(words: &[String], program: &str) -> Option<String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let other = programs(words).into_iter().find(|other| {
        let is_known = FACTS.has("program for every user", other)
            || *other == name(program)
            || other.ends_with(".py")
            || other.ends_with(".js");
        !is_known
    })?;
    Some(format!("`{other}` in the container, which may need root"))
}

/// Whether who uses it so also says as which user.
fn has_user(around: &Surroundings, it: &Use) -> bool {
    let is_with = |other: &&Use| other.place.path == it.place.path && other.whose == it.whose;
    let is_user = |deed: &Deed| matches!(deed, Deed::User(user) if !user.contains('$'));
    around.uses.iter().filter(is_with).any(|other| is_user(&other.deed))
}
