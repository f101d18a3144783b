//! What Maven reads to fetch what a build needs, where it is told to do just that.

use super::FACTS;
use crate::ecosystems::manifests::{Project, Wants, only_options, words};
use crate::semantics::commands::Command;

pub(super) fn wants(project: &Project<'_>, command: &Command<'_>) -> Option<Result<Wants, String>> {
    let words = words(command)?;
    let program = command.name()?;
    let fetches = |word: &&str| FACTS.has("goal that fetches", word);
    let is_fetch = FACTS.has("program that fetches", program) && words.iter().any(|word| fetches(&word));
    is_fetch.then(|| {
        project.is_here(command)?;
        project.reads_by_variable(command, FACTS)?;
        let options: Vec<_> = words.iter().copied().filter(|word| !fetches(&word)).collect();
        only_options(&options, FACTS, "option of a fetch")?;
        fetched(project, program)
    })
}

fn fetched(project: &Project<'_>, program: &str) -> Result<Wants, String> {
    if !project.has("pom.xml") {
        return Err("the build context has no `pom.xml` at its top".to_owned());
    }
    let text = project.text("pom.xml")?;
    if let Some(sign) = FACTS.sign("sign of more than one manifest", &text) {
        return Err(format!("`pom.xml` says `{}`", sign.trim_start_matches('<')));
    }
    let mut wants = Wants::default();
    wants.add(project, ["pom.xml"]);
    wants.add(project, project.files.iter().map(String::as_str).filter(|path| path.starts_with(".mvn/")));
    if program == "./mvnw" {
        wants.add(project, ["mvnw"]);
    }
    Ok(wants)
}
