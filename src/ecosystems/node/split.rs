//! One folder with a program for Node.js, for the transform that ships it without what only the build needs.

use super::super::around;
use super::super::skeleton::{Runtime, Sole};
use super::code::{self as node, Manifest, TOOLS};
use super::site;
use crate::bases::{lines, siblings};
use crate::programs::{self, files, installs, variables};
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, Kind, Work};
use crate::semantics::{ImageUse, is_within};
use crate::syntax::{ImageReference, Keyword};
use crate::text::TextRange;

/// The first release whose npm has `prune --omit=dev`.
const RELEASE_MIN: u32 = 16;

/// `None` if there is nothing to leave behind.
pub(crate) fn runtime(
    sole: &Sole<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
) -> Result<Option<Runtime>, Obstacle> {
    let of_image = |because: String| (sole.from, because);
    let is_installed =
        |command: &Command<'_>| command.name().is_some_and(|name| ["npm", "yarn", "pnpm"].contains(&name));
    let Some(install) = sole.cx.build.commands().find(is_installed).map(|command| command.range()) else {
        return Ok(None);
    };
    let of_install = |because: String| (install, because);
    let unknown = || of_install("what the program needs is in the build context, which is not here".to_owned());
    let paths = files::copied(sole.cx, &sole.sources).ok_or_else(unknown)?;
    let text = |path: String| files::texts(sole.cx, &[path.as_str()]).map(|mut texts| texts.remove(0));
    let manifest = sole.source_of(&format!("{}/package.json", sole.directory)).and_then(text);
    let manifest = manifest.as_deref().and_then(Manifest::of).ok_or_else(unknown)?;
    if site::is_served(sole) {
        return site::runtime(sole, image, reference, &manifest, &paths).map(Some);
    }
    if siblings::version(reference.tag_or_latest()).first().is_none_or(|release| *release < RELEASE_MIN) {
        return Err(of_image(
            "its tag does not say that it has an npm that can remove packages by their use".to_owned(),
        ));
    }
    let small = small(image, reference, sole).map_err(of_image)?;
    let develops = manifest.names("devDependencies");
    if small == reference.tag_or_latest() && develops.as_ref().is_some_and(Vec::is_empty) {
        return Ok(None);
    }
    if develops.is_none() || manifest.is_special() {
        return Err(of_install("`package.json` has packages that are not of the registry, or beside it".to_owned()));
    }
    if let Some(script) = manifest.unasked_script() {
        return Err(of_install(format!("npm runs the script `{script}` of `package.json` unasked")));
    }
    const OF_THE_IMAGE: &[&str] =
        &["/", "/etc", "/home", "/lib", "/opt", "/root", "/tmp", "/usr", "/usr/local", "/var"];
    if OF_THE_IMAGE.contains(&sole.directory.as_str()) || is_within(&sole.directory, "/usr/local/lib") {
        return Err(of_image(format!("it works in `{}`, which is not its own", sole.directory)));
    }
    sole.works_in_one()?;
    let (mut is_pruned, mut choices) = (false, Vec::new());
    let mut commands_of = Vec::new();
    for run in &sole.cx.build.runs {
        commands_of.push(sole.commands(run)?);
    }
    for command in commands_of.iter().flatten() {
        match build_step(sole, command, &manifest).map_err(|because| (command.range(), because))? {
            Done::Pruned => is_pruned = true,
            Done::Installed => is_pruned = false,
            Done::Other => {}
        }
        choices.extend(Install::of(sole.cx.build, command).and_then(Result::ok).map(|install| install.choices));
    }
    starts(sole, &manifest)?;
    if let Some(obstacle) = sole.brought_outside(std::slice::from_ref(&sole.directory)) {
        return Err(obstacle);
    }
    if let Some(because) = variables::lost_around(sole.cx, 0, "node") {
        return Err(of_install(because));
    }
    let needs = programs::needs(sole.cx, &super::LANGUAGE, &paths).ok_or_else(unknown)?;
    if let Some(because) = needs.system {
        return Err(of_install(format!("{because}, so that it may need something of this image")));
    }
    if let Some(because) = named(sole, &paths, develops.as_deref().unwrap_or_default()) {
        return Err(of_install(because));
    }
    if let Some((place, package)) = around::names_package(sole, develops.as_deref().unwrap_or_default()) {
        return Err(of_install(format!("`{place}` names `{package}`, which is only there for development")));
    }
    let has_plain_packages = !develops.is_some_and(|names| names.is_empty());
    // What was said to npm when it installed holds for what stays.
    let is_said = |option: &&str| choices.iter().flatten().any(|choice| choice == option);
    let again = ["--force", "--legacy-peer-deps", "--no-optional"].into_iter().filter(is_said);
    let prune: String = ["npm prune --omit=dev"].into_iter().chain(again).collect::<Vec<_>>().join(" ");
    Ok(Some(Runtime {
        image: siblings::with_tag(&image.text, reference, &small),
        artifacts: vec![sole.directory.clone()],
        last: (!is_pruned && has_plain_packages).then_some(prune),
        ..Runtime::default()
    }))
}

