//! What is seen of the code of the program that a container starts.

use super::ownership::Ownership;
use super::starts::{self, SERVERS_OF_PYTHON, Start};
use crate::programs::{self, Language, Needs};
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::{Copied, Taken, is_within, joined};

/// The code of a program, as far as the build context shows it.
pub(super) enum Code {
    Read(Read),
    /// Nobody knows the build context, or it may be another folder.
    Unknown,
    /// It is nowhere, and the reason why that counts.
    Hidden(String),
}

/// What is known of code that is there.
pub(super) struct Read {
    pub needs: Needs,
    /// What it may write that is not its own.
    pub writes_of_root: Option<String>,
    /// Whether the code is all of the program, and tells which files it opens. Else the program was made from it somewhere else, or opens files by itself.
    pub is_whole: bool,
}

/// The code of what `start` starts; what lies in one of the folders `own` is for the program.
pub(super) fn code(cx: &Context<'_>, start: &Start<'_>, ownership: &Ownership<'_>, own: &[String]) -> Code {
    let Some(language) = language(cx, start, ownership) else { return Code::Unknown };
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return Code::Unknown };
    let copied = copied(cx, all);
    let is_made_elsewhere = is_made_elsewhere(language, start, ownership, all);
    // What is built nowhere here is made of more code than happens to be copied.
    let is_built_here = !is_made_elsewhere || language == Language::Node || is_built(cx, language);
    let with_code = copied.as_ref().filter(|paths| is_built_here && language.has_code(paths));
    let paths = match with_code {
        Some(paths) => paths,
        // What is copied is made of code that may lie beside it.
        None if language.has_code(all) && (copied.is_none() || is_made_elsewhere) => all.as_ref(),
        None if is_made_elsewhere && !is_built(cx, language) => return Code::Hidden(hidden(start)),
        None => return Code::Unknown,
    };
    let needs = match is_made_elsewhere {
        true => Some(programs::needs_of_code(cx, language, paths)),
        false => programs::needs(cx, language, paths),
    };
    let Some(needs) = needs else { return Code::Unknown };
    let writes_of_root = programs::writes_of_root(cx, language, paths, own);
    let is_whole =
        with_code.is_some() && language != Language::DotNet && !programs::may_write_beside(cx, language, paths);
    Code::Read(Read { needs, writes_of_root, is_whole })
}

fn hidden(start: &Start<'_>) -> String {
    format!("what `{}` does is not in the build context, and nothing here builds it", start.words.join(" "))
}

/// In what the program is written.
fn language(cx: &Context<'_>, start: &Start<'_>, ownership: &Ownership<'_>) -> Option<Language> {
    let path = start.words.first()?;
    match path.rsplit('/').next().unwrap_or(path) {
        "java" => Some(Language::Java),
        "dotnet" => Some(Language::DotNet),
        "node" | "nodejs" => Some(Language::Node),
        "flask" | "python" | "python3" => Some(Language::Python),
        name if SERVERS_OF_PYTHON.contains(&name) => Some(Language::Python),
        _ => Some(match starts::compiler(cx, path, ownership)? {
            "golang" => Language::Go,
            _ => Language::Rust,
        }),
    }
}

/// Whether what is started is no code that people write, but made of it.
fn is_made_elsewhere(language: Language, start: &Start<'_>, ownership: &Ownership<'_>, all: &[String]) -> bool {
    const FOLDERS: &[&str] = &[".next", ".output", "build", "bundle", "dist", "lib", "out", "output", "release"];
    let is_of_build = |path: &str| path.split('/').any(|folder| FOLDERS.contains(&folder)) || path.ends_with(".min.js");
    match language {
        Language::Java | Language::DotNet => true,
        Language::Node => {
            let Some(script) = start.words[1..].iter().find(|word| !word.starts_with('-')) else { return false };
            let source = ownership.source_of(&joined(&ownership.directory, script));
            let is_missing = |source: &String| {
                let first = source.split('/').next().unwrap_or_default();
                !all.iter().any(|path| is_within(path, first)) && ownership.copies_by_name(source)
            };
            is_of_build(script) || source.is_some_and(|source| is_of_build(&source) || is_missing(&source))
        }
        Language::Python => {
            let of_context = ownership.copied.iter().filter(|copied| copied.instruction.flag("from").is_none());
            of_context
                .flat_map(|copied| &copied.sources)
                .any(|source| source.ends_with(".whl") || source.trim_end_matches('/') == "dist")
        }
        _ => false,
    }
}

/// Whether a command of the file builds programs in this language.
fn is_built(cx: &Context<'_>, language: Language) -> bool {
    let builders: &[&str] = match language {
        Language::Python => &["build", "flit", "hatch", "pdm", "poetry", "python", "python3", "uv"],
        Language::DotNet => &["dotnet", "msbuild"],
        Language::Java => {
            &["ant", "bazel", "gradle", "gradlew", "javac", "kotlinc", "lein", "mill", "mvn", "mvnw", "sbt", "scalac"]
        }
        _ => &[
            "bun", "deno", "esbuild", "lerna", "next", "npm", "npx", "nx", "pnpm", "rollup", "swc", "tsc", "tsup",
            "turbo", "vite", "webpack", "yarn",
        ],
    };
    // An install builds nothing by itself.
    const OF_INSTALLS: &[&str] = &["add", "cache", "ci", "config", "i", "install", "prune", "rebuild"];
    cx.build.commands().any(|command| {
        let name = command.name().map(|name| name.rsplit('/').next().unwrap_or(name));
        let mut verbs = command.arguments().iter().filter_map(|word| word.literal.as_deref());
        let verb = verbs.find(|word| !word.starts_with('-')).unwrap_or_default();
        let is_install =
            language == Language::Node && (OF_INSTALLS.contains(&verb) || (name == Some("yarn") && verb.is_empty()));
        let is_other =
            language == Language::DotNet && !["build", "msbuild", "publish"].contains(&verb) && name == Some("dotnet");
        name.is_some_and(|name| builders.contains(&name)) && !is_install && !is_other
    }) || cx.build.runs.iter().any(|run| run.script.is_err())
}

/// The files of the build context, among `all`, that any stage copies; `None` if one of those that are named is not there, or not written out.
fn copied(cx: &Context<'_>, all: &[String]) -> Option<Vec<String>> {
    let copies: Vec<_> = cx.build.copies().filter(Copied::is_of_context).collect();
    if copies.iter().any(|copied| copied.foreign().is_some() || copied.unclear().is_some()) {
        return None;
    }
    // A pattern need not find anything.
    let mut named = copies.iter().flat_map(|copied| &copied.sources).filter(|source| !source.is_pattern());
    if named.any(|source| !all.iter().any(|file| source.takes(file) != Taken::No)) {
        return None;
    }
    let is_taken = |path: &&String| copies.iter().any(|copied| copied.takes(path) != Taken::No);
    Some(all.iter().filter(is_taken).cloned().collect())
}
