//! One folder with a program in Python, for the transform that ships it without the compilers that its packages were made with.

use super::super::skeleton::{Runtime, Sole};
use super::code as python;
use crate::bases::siblings;
use crate::programs::{self, files, installs, variables};
use crate::rewrite::{Context, Obstacle};
use crate::semantics::commands::Command;
use crate::semantics::installs::{Install, bare_name};
use crate::semantics::packages::PackageCommand;
use crate::semantics::{ImageUse, is_within};
use crate::syntax::ImageReference;
use crate::syntax::shell::Word;
use crate::text::TextRange;

/// Where the official images have Python.
const PREFIX: &str = "/usr/local";

/// Packages of Debian that compile. What they bring besides compiles too.
const COMPILERS: &[&str] = &["build-essential", "clang", "g++", "gcc", "gfortran"];

/// Packages of Debian that only a build needs.
const OF_BUILDS: &[&str] = &[
    "autoconf",
    "automake",
    "libc-dev",
    "libc6-dev",
    "libtool",
    "make",
    "ninja-build",
    "pkg-config",
    "python3-dev",
    "python-dev",
];

/// Packages with which one compiles against a library, and the library.
const LIBRARIES: &[(&str, &str)] = &[
    ("libpq-dev", "libpq5"),
    ("libxslt1-dev", "libxslt1.1"),
    ("libmariadb-dev", "libmariadb3"),
    ("default-libmysqlclient-dev", "libmariadb3"),
];

/// Programs that start a program in Python, and leave the rest to it.
const STARTERS: &[&str] =
    &["celery", "daphne", "flask", "gunicorn", "hypercorn", "python", "python3", "uvicorn", "waitress-serve"];

/// Where a compiler is installed with apt.
pub(crate) fn compiler(cx: &Context<'_>) -> Option<TextRange> {
    let is_compiler = |word: &Word| word.literal.as_deref().is_some_and(|name| COMPILERS.contains(&name));
    cx.build.commands().find_map(|command| {
        let apt = command.package_command().filter(|apt| apt.manager.name == "apt" && apt.installs())?;
        apt.operands().any(is_compiler).then(|| command.range())
    })
}

/// `None` if no compiler is installed.
pub(crate) fn runtime(
    sole: &Sole<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
) -> Result<Option<Runtime>, Obstacle> {
    let Some(at) = compiler(sole.cx) else { return Ok(None) };
    let mut installed = Installed::default();
    for command in sole.cx.build.commands() {
        if let Some(apt) = command.package_command().filter(|apt| apt.manager.name == "apt" && apt.installs()) {
            installed.add(&apt).map_err(|because| (command.range(), because))?;
        }
    }
    let wrong = |because: String| (at, because);
    let tag = reference.tag_or_latest();
    let version = siblings::version(tag);
    let [major @ 3, minor, ..] = version.as_slice() else {
        return Err((sole.from, "its tag does not say which Python it has".to_owned()));
    };
    if tag.split('-').any(|word| word.starts_with("alpine")) || !tag.split('-').any(|word| word == "slim") {
        return Err((sole.from, "it has compilers, or others, itself".to_owned()));
    }
    let mut commands_of = Vec::new();
    for run in &sole.cx.build.runs {
        commands_of.push(sole.commands(run)?);
    }
    // All that has to be known is asked for before the first that is not known is said.
    let paths = files::copied(sole.cx, &sole.sources);
    let needs = paths.as_ref().and_then(|paths| programs::needs(sole.cx, &super::LANGUAGE, paths));
    let steps = commands_of
        .iter()
        .flatten()
        .map(|command| build_step(sole, command).map_err(|because| (command.range(), because)));
    if let Some(obstacle) = steps.filter_map(Result::err).fold(None, |first, obstacle| first.or(Some(obstacle))) {
        return Err(obstacle);
    }
    let (program, started) = &sole.start[0];
    if !STARTERS.contains(&program.as_str()) {
        return Err((*started, format!("it starts `{program}`, of which nothing is known")));
    }
    if let Some(obstacle) = sole.brought_outside(std::slice::from_ref(&sole.directory)) {
        return Err(obstacle);
    }
    if sole.directory == "/" || is_within(&sole.directory, PREFIX) {
        return Err((sole.from, format!("it works in `{}`, which is not its own", sole.directory)));
    }
    let (Some(_), Some(needs)) = (paths, needs) else {
        return Err(wrong("what the program needs is in the build context, which is not here".to_owned()));
    };
    if let Some(because) = variables::lost_around(sole.cx, 0, "python") {
        return Err(wrong(because));
    }
    if let Some(because) = needs.system {
        return Err(wrong(format!("{because}, so that it may need something of this image")));
    }
    let packages = format!("{PREFIX}/lib/python{major}.{minor}/site-packages");
    Ok(Some(Runtime {
        image: image.text.to_owned(),
        artifacts: vec![packages, format!("{PREFIX}/bin"), sole.directory.clone()],
        install: installed.command(),
        ..Runtime::default()
    }))
}

/// What is installed with apt, without what only a build needs.
#[derive(Default)]
struct Installed {
    names: Vec<String>,
    /// Whether recommended packages came with one of them.
    is_generous: bool,
}

