//! One folder with a program for Node.js, for the transform that ships it without what only the build needs.

use super::apart::{PACKAGES, apart};
use super::code::{self as node, Manifest};
use super::{FACTS, MANIFEST, site};
use crate::bases::siblings;
use crate::ecosystems::Sole;
use crate::ecosystems::around;
use crate::ecosystems::split::{Ships, Split, Work};
use crate::programs::{files, installs};
use crate::rewrite::Obstacle;
use crate::semantics::ImageUse;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work as Done};
use crate::syntax::{ImageReference, Keyword};
use crate::text::{Edit, TextRange};

/// The first release whose npm has `prune --omit=dev`.
const RELEASE_MIN: u32 = 16;

pub(super) const SPLIT: Split =
    Split { ships: Ships::Folder, pays, image: shipped_on, step, artifacts, starts: |sole, _| starts(sole), files };

fn pays(sole: &Sole<'_>, reference: &ImageReference) -> bool {
    let develops = manifest(sole).is_none_or(|it| it.names("devDependencies").is_none_or(|names| !names.is_empty()));
    develops || !siblings::is_small(reference.tag_or_latest())
}

/// The manifest of the program, in the folder where it is started.
pub(super) fn manifest(sole: &Sole<'_>) -> Option<Manifest> {
    let path = sole.source_of(&format!("{}/{MANIFEST}", sole.directory))?;
    let texts = files::texts(sole.cx, &[path.as_str()])?;
    Manifest::of(&texts[0])
}

/// The same, where it has to be known.
pub(super) fn known(sole: &Sole<'_>) -> Result<Manifest, String> {
    manifest(sole).ok_or("what the program needs is in the build context, which is not here".to_owned())
}

pub(super) fn shipped_on(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<String, String> {
    let small = siblings::small(sole.cx, image, reference)?;
    Ok(siblings::with_tag(&image.text, reference, &small))
}

fn artifacts(sole: &Sole<'_>, work: &mut Work, commands: &[Command<'_>]) -> Result<(), Obstacle> {
    let release = sole.reference().and_then(|reference| siblings::version(reference.tag_or_latest()).first().copied());
    if release.is_none_or(|release| release < RELEASE_MIN) {
        let because = "its tag does not say that it has an npm that can remove packages by their use";
        return Err((sole.from, because.to_owned()));
    }
    let manifest = known(sole).map_err(|because| (work.at, because))?;
    let (mut is_pruned, mut choices) = (false, Vec::new());
    for command in commands {
        if is_prune(command) {
            is_pruned = true;
        } else if let Some(Ok(install)) = Install::of(sole.cx.build, command) {
            if matches!(install.work, Done::Brings | Done::BringsAnew) {
                is_pruned = install.choices.iter().any(|choice| FACTS.has("choice without development", choice));
            }
            choices.extend(install.choices);
        }
    }
    let has_plain_packages = manifest.names("devDependencies").is_none_or(|names| !names.is_empty());
    // What was said to npm when it installed holds for what stays.
    let again = FACTS.of("choice that is said again").filter(|option| choices.iter().any(|choice| choice == option));
    let is_pruned = is_pruned || !has_plain_packages;
    work.runtime.artifacts = vec![sole.directory.clone()];
    if !is_pruned && !choices.iter().any(|choice| choice == "--include=dev") && only_installs(sole, commands) {
        // What is not needed to build need not come.
        let of_packages = commands.iter().filter(|command| brings(sole, command));
        let ends = of_packages.map(|command| command.range().end());
        work.runtime.edits.extend(ends.map(|end| Edit::insert(end, " --omit=dev")));
        return Ok(());
    }
    let prune = ["npm prune --omit=dev"].into_iter().chain(again).collect::<Vec<_>>().join(" ");
    if !is_pruned {
        work.runtime.apart = apart(sole, &manifest, commands, &prune);
        work.runtime.last = Some(prune).filter(|_| work.runtime.apart.is_none());
    }
    Ok(())
}

/// Whether `command` brings the packages of a project.
pub(super) fn brings(sole: &Sole<'_>, command: &Command<'_>) -> bool {
    let install = Install::of(sole.cx.build, command).and_then(Result::ok);
    install.is_some_and(|install| matches!(install.work, Done::Brings | Done::BringsAnew))
}

/// Whether nothing is run with the packages once they are there.
fn only_installs(sole: &Sole<'_>, commands: &[Command<'_>]) -> bool {
    let runs = |command: &&Command<'_>| command.name().is_some_and(|name| FACTS.has("program with packages", name));
    commands.iter().filter(runs).all(|command| {
        let install = Install::of(sole.cx.build, command).and_then(Result::ok);
        brings(sole, command) || install.is_some_and(|install| install.work == Done::Nothing)
    })
}

