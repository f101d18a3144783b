//! Whether anything in the build, or in the program that is copied, may read the git repository of the build context.

use super::REPOSITORY;
use super::copies::paths;
use super::{FACTS, LITTER};
use crate::programs::files::copied;
use crate::programs::{history, installs};
use crate::rewrite::{Answer, Context, Obstacles, Question};
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind};
use crate::semantics::{Copied, Run, Taken};
use crate::syntax::{Instruction, ItemKind, Keyword};
use crate::text::TextRange;

/// Most files whose text is searched. What is there is a program, which is small beside its data.
const FILES_MAX: usize = 3_000;

/// All that may read the repository.
pub(super) fn readers(cx: &Context<'_>, copies: &[Copied<'_>]) -> Obstacles {
    let mut obstacles = Obstacles::default();
    let taking = copies.iter().filter(|copy| copy.takes(REPOSITORY) == Taken::With);
    let Some(first) = taking.clone().map(|copy| copy.instruction).min_by_key(|one| one.range.start()) else {
        return obstacles;
    };
    for item in cx.file.items() {
        let ItemKind::Instruction(instruction) = &item.kind else { continue };
        if let Some(trace) = spoken_of(cx, instruction) {
            let because = format!("`{trace}` may be about the repository in the build context");
            obstacles.add([(item.range, because)]);
        }
    }
    for run in &cx.build.runs {
        obstacles.add(run_obstacle(cx, run));
    }
    let sources: Vec<_> = taking.flat_map(paths).map(|source| source.path().into_owned()).collect();
    let because = program_obstacle(cx, &sources);
    obstacles.add(because.map(|because| (first.text_range(), because)));
    obstacles
}

/// What an instruction other than RUN says about a repository.
fn spoken_of(cx: &Context<'_>, instruction: &Instruction) -> Option<String> {
    if instruction.keyword() == Keyword::Run
        || FACTS.has("instruction that starts nothing", instruction.keyword().name())
    {
        return None;
    }
    let text = String::from_utf8_lossy(cx.file.slice(instruction.range));
    // What is copied is asked for by its path.
    let is_of_files = matches!(instruction.keyword(), Keyword::Copy | Keyword::Add);
    if is_of_files { None } else { history::git_word(&text).or_else(|| history::reader(&text)) }
}

fn run_obstacle(cx: &Context<'_>, run: &Run<'_>) -> Option<(TextRange, String)> {
    if let Err(because) = &run.script {
        let range = run.instruction.text_range();
        return Some((range, format!("whether it reads `{REPOSITORY}` is not known: {because}")));
    }
    run.each_command().find_map(|command| {
        let trace = trace(cx, &command)?;
        Some((command.range(), format!("`{trace}` may be about the repository in the build context")))
    })
}

/// What of `command` may be about the repository.
fn trace(cx: &Context<'_>, command: &Command<'_>) -> Option<String> {
    let text = command.text(command.node.range);
    if command.name() == Some("git") {
        let verb = command.arguments().iter().filter_map(|word| word.literal.as_deref()).next().unwrap_or_default();
        let is_of_all = verb == "config" && ["--global", "--system"].iter().any(|option| command.has_argument(option));
        return (!is_of_all && !history::is_about_another(verb)).then(|| text.to_owned());
    }
    let install = Install::of(cx.build, command);
    if install.is_none() && command.package_command().is_some() {
        // What is installed by name does nothing by itself.
        return history::reader(text);
    }
    if let Some(Ok(install)) = &install
        && !install.manager.is_of_node()
        && let Err(because) = projects(cx, command, install)
    {
        return Some(because);
    }
    let word = if install.is_some() { None } else { history::git_word(text) };
    word.or_else(|| history::reader(text)).or_else(|| history::package(text))
}

/// That every project which `install` builds is in the build context, whose files are searched.
fn projects(cx: &Context<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
    let text = || command.text(command.node.range).to_owned();
    if !install.brings() {
        return Ok(());
    }
    // What cannot be listed comes from files that are searched, or does not come.
    let listed = installs::listed(cx, command, install).map(|listed| listed.projects);
    let own = install.reads_of(Kind::Project).map(str::to_owned).collect();
    for project in listed.unwrap_or(own) {
        if !matches!(installs::source_of(cx, command, &project), Ok(Some(_))) {
            return Err(text());
        }
    }
    Ok(())
}

/// Why a program among the files of `sources` may read the repository.
fn program_obstacle(cx: &Context<'_>, sources: &[String]) -> Option<String> {
    let Some(files) = copied(cx, sources) else {
        return Some("the files of the build context are not known".to_owned());
    };
    let is_litter = |path: &str| LITTER.has(path.split('/').next().unwrap_or(path));
    let files: Vec<_> =
        files.iter().map(String::as_str).filter(|path| history::matters(path) && !is_litter(path)).collect();
    if files.len() > FILES_MAX {
        return Some(format!("more than {FILES_MAX} files would have to be searched for who reads `{REPOSITORY}`"));
    }
    let spoken = String::from_utf8_lossy(cx.file.source());
    let answer = |path: &&str| cx.facts.answer(Question::ContextFile((*path).to_owned()));
    // All are asked for before anything is said.
    let answers: Vec<_> = files.iter().map(answer).collect();
    files.iter().zip(answers).find_map(|(path, answer)| match answer {
        Answer::Text(text) => {
            let trace = history::reader_in(path, &String::from_utf8_lossy(text), &spoken)?;
            Some(format!("`{path}` names `{trace}`, which may read `{REPOSITORY}`"))
        }
        _ => Some(format!("`{path}` is no text that could be searched for who reads `{REPOSITORY}`")),
    })
}
