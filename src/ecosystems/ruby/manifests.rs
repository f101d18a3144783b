//! What `bundle install` reads.

use super::FACTS;
use crate::ecosystems::manifests::{Project, Wants, only_options, words};
use crate::semantics::commands::Command;

pub(super) fn wants(project: &Project<'_>, command: &Command<'_>) -> Option<Result<Wants, String>> {
    let words = words(command)?;
    let (verb, options) = match words.split_first() {
        None => ("install", &[][..]),
        Some((verb, _)) if verb.starts_with('-') => ("install", &words[..]),
        Some((verb, options)) => (*verb, options),
    };
    let is_install = matches!(command.name(), Some("bundle" | "bundler")) && verb == "install";
    is_install.then(|| {
        project.is_here(command)?;
        project.reads_by_variable(command, FACTS)?;
        let mut said = options.iter();
        let mut rest = Vec::new();
        while let Some(word) = said.next() {
            rest.push(*word);
            if FACTS.has("option of an install with a value", word) {
                said.next();
            }
        }
        only_options(&rest, FACTS, "option of an install")?;
        gems(project, command)
    })
}

fn gems(project: &Project<'_>, command: &Command<'_>) -> Result<Wants, String> {
    if !project.has("Gemfile") {
        return Err("the build context has no `Gemfile` at its top".to_owned());
    }
    if project.files.iter().any(|file| file.starts_with(".bundle/")) {
        return Err("what `.bundle` makes it read cannot be told".to_owned());
    }
    let text = project.text("Gemfile")?;
    let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    if let Some(sign) = FACTS.sign("sign of more than gems", &code.join("\n")) {
        return Err(format!("`Gemfile` says `{}`", sign.trim()));
    }
    // Where gems go may be said by a command before it.
    let source = String::from_utf8_lossy(project.cx.file.source());
    if let Some(sign) = FACTS.sign("sign of gems in the project", &source) {
        return Err(format!("`{}` says where gems go", sign.trim()));
    }
    let mut wants = Wants::default();
    wants.add(project, FACTS.of("read by an install"));
    if project.has("Gemfile.lock") && project.text("Gemfile.lock")?.contains("PATH\n") {
        return Err("`Gemfile.lock` names gems in the build context".to_owned());
    }
    let is_frozen = command.has_argument("--frozen") || source.contains("BUNDLE_FROZEN");
    wants.rewrites = (!is_frozen).then(|| "Gemfile.lock".to_owned());
    Ok(wants)
}
