//! A site that is built with packages of npm and served by a server that npm installs for all, for the transform that ships the server and the site.

use super::{FACTS, MANIFEST, split as node};
use crate::ecosystems::Sole;
use crate::ecosystems::split::{Ships, Split, Work};
use crate::programs::files;
use crate::rewrite::{Answer, Obstacle, Question};
use crate::semantics::commands::Command;
use crate::semantics::installs::{Cache, Install, Kind, Work as Done, bare_name};
use crate::semantics::joined;
use crate::syntax::{Instruction, Keyword};

/// Whether the image starts such a server.
pub(crate) fn is_served(sole: &Sole<'_>) -> bool {
    sole.start.first().is_some_and(|(program, _)| FACTS.has("server of sites", program))
}

pub(super) const SPLIT: Split = Split {
    ships: Ships::Site,
    pays: |_, _| true,
    image: node::shipped_on,
    step,
    artifacts,
    starts: |sole, _| {
        let deciding = sole.instructions.iter().find(|instruction| decides_for_npm(instruction));
        match deciding {
            Some(it) => Err((it.text_range(), "npm may read it when it installs the server again".to_owned())),
            None => Ok(()),
        }
    },
    files: |_, _, paths| {
        let configures = |path: &&String| {
            let name = path.rsplit('/').next().unwrap_or(path);
            matches!(name, "serve.json" | "now.json") || (name == MANIFEST && path.starts_with("public/"))
        };
        match paths.iter().find(configures) {
            Some(path) => Err(format!("`{path}` may say what else it serves")),
            None => Ok(()),
        }
    },
};

fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    let (server, started) = &sole.start[0];
    work.at = *started;
    // What it serves is said of the start.
    let Ok(folder) = served(sole) else { return Ok(true) };
    work.place = joined(&sole.directory, &folder);
    match done(sole, command)? {
        Some(Step::Server(name)) if name == *server && work.runtime.before.is_empty() => {
            work.runtime.before.push((None, text(command)));
        }
        Some(Step::Server(_)) => return Err("it is another server than the image starts".to_owned()),
        Some(Step::Site(built)) if built == folder => work.made = Some(work.place.clone()),
        Some(Step::Site(built)) => return Err(format!("it makes `{built}`, and `{server}` serves `{folder}`")),
        Some(Step::Other) => {}
        None => return Ok(false),
    }
    Ok(true)
}

fn artifacts(sole: &Sole<'_>, work: &mut Work, _: &[Command<'_>]) -> Result<(), Obstacle> {
    let (server, started) = &sole.start[0];
    let folder = served(sole).map_err(|because| (*started, because))?;
    if work.runtime.before.is_empty() {
        return Err((*started, format!("nothing here installs `{server}`")));
    }
    if work.made.is_none() {
        return Err((*started, format!("nothing here is known to make `{folder}`")));
    }
    work.runtime.artifacts = vec![work.place.clone()];
    Ok(())
}

/// Whether an instruction sets what npm reads, or the place of the site.
fn decides_for_npm(instruction: &Instruction) -> bool {
    let names = match instruction.keyword() {
        Keyword::Env => instruction.arguments().pairs().iter().map(|pair| pair.key.text.as_str()).collect(),
        Keyword::Arg => instruction.arguments().list(),
        _ => return false,
    };
    names.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        name.starts_with("npm_config") || name.contains("_proxy") || name.starts_with("build_path")
    })
}

/// The folder that the server serves, from the folder where it is started.
fn served(sole: &Sole<'_>) -> Result<String, String> {
    let (server, _) = &sole.start[0];
    let mut words = sole.start[1..].iter().map(|(word, _)| word.as_str()).peekable();
    let mut folder = None;
    let mut is_first = true;
    while let Some(word) = words.next() {
        let unknown = || Err(format!("what `{server}` does with `{word}` is not known"));
        let is_number = |word: &&str| {
            let address = word.trim_start_matches("tcp://").trim_start_matches('-');
            address.chars().all(|c| c.is_ascii_digit() || ".:".contains(c))
        };
        let is_value_known =
            || FACTS.has("option of a server with a number", word) && (server == "http-server" || word != "-c");
        if is_value_known() {
            if words.next_if(is_number).is_none() {
                return unknown();
            }
        } else if word.starts_with('-') {
            if !FACTS.has("option of a server", word) || word.starts_with("-c") && server == "serve" {
                return unknown();
            }
        } else if folder.is_some() || (server == "http-server" && !is_first) {
            // An option of `http-server` may take the folder for its value.
            return unknown();
        } else {
            folder = Some(word);
        }
        is_first = false;
    }
    let folder = folder.ok_or(format!("`{server}` serves all that is where it is started"))?;
    let full = joined(&sole.directory, folder);
    match full.strip_prefix(&format!("{}/", sole.directory)) {
        Some(folder) => Ok(folder.to_owned()),
        None => Err(format!("`{folder}` is not in the folder where it is built")),
    }
}

enum Step {
    /// The server is installed.
    Server(String),
    /// The site is built, in this folder.
    Site(String),
    Other,
}

