//! What `dotnet restore` reads: projects, those that they refer to, and what belongs to all of them.

use super::FACTS;
use crate::ecosystems::manifests::{Project, Wants, only_options, words};
use crate::semantics::commands::Command;
use crate::semantics::joined;

/// Most projects that refer to each other.
const PROJECTS_MAX: usize = 200;

pub(super) fn wants(project: &Project<'_>, command: &Command<'_>) -> Option<Result<Wants, String>> {
    let words = words(command)?;
    let (verb, rest) = words.split_first()?;
    (command.name() == Some("dotnet") && *verb == "restore").then(|| {
        project.is_here(command)?;
        project.reads_by_variable(command, FACTS)?;
        let (options, named): (Vec<&str>, Vec<&str>) = rest.iter().partition(|word| word.starts_with('-'));
        only_options(&options, FACTS, "option of a restore")?;
        restored(project, &named)
    })
}

fn restored(project: &Project<'_>, named: &[&str]) -> Result<Wants, String> {
    let is_start = |path: &str| path.ends_with(".sln") || is_project(path);
    let mut open: Vec<String> = match named {
        [] => project.files.iter().filter(|path| !path.contains('/') && is_start(path)).cloned().collect(),
        [path] => vec![cleaned("", path)],
        _ => Vec::new(),
    };
    let is_there = |open: &[String]| matches!(open, [one] if is_start(one) && project.has(one));
    if !is_there(&open) {
        return Err("which project is restored cannot be told".to_owned());
    }
    let mut wants = Wants::default();
    while let Some(path) = open.pop() {
        if wants.files.contains(&path) {
            continue;
        }
        if wants.files.len() >= PROJECTS_MAX {
            return Err(format!("more than {PROJECTS_MAX} projects"));
        }
        let text = project.text(&path)?;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if let Some(sign) = FACTS.sign("sign of more than a restore", &text) {
            return Err(format!("`{path}` says `{}`", sign.trim_start_matches('<')));
        }
        let quoted = text.split('"').skip(1).step_by(2);
        for other in quoted.filter(|other| is_project(other)) {
            let other = cleaned(folder, other);
            if !project.has(&other) {
                return Err(format!("`{other}` is not in the build context"));
            }
            open.push(other);
        }
        if is_project(&path) {
            wants.fills.push(if folder.is_empty() { "obj".to_owned() } else { format!("{folder}/obj") });
        }
        wants.files.push(path);
    }
    for path in project.files {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        if FACTS.has("belongs to all projects", &name) {
            let text = project.text(path)?;
            if FACTS.sign("sign of more than settings", &text).is_some() {
                return Err(format!("`{path}` may name other files"));
            }
            wants.add(project, [path.as_str()]);
        }
    }
    wants.files.sort_unstable();
    wants.fills.sort_unstable();
    wants.fills.dedup();
    Ok(wants)
}

fn is_project(path: &str) -> bool {
    FACTS.of("ending of a project").any(|ending| path.ends_with(ending))
}

/// `path`, as it is written in a file of `folder`, from the top of the build context.
fn cleaned(folder: &str, path: &str) -> String {
    joined(&format!("/{folder}"), &path.replace('\\', "/"))[1..].to_owned()
}