/// Packages that others load by their names where they are there.
const LOADED_BY_OTHERS: &[&str] = &[
    "bufferutil",
    "class-transformer",
    "class-validator",
    "ejs",
    "hbs",
    "ioredis",
    "mariadb",
    "mongodb",
    "mysql",
    "mysql2",
    "pg",
    "pg-hstore",
    "pug",
    "redis",
    "reflect-metadata",
    "tedious",
    "utf-8-validate",
];

/// Where the program may load one of `packages`, which are only for development, without an import that says so.
fn named(sole: &Sole<'_>, paths: &[String], packages: &[&str]) -> Option<String> {
    if let Some(package) = packages.iter().find(|package| LOADED_BY_OTHERS.contains(package)) {
        return Some(format!("`{package}` is only for development, and other packages load it where it is there"));
    }
    // Files of data and settings say it in their own ways.
    let is_data = |path: &str| {
        let is_of_tool = ["package", "tsconfig", "nest-cli", "nodemon", "tslint"]
            .iter()
            .any(|tool| path.rsplit('/').next().is_some_and(|name| name.starts_with(tool)));
        let endings = [".json", ".yml", ".yaml", ".toml", ".html", ".ejs", ".hbs", ".pug"];
        !is_of_tool
            && !files::is_for_people(path)
            && (path.starts_with(".env") || (!path.starts_with('.') && endings.iter().any(|end| path.ends_with(end))))
    };
    let compiles = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        [".babelrc", ".swcrc", "babel.config", "tsconfig"].iter().any(|start| name.starts_with(start))
    };
    let is_read = |path: &&str| (node::is_code(path) && *path != "package.json") || is_data(path) || compiles(path);
    let ours: Vec<_> = paths.iter().map(String::as_str).filter(is_read).collect();
    let Some(texts) = files::texts(sole.cx, &ours) else {
        return Some("what its files say of packages is not known".to_owned());
    };
    ours.iter().zip(&texts).find_map(|(path, text)| {
        if compiles(path) {
            let helpers = ["importHelpers", "externalHelpers", "transform-runtime", "useBuiltIns"];
            let sign = helpers.iter().find(|sign| text.contains(**sign))?;
            return Some(format!("`{path}` has `{sign}`, so that what is compiled may import other packages"));
        }
        if text.contains("node_modules") {
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

/// The tag of the image that is shipped.
pub(crate) fn small(image: &ImageUse<'_>, reference: &ImageReference, sole: &Sole<'_>) -> Result<String, String> {
    let tag = reference.tag_or_latest();
    if reference.digest.is_some() {
        return Err("a digest says which image it is".to_owned());
    }
    if siblings::is_small(tag) {
        return Ok(tag.to_owned());
    }
    let known = sole.cx.facts.catalogue.image("node").ok_or("the catalogue does not have it")?;
    let small = siblings::slim(known, tag)?;
    let platform = image.platform();
    if platform.is_some_and(|platform| !lines::is_built(known, &small, platform)) {
        return Err(format!("`node:{small}` is not known to be built for its platform"));
    }
    Ok(small)
}

enum Done {
    Installed,
    Pruned,
    Other,
}

/// What `command` does to the packages, if it leaves everything in the folder of the program.
fn build_step(sole: &Sole<'_>, command: &Command<'_>, manifest: &Manifest) -> Result<Done, String> {
    let install = Install::of(sole.cx.build, command).transpose()?;
    let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
    let folder = install.as_ref().and_then(|install| install.folder.clone());
    let is_here = folder.unwrap_or_else(|| sole.directory_of(command)) == sole.directory;
    match (command.name().unwrap_or_default(), words.as_slice(), &install) {
        ("npm", _, Some(install)) if matches!(install.work, Work::Brings | Work::BringsAnew) && is_here => {
            installs::settings(sole.cx, command, install)?;
            match something_else(install) {
                Some(other) => Err(format!("`{other}` may bring something else than the packages of `package.json`")),
                None => Ok(Done::Installed),
            }
        }
        ("npm", ["prune", rest @ ..], _)
            if is_here && rest.iter().any(|word| ["--omit=dev", "--production"].contains(word)) =>
        {
            Ok(Done::Pruned)
        }
        ("npm", ["run" | "run-script", name], _) if is_here => script(sole, manifest, name),
        ("npx", [tool, rest @ ..], _)
            if is_here && TOOLS.contains(tool) && rest.iter().all(|word| !word.starts_with('/')) =>
        {
            Ok(Done::Other)
        }
        ("npm", _, Some(install)) if install.work == Work::Nothing => Ok(Done::Other),
        (_, _, Some(install)) if install.work == Work::BringsForAll => {
            let package = install.packages.first().map_or("npm", String::as_str);
            Err(format!("`{package}` is installed for all, and may be needed at run time"))
        }
        _ if sole.stays_in(command, &sole.directory) => Ok(Done::Other),
        (name, ..) => Err(format!("`{name}` may leave something behind that is needed at run time")),
    }
}

/// What makes `install` bring something else than the packages of the project as npm chooses them, or leave something of them undone.
fn something_else(install: &Install) -> Option<String> {
    const CHOICES: &[&str] = &[
        "--force",
        "--include=dev",
        "--legacy-peer-deps",
        "--no-optional",
        "--omit=dev",
        "--only=prod",
        "--only=production",
        "--production",
    ];
    let choice = install.choices.iter().find(|choice| !CHOICES.contains(&choice.as_str()));
    let other =
        install.packages.first().or(install.from.as_ref()).or(install.compiles.as_ref()).or(install.to.as_ref());
    let read = install.reads_of(Kind::Other).next().map(str::to_owned);
    let update = install.reads_of(Kind::Lock).next().is_none().then(|| "update".to_owned());
    let scripts = (!install.runs_scripts_of_packages).then(|| "--ignore-scripts".to_owned());
    choice.or(other).cloned().or(read).or(update).or(scripts)
}

/// A script of `package.json` that only builds.
fn script(sole: &Sole<'_>, manifest: &Manifest, name: &str) -> Result<Done, String> {
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
                [tool, ..] if TOOLS.contains(tool) => {}
                step => {
                    let tool = step.first().copied().unwrap_or_default();
                    return Err(format!("the script `{name}` runs `{tool}`, which may do more than to build"));
                }
            }
        }
    }
    Ok(Done::Other)
}

/// That the image starts a file with `node`, and nothing else.
fn starts(sole: &Sole<'_>, manifest: &Manifest) -> Result<(), Obstacle> {
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
            const LOADERS: &[&str] = &["-r", "--require", "--import", "--loader", "--experimental-loader", "-e", "-p"];
            match rest.iter().find(|word| {
                let is_loader = LOADERS.iter().any(|loader| word.starts_with(loader));
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
