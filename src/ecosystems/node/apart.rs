//! Packages in a stage of their own: what an edit of the code does not build anew, and what it does, if that is known.

use serde_json::Value;

use super::code::Manifest;
use super::site;
use super::split::brings;
use crate::ecosystems::Sole;
use crate::ecosystems::split::Apart;
use crate::programs::files;
use crate::semantics::commands::Command;
use crate::semantics::is_within;
use crate::syntax::{Instruction, Keyword};

/// Where npm puts packages, beside the manifest.
pub(super) const PACKAGES: &str = "node_modules";

/// Where the compiler of TypeScript reads what it is to do.
const SETTINGS: &str = "tsconfig.json";

/// How the packages can come from a stage without the code: code is copied between their install and the last command, and all that is done with it is to
/// make known folders. `pruned` takes away what only the build needs.
pub(super) fn apart(sole: &Sole<'_>, manifest: &Manifest, commands: &[Command<'_>], pruned: &str) -> Option<Apart> {
    let installed = commands.iter().rev().find(|command| brings(sole, command))?.run.position;
    let between = sole.instructions.get(installed + 1..sole.cx.build.runs.last()?.position)?;
    let copies = |instruction: &&Instruction| matches!(instruction.keyword(), Keyword::Copy | Keyword::Add);
    // A build argument counts in its own stage, and what is copied twice goes to the same place.
    let is_open = |instruction: &&Instruction| matches!(instruction.keyword(), Keyword::Arg | Keyword::User);
    let workdirs = sole.instructions.iter().filter(|instruction| instruction.keyword() == Keyword::Workdir);
    let is_of_packages = |text: &str| text.contains(PACKAGES);
    let is_plain = between.iter().any(|instruction| copies(instruction))
        && !sole.instructions.iter().any(|instruction| is_open(instruction))
        && workdirs.count() == 1
        && sole.cx.build.stages[0].name.is_none()
        && sole.brought.iter().all(|brought| is_within(&brought.destination, &sole.directory))
        && !commands.iter().any(|command| is_of_packages(command.text(command.node.range)))
        && !files::copied(sole.cx, &sole.sources)?.iter().any(|path| is_of_packages(path));
    if !is_plain {
        return None;
    }
    let mut made: Vec<String> = Vec::new();
    for command in commands.iter().filter(|command| command.run.position > installed) {
        let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
        let ("npm", ["run" | "run-script", name]) = (command.name()?, words.as_slice()) else { return None };
        if ["pre", "post"].iter().any(|when| manifest.script(&format!("{when}{name}")).is_some()) {
            return None;
        }
        for step in manifest.steps(name).ok()? {
            let folder = format!("{}/{}", sole.directory, output(sole, &step)?);
            if !made.contains(&folder) {
                made.push(folder);
            }
        }
    }
    (!made.is_empty()).then(|| Apart { installed, made, pruned: pruned.to_owned() })
}

/// The only folder that a step of a script writes to.
fn output(sole: &Sole<'_>, step: &[&str]) -> Option<String> {
    match step {
        ["tsc"] | ["tsc", "-p" | "--project", "." | "./" | SETTINGS] => compiled(sole),
        [tool, options @ ..] => site::output(sole, tool, options)?.ok().map(str::to_owned),
        [] => None,
    }
}

/// The folder that the compiler of TypeScript writes to, if its settings say so for all that it writes.
fn compiled(sole: &Sole<'_>) -> Option<String> {
    let path = sole.source_of(&format!("{}/{SETTINGS}", sole.directory))?;
    let settings: Value = serde_json::from_str(&files::texts(sole.cx, &[path.as_str()])?[0]).ok()?;
    let options = settings.get("compilerOptions")?;
    let is_elsewhere = ["declarationDir", "outFile", "tsBuildInfoFile", "generateTrace"].iter();
    if settings.get("extends").is_some() || is_elsewhere.into_iter().any(|key| options.get(key).is_some()) {
        return None;
    }
    let folder = options.get("outDir")?.as_str()?.trim_start_matches("./").trim_end_matches('/');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (!folder.is_empty() && folder.bytes().all(is_plain)).then(|| folder.to_owned())
}
