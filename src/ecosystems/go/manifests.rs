//! What `go mod download` reads.

use super::FACTS;
use crate::ecosystems::manifests::{Project, Wants, words};
use crate::semantics::commands::Command;

pub(super) fn wants(project: &Project<'_>, command: &Command<'_>) -> Option<Result<Wants, String>> {
    let words = words(command)?.join(" ");
    let is_download = command.name() == Some("go") && FACTS.has("download of modules", &words);
    is_download.then(|| {
        project.is_here(command)?;
        project.reads_by_variable(command, FACTS)?;
        modules(project)
    })
}

fn modules(project: &Project<'_>) -> Result<Wants, String> {
    if !project.has("go.mod") || !project.has("go.sum") || project.has("go.work") {
        return Err("the build context is no single module of Go with its sums".to_owned());
    }
    let (module, sums) = (project.text("go.mod")?, project.text("go.sum")?);
    if module.contains("=>") {
        return Err("`go.mod` replaces modules".to_owned());
    }
    let lines: Vec<_> = module.lines().map(|line| line.split("//").next().unwrap_or_default().trim()).collect();
    let minor = lines.iter().find_map(|line| line.strip_prefix("go 1.")?.split('.').next()?.parse::<u32>().ok());
    // From 1.17 on `go.mod` names all modules that are needed.
    if minor.is_none_or(|minor| minor < 17) {
        return Err("before Go 1.17 a download may add to `go.sum`".to_owned());
    }
    let sums: Vec<_> = sums.lines().map(|line| line.rsplit_once(' ').map_or(line, |(module, _)| module)).collect();
    for line in lines {
        let words: Vec<_> = line.trim_start_matches("require ").split_whitespace().collect();
        let [name, version] = words.as_slice() else { continue };
        let is_summed = |what: &str| sums.contains(&what);
        let is_module = version.starts_with('v') && name.contains('.');
        if is_module && !(is_summed(&format!("{name} {version}")) && is_summed(&format!("{name} {version}/go.mod"))) {
            return Err(format!("`go.sum` does not have `{name}`"));
        }
    }
    let mut wants = Wants::default();
    wants.add(project, ["go.mod", "go.sum"]);
    Ok(wants)
}