impl Installed {
    fn add(&mut self, apt: &PackageCommand<'_>) -> Result<(), String> {
        let is_lean = apt.has_option("--no-install-recommends");
        for word in apt.operands() {
            let name = word.literal.as_deref().ok_or("what it installs is only known when it runs")?;
            if COMPILERS.contains(&name) || OF_BUILDS.contains(&name) {
                continue;
            }
            let library = LIBRARIES.iter().find(|(development, _)| *development == name).map(|(_, library)| *library);
            if library.is_none()
                && (name.ends_with("-dev") || name.contains(['=', '/', '*', '+']) || name.starts_with('.'))
            {
                return Err(format!("which library goes with `{name}` is not known"));
            }
            let name = library.unwrap_or(name);
            self.is_generous |= !is_lean && library.is_none();
            if !self.names.iter().any(|other| other == name) {
                self.names.push(name.to_owned());
            }
        }
        Ok(())
    }

    fn command(&self) -> Option<String> {
        let lean = if self.is_generous { "" } else { "--no-install-recommends " };
        let names = self.names.join(" ");
        let command = format!("apt-get update && apt-get install -y {lean}{names} && rm -rf /var/lib/apt/lists/*");
        (!self.names.is_empty()).then_some(command)
    }
}

/// That `command` leaves nothing behind besides packages of Debian and of Python, and files in the folder of the program.
fn build_step(sole: &Sole<'_>, command: &Command<'_>) -> Result<(), String> {
    let name = command.name().unwrap_or_default();
    let Some(package) = command.package_command() else {
        let is_tidying = name == "rm"
            && command.arguments().iter().skip(1).all(|word| {
                let path = command.text(word.range);
                ["/var/lib/apt/lists", "/var/cache/apt", "/root/.cache"].iter().any(|folder| is_within(path, folder))
            });
        let is_known = is_tidying || sole.stays_in(command, &sole.directory);
        return if is_known {
            Ok(())
        } else {
            Err(format!("`{name}` may leave something behind that is needed at run time"))
        };
    };
    match (package.manager.name, package.verb()) {
        ("apt", "update" | "install" | "clean" | "autoclean" | "autoremove") => Ok(()),
        ("pip", "install") => {
            let install = Install::of(sole.cx.build, command).ok_or("what it installs is not known")??;
            pip_install(sole, command, &install)
        }
        (manager, verb) => Err(format!("`{manager} {verb}` may leave something behind that is needed at run time")),
    }
}

fn pip_install(sole: &Sole<'_>, command: &Command<'_>, install: &Install) -> Result<(), String> {
    const TOOLS: &[&str] = &["pip", "setuptools", "wheel"];
    if let Some(option) = &install.to {
        return Err(format!("`{option}` may put packages elsewhere"));
    }
    let listed = installs::listed(sole.cx, command, install)?;
    if let Some(because) = listed.from {
        return Err(format!("what comes by `{because}` is not known"));
    }
    let directory = install.folder.clone().unwrap_or_default();
    let is_here = |project: &String| *project == directory;
    if let Some(other) = listed.projects.iter().find(|project| !is_here(project)) {
        return Err(format!("what is in `{other}` is not known"));
    }
    if let Some(because) = listed.compiles.filter(|_| listed.projects.is_empty()) {
        return Err(format!("what it compiles for `{because}` is not known"));
    }
    for requirement in &listed.packages {
        let name = bare_name(requirement);
        if !TOOLS.contains(&name) && python::package(requirement).is_none() {
            return Err(format!("what the package `{name}` needs when it is used is not known"));
        }
    }
    if listed.projects.is_empty() { Ok(()) } else { project(sole, &directory) }
}

fn text_of(sole: &Sole<'_>, path: &str) -> Option<String> {
    Some(files::texts(sole.cx, &[sole.source_of(path)?.as_str()])?.remove(0))
}

/// That the project in `directory` needs nothing but the C library and known packages.
fn project(sole: &Sole<'_>, directory: &str) -> Result<(), String> {
    const SIGNS: &[&str] = &[
        "cffi",
        "cmake",
        "cmdclass",
        "cython",
        "data-files",
        "data_files",
        "extra_",
        "fopenmp",
        "libraries",
        "library_dirs",
        "ctypes",
        "numpy",
        "pkgconfig",
        "pybind11",
        "shared",
        "subprocess",
        "system(",
        "setup_requires",
        "exec(",
    ];
    let mut is_known = false;
    for name in ["setup.py", "setup.cfg", "pyproject.toml"] {
        let Some(text) = text_of(sole, &format!("{directory}/{name}")) else { continue };
        is_known = true;
        if let Some(sign) = SIGNS.iter().find(|sign| text.contains(**sign)) {
            return Err(format!(
                "`{name}` has `{}`, so that it may need more than a compiler",
                sign.trim_end_matches('(')
            ));
        }
        for key in ["install_requires", "dependencies"] {
            let Some((_, list)) = text.split_once(key) else { continue };
            let list = list.split(']').next().unwrap_or_default();
            let is_list = list.trim_start_matches(['=', ' ', '\n']).starts_with('[');
            let unknown =
                list.split(['"', '\'']).skip(1).step_by(2).find(|requirement| python::package(requirement).is_none());
            match unknown {
                Some(requirement) => return Err(format!("what `{requirement}` of `{name}` needs is not known")),
                None if !is_list => return Err(format!("what `{name}` needs is not written out")),
                None => {}
            }
        }
    }
    if is_known { Ok(()) } else { Err("nothing here says how it is built".to_owned()) }
}
