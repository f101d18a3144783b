//! What `composer install` reads, and which scripts and plugins it runs.

use serde_json::Value;

use super::FACTS;
use crate::ecosystems::manifests::{Project, Wants, only_options, words};
use crate::semantics::commands::Command;

const MANIFEST: &str = "composer.json";
const LOCK: &str = "composer.lock";

pub(super) fn wants(project: &Project<'_>, command: &Command<'_>) -> Option<Result<Wants, String>> {
    let words = words(command)?;
    let is_composer = command.name().is_some_and(|name| FACTS.has("program of an install", name));
    let is_install = is_composer && words.iter().any(|word| FACTS.has("verb of an install", word));
    is_install.then(|| {
        project.is_here(command)?;
        project.reads_by_variable(command, FACTS)?;
        let options: Vec<_> = words.iter().copied().filter(|word| !FACTS.has("verb of an install", word)).collect();
        only_options(&options, FACTS, "option of an install")?;
        packages(project, &options)
    })
}

fn packages(project: &Project<'_>, options: &[&str]) -> Result<Wants, String> {
    if !project.has(MANIFEST) || !project.has(LOCK) {
        return Err("the build context has no `composer.json` with a lock file at its top".to_owned());
    }
    let json: Value =
        serde_json::from_str(&project.text(MANIFEST)?).map_err(|_| "`composer.json` cannot be read".to_owned())?;
    let lock: Value =
        serde_json::from_str(&project.text(LOCK)?).map_err(|_| "`composer.lock` cannot be read".to_owned())?;
    let runs = |script: &&str| json.get("scripts").is_some_and(|scripts| scripts.get(*script).is_some());
    if !options.contains(&"--no-scripts")
        && let Some(script) = FACTS.of("script of an install").find(runs)
    {
        return Err(format!("Composer runs the `{script}` scripts of the project"));
    }
    let packages = ["packages", "packages-dev"].into_iter().filter_map(|list| lock.get(list)?.as_array()).flatten();
    for package in packages {
        let text = |key: &str| package.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = text("name");
        let is_of_project =
            package.get("dist").and_then(|dist| dist.get("type")).and_then(Value::as_str) == Some("path");
        if is_of_project {
            return Err(format!("`composer.lock` names `{name}` in the build context"));
        }
        if text("type") == "composer-plugin" && !FACTS.has("harmless plugin of Composer", name) {
            return Err(format!("the plugin `{name}` may read the sources"));
        }
    }
    let scans = |key: &str| {
        json.get(key)
            .is_some_and(|autoload| FACTS.of("list of code that is read").any(|list| autoload.get(list).is_some()))
    };
    let is_without = options.contains(&"--no-autoloader");
    let is_optimized = options.iter().any(|option| FACTS.has("option that reads code", option))
        || json.get("config").is_some_and(|config| {
            FACTS.of("setting that reads code").any(|key| config.get(key).and_then(Value::as_bool) == Some(true))
        });
    if !is_without && (is_optimized || scans("autoload") || scans("autoload-dev")) {
        return Err("Composer reads the code to list its classes".to_owned());
    }
    if project.has("auth.json") {
        return Err("`auth.json` is copied with everything else alone".to_owned());
    }
    let mut wants = Wants { fills: vec!["vendor".to_owned()], ..Wants::default() };
    wants.add(project, [MANIFEST, LOCK]);
    Ok(wants)
}