/// That the files say nothing of what is left behind.
fn files(sole: &Sole<'_>, work: &Work, paths: &[String]) -> Result<(), String> {
    let manifest = known(sole)?;
    let develops = manifest.names("devDependencies");
    if develops.is_none() || manifest.is_special() {
        return Err("`package.json` has packages that are not of the registry, or beside it".to_owned());
    }
    if let Some(script) = manifest.unasked_script() {
        return Err(format!("npm runs the script `{script}` of `package.json` unasked"));
    }
    let develops = develops.unwrap_or_default();
    let native = files::native(paths).filter(|_| !work.carried.is_same_system());
    if let Some(because) = native.or_else(|| node::stranger(sole.cx, paths)) {
        return Err(because);
    }
    if let Some(because) = named(sole, paths, &develops) {
        return Err(because);
    }
    match around::names_package(sole, &develops) {
        Some((place, package)) => Err(format!("`{place}` names `{package}`, which is only there for development")),
        None => Ok(()),
    }
}

/// Where the program may load one of `packages`, which are only for development, without an import that says so.
fn named(sole: &Sole<'_>, paths: &[String], packages: &[&str]) -> Option<String> {
    if let Some(package) = packages.iter().find(|package| FACTS.has("package that others load", package)) {
        return Some(format!("`{package}` is only for development, and other packages load it where it is there"));
    }
    // Files of data and settings say it in their own ways.
    let is_data = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_of_tool = FACTS.of("start of a file of a tool").any(|start| name.starts_with(start));
        let mut endings = FACTS.of("ending of data");
        let is_of_tests = FACTS.of("folder of tests").any(|folder| path.starts_with(folder));
        !is_of_tool
            && !is_of_tests
            && !files::is_for_people(path)
            && (path.starts_with(".env") || (!path.starts_with('.') && endings.any(|end| path.ends_with(end))))
    };
    let compiles = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        FACTS.of("start of a file of a compiler").any(|start| name.starts_with(start))
    };
    let is_read = |path: &&str| (node::is_code(path) && *path != "package.json") || is_data(path) || compiles(path);
    let ours: Vec<_> = paths.iter().map(String::as_str).filter(is_read).collect();
    let Some(texts) = files::texts(sole.cx, &ours) else {
        return Some("what its files say of packages is not known".to_owned());
    };
    ours.iter().zip(&texts).find_map(|(path, text)| {
        if compiles(path) {
            let sign = FACTS.sign("sign of helpers", text)?;
            return Some(format!("`{path}` has `{sign}`, so that what is compiled may import other packages"));
        }
        if text.contains(PACKAGES) {
            return Some(format!("`{path}` has `node_modules`, where packages for development may be meant"));
        }
        let is_named = |package: &&&str| {
            let mut quotes = ['"', '\'', '`'].iter();
            quotes.any(|quote| ['"', '\'', '`', '/'].iter().any(|end| text.contains(&format!("{quote}{package}{end}"))))
                || (is_data(path) && text.contains(**package))
        };
        let package = packages.iter().find(is_named)?;
        Some(format!("`{path}` names `{package}`, which is only for development"))
    })
}

/// Whether `command` removes packages that are only for development.
fn is_prune(command: &Command<'_>) -> bool {
    let mut words = command.arguments().iter().filter_map(|word| word.literal.as_deref());
    let is_npm = command.name() == Some("npm") && words.next() == Some("prune");
    is_npm && words.any(|word| ["--omit=dev", "--production"].contains(&word))
}

/// Whether `command` is one of a build that leaves everything in the folder of the program.
fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    if command.name().is_some_and(|name| FACTS.has("package manager", name)) {
        work.is_about(sole, command);
    }
    let install = Install::of(sole.cx.build, command).transpose()?;
    let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
    let folder = install.as_ref().and_then(|install| install.folder.clone());
    let is_here = folder.unwrap_or_else(|| sole.directory_of(command)) == sole.directory;
    match (command.name().unwrap_or_default(), words.as_slice(), &install) {
        ("npm", _, Some(install)) if matches!(install.work, Done::Brings | Done::BringsAnew) && is_here => {
            installs::settings(sole.cx, command, install)?;
            if !work.carried.is_same_system() {
                work.carried.add(known(sole)?.of_debian("dependencies"));
            }
            match something_else(install) {
                Some(other) => Err(format!("`{other}` may bring something else than the packages of `package.json`")),
                None => Ok(true),
            }
        }
        ("npm", ..) if is_here && is_prune(command) => Ok(true),
        ("npm", ["run" | "run-script", name], _) if is_here => script(sole, &known(sole)?, name).map(|()| true),
        ("npx", [tool, rest @ ..], _)
            if is_here && node::is_tool(tool) && rest.iter().all(|word| !word.starts_with('/')) =>
        {
            Ok(true)
        }
        ("npm", _, Some(install)) if install.work == Done::Nothing => Ok(true),
        // What is started is `node`, and no program that is installed for all.
        ("npm", _, Some(install)) if install.work == Done::BringsForAll => Ok(true),
        _ => Ok(false),
    }
}