/// What `command` does, if the image needs nothing of it but a server and the site; `None` if it is no command of a build.
fn done(sole: &Sole<'_>, command: &Command<'_>) -> Result<Option<Step>, String> {
    let install = Install::of(sole.cx.build, command).transpose()?;
    let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
    let folder = install.as_ref().and_then(|install| install.folder.clone());
    let is_here = folder.unwrap_or_else(|| sole.directory_of(command)) == sole.directory;
    let name = command.name().unwrap_or_default();
    if let Some(install) = install {
        match install.work {
            Done::BringsForAll if name == "npm" => return server(&install).map(Some),
            // What is there for the build alone may come in any way.
            Done::Brings | Done::BringsAnew if is_here && install.to.is_none() && install.packages.is_empty() => {
                return Ok(Some(Step::Other));
            }
            Done::Nothing => return Ok(Some(Step::Other)),
            _ => {}
        }
    }
    match (name, words.as_slice()) {
        ("npm", ["run" | "run-script", script]) if is_here => Ok(Some(Step::Site(made(sole, script)?))),
        ("yarn", ["build"] | ["run", "build"]) if is_here => Ok(Some(Step::Site(made(sole, "build")?))),
        _ => Ok(None),
    }
}

/// The server that `install` brings for all, if that is all that it does.
fn server(install: &Install) -> Result<Step, String> {
    let [package] = install.packages.as_slice() else {
        return Err("it installs more than a server for all".to_owned());
    };
    let server = bare_name(package);
    let is_plain = FACTS.has("server of sites", server)
        && install.reads.iter().all(|read| read.kind == Kind::Settings)
        && install.from.is_none()
        && install.compiles.is_none()
        && install.choices.iter().all(|choice| choice == "--force");
    match is_plain && matches!(install.cache, Cache::Kept | Cache::Off(_)) {
        true => Ok(Step::Server(server.to_owned())),
        false => Err(format!("what `{package}` needs is not known")),
    }
}

fn text(command: &Command<'_>) -> String {
    let words: Vec<_> = command.words().iter().map(|word| command.text(word.range)).collect();
    words.join(" ")
}

/// The folder that a script of `package.json` makes.
fn made(sole: &Sole<'_>, name: &str) -> Result<String, String> {
    let manifest = node::known(sole)?;
    let text = manifest.script(name).ok_or(format!("`package.json` has no script `{name}`"))?;
    if manifest.script(&format!("post{name}")).is_some() {
        return Err(format!("the script `post{name}` may move what is built"));
    }
    if text.contains([';', '|', '$', '`', '>', '<', '(']) || text.contains("..") || text.contains("BUILD_PATH") {
        return Err(format!("the script `{name}` does more than to build"));
    }
    let mut made = None;
    for step in text.split("&&") {
        let words = step.split_whitespace().skip_while(|word| word.contains('=') || *word == "cross-env");
        let words: Vec<_> = words.collect();
        match words.as_slice() {
            [tool, ..] if FACTS.has("checker", tool) => {}
            [tool, options @ ..] if made.is_none() => {
                let folder =
                    output(sole, tool, options).ok_or(format!("where `{}` builds is not known", step.trim()))??;
                made = Some(folder.to_owned());
            }
            _ => return Err(format!("the script `{name}` does more than to build")),
        }
    }
    made.ok_or(format!("the script `{name}` does not build"))
}

/// The folder into which a tool builds; `None` if it is not a tool for sites, or has unknown options.
pub(crate) fn output(sole: &Sole<'_>, tool: &str, options: &[&str]) -> Option<Result<&'static str, String>> {
    let folder = FACTS.get(&format!("folder made by {tool}"))?;
    let Some((&"build", options)) = options.split_first() else { return None };
    let is_known = match options {
        [] => true,
        ["--mode" | "--base", value] => !value.starts_with('-'),
        [option] => option.starts_with("--mode=") || option.starts_with("--base="),
        _ => false,
    };
    is_known.then(|| unless_moved(sole, folder, &format!("sign of another folder made by {tool}")))
}

/// `folder`, unless a file that configures the tool has a sign of this kind.
fn unless_moved(sole: &Sole<'_>, folder: &'static str, kind: &str) -> Result<&'static str, String> {
    let unknown = || "how the site is built is in the build context, which is not here".to_owned();
    let Answer::Paths(all) = sole.cx.facts.answer(Question::ContextFiles) else { return Err(unknown()) };
    let configures = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        FACTS.of("start of settings of a site").any(|start| name.starts_with(start)) || name == "package.json"
    };
    let paths: Vec<_> =
        all.iter().map(String::as_str).filter(|path| configures(path) && !path.contains("node_modules/")).collect();
    let texts = files::texts(sole.cx, &paths).ok_or_else(unknown)?;
    let found = paths.iter().zip(&texts).find_map(|(path, text)| {
        // What is called so in `package.json` are packages.
        let is_manifest = path.ends_with("package.json");
        let sign = FACTS.of(kind).find(|sign| text.contains(sign) && !(is_manifest && *sign != "outputDir"))?;
        Some(format!("`{path}` has `{sign}`, which may be where the site is built"))
    });
    found.map_or(Ok(folder), Err)
}