/// What makes `install` bring something else than the packages of the project as npm chooses them, or leave something of them undone.
fn something_else(install: &Install) -> Option<String> {
    // What is only for development goes with the rest of it.
    let is_for_development = |choice: &String| FACTS.has("choice for development", choice);
    let choice = install.choices.iter().find(|choice| !FACTS.has("choice", choice) && !is_for_development(choice));
    let package = install.packages.first().filter(|_| !install.choices.iter().any(is_for_development));
    let other = package.or(install.from.as_ref()).or(install.compiles.as_ref()).or(install.to.as_ref());
    let read = install.reads_of(Kind::Other).next().map(str::to_owned);
    let update = install.reads_of(Kind::Lock).next().is_none().then(|| "update".to_owned());
    let scripts = (!install.runs_scripts_of_packages).then(|| "--ignore-scripts".to_owned());
    choice.or(other).cloned().or(read).or(update).or(scripts)
}

/// A script of `package.json` that only builds.
fn script(sole: &Sole<'_>, manifest: &Manifest, name: &str) -> Result<(), String> {
    let around = [format!("pre{name}"), name.to_owned(), format!("post{name}")];
    if manifest.script(name).is_none() {
        return Err(format!("`package.json` has no script `{name}`"));
    }
    for name in around {
        if manifest.script(&name).is_none() {
            continue;
        }
        for step in manifest.steps(&name)? {
            if let [tool, options @ ..] = step.as_slice()
                && let Some(built) = site::output(sole, tool, options)
            {
                built?;
                continue;
            }
            match step.as_slice() {
                ["npm", "run", rest @ ..] => {
                    let inner = rest.first().copied().unwrap_or_default();
                    if inner == name {
                        return Err(format!("the script `{name}` starts itself"));
                    }
                    script(sole, manifest, inner)?;
                }
                [tool, ..] if node::is_tool(tool) => {}
                step => {
                    let tool = step.first().copied().unwrap_or_default();
                    return Err(format!("the script `{name}` runs `{tool}`, which may do more than to build"));
                }
            }
        }
    }
    Ok(())
}

/// That the image starts a file with `node`, and nothing else.
fn starts(sole: &Sole<'_>) -> Result<(), Obstacle> {
    let manifest = known(sole).map_err(|because| (sole.start[0].1, because))?;
    for instruction in sole.instructions.iter().filter(|instruction| instruction.keyword() == Keyword::Env) {
        if let Some(pair) = instruction.arguments().pairs().iter().find(|pair| pair.key.text == "NODE_OPTIONS") {
            let text = &pair.value.text;
            if text.contains("-ca") || !text.trim_matches(['"', '\'']).starts_with("--max") || text.contains(' ') {
                return Err((instruction.text_range(), "`NODE_OPTIONS` may name what is left behind".to_owned()));
            }
        }
    }
    let words: Vec<_> = sole.start.iter().map(|(word, _)| word.as_str()).collect();
    let at: TextRange = sole.start[0].1;
    let script = match words.as_slice() {
        ["npm", "start"] => Some("start"),
        ["npm", "run", name] => Some(*name),
        _ => None,
    };
    let of_script = |name: &str| {
        let is_alone =
            manifest.script(&format!("pre{name}")).is_none() && manifest.script(&format!("post{name}")).is_none();
        manifest.script(name).filter(|text| is_alone && !text.contains(['&', ';', '|', '$', '=', '>', '`']))
    };
    let started: Vec<_> = match script {
        Some(name) => of_script(name).unwrap_or_default().split_whitespace().collect(),
        None => words,
    };
    match started.as_slice() {
        ["node" | "nodejs", rest @ ..] => {
            match rest.iter().find(|word| {
                let is_loader = FACTS.of("start of an option that loads").any(|option| word.starts_with(option));
                is_loader || word.starts_with('/') || word.contains("..") || word.ends_with("-ca")
            }) {
                Some(word) if !word.starts_with(&format!("{}/", sole.directory)) => {
                    Err((at, format!("`{word}` may need something that is left behind")))
                }
                _ => Ok(()),
            }
        }
        ["npx", ..] => Err((at, "`npx` may fetch what it starts when the image is run".to_owned())),
        _ => Err((at, format!("it starts `{}`, which may need what only the build has", started.join(" ")))),
    }
}
