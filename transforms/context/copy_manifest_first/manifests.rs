//! Which files of the build context an install reads, if they can be told.

use super::FACTS;
use crate::programs::{files, installs};
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::commands::Command;
use crate::semantics::installs::{Cache, Install, Kind as Read, Work, settings_of};
use crate::semantics::packages::{NPM, PIP, YARN};
use crate::semantics::{Run, cleanups, joined};

/// An install that a RUN is for.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Pip,
    Npm,
    Go,
    /// One that may write where the COPY writes, or cannot be read; why.
    Other(String),
}

/// What `command` installs, if it reads manifests.
pub(super) fn install(cx: &Context<'_>, command: &Command<'_>) -> Option<Kind> {
    if is_go_download(command) {
        return Some(Kind::Go);
    }
    let package = command.package_command();
    let install = match Install::of(cx.build, command)? {
        Ok(install) => install,
        Err(because) => return package.is_some_and(|package| package.installs()).then_some(Kind::Other(because)),
    };
    let reads_project = install.packages.is_empty() && install.reads_of(Read::Manifest).next().is_some();
    match install.manager {
        manager if *manager == PIP && install.brings() => {
            install.reads_of(Read::Requirements).next().map(|_| Kind::Pip)
        }
        manager if *manager == NPM && install.work == Work::BringsAnew => Some(Kind::Npm),
        manager if *manager == NPM && install.work == Work::Brings && reads_project => {
            let verb = package.map_or("install", |package| package.verb());
            Some(Kind::Other(format!("`npm {verb}` may rewrite its lock file")))
        }
        manager if *manager == YARN && install.work == Work::Brings && reads_project => {
            Some(Kind::Other("which packages run scripts, yarn's lock file does not say".to_owned()))
        }
        _ => None,
    }
}

fn is_go_download(command: &Command<'_>) -> bool {
    let words: Option<Vec<_>> = command.words().iter().map(|word| word.literal.as_deref()).collect();
    words.is_some_and(|words| matches!(words.join(" ").as_str(), "go mod download" | "go mod download -x"))
}

/// The files at the top of the context that `commands` read, which run in `folder`; nothing else may have to do with it.
///
/// # Errors
/// What is not known, or reads more.
pub(super) fn read_by(
    cx: &Context<'_>,
    run: &Run<'_>,
    commands: &[Command<'_>],
    kind: Kind,
    folder: &str,
) -> Result<Vec<String>, String> {
    let Answer::Paths(files) = cx.facts.answer(Question::ContextFiles) else {
        return Err("what the install reads is only known with the build context".to_owned());
    };
    let project = Project { cx, files, folder };
    // Options that are said by variables are read with the command.
    let variables = match kind {
        Kind::Pip => "variable of pip with other files",
        Kind::Npm => "variable of npm with other files",
        _ => "variable of Go with other files",
    };
    if let Some(name) = FACTS.of(variables).find(|name| cx.build.variable(run, name).is_some()) {
        return Err(format!("`{name}` may name other files"));
    }
    let mut manifests = Vec::new();
    for command in commands {
        if cleanups::is_cleanup(command.text(command.node.range)) {
            continue;
        }
        let is_plain =
            command.node.redirects.is_empty() && command.simple.assignments.is_empty() && command.is_top_level();
        let unclear = || Err(format!("`{}` may need the sources", command.text(command.node.range)));
        match kind {
            _ if !is_plain => return unclear(),
            Kind::Pip => project.requirements(command, &mut manifests)?,
            Kind::Npm => manifests = project.packages(command)?,
            Kind::Go if is_go_download(command) => manifests = project.modules()?,
            _ => return unclear(),
        }
    }
    Ok(manifests)
}

/// The build context, and the folder it is copied to.
struct Project<'a> {
    cx: &'a Context<'a>,
    files: &'a [String],
    folder: &'a str,
}

impl Project<'_> {
    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file == path)
    }

    fn text(&self, path: &str) -> Result<String, String> {
        let texts = files::texts(self.cx, &[path]);
        texts.map(|texts| texts.concat()).ok_or_else(|| format!("what is in `{path}` is not known"))
    }

    /// What a pip command reads, besides what is in `manifests` already.
    fn requirements(&self, command: &Command<'_>, manifests: &mut Vec<String>) -> Result<(), String> {
        let install = self.read(command, &[Read::Requirements, Read::Constraints, Read::Settings])?;
        if *install.manager != PIP || install.to.as_ref().is_some_and(|to| to.starts_with('-') && to != "--user") {
            return Err(unclear(command));
        }
        let listed = installs::listed(self.cx, command, &install)?;
        if let Some(project) = listed.projects.first() {
            return Err(format!("what is read to install `{project}` cannot be told"));
        }
        for file in listed.files {
            if file.contains(['/', ' ', '$']) {
                return Err(format!("`{file}` is no file at the top of the build context"));
            }
            if !manifests.contains(&file) {
                manifests.push(file);
            }
        }
        let is_environment = |file: &String| FACTS.sign("part of an environment of Python", file).is_some();
        match self.files.iter().any(is_environment) {
            true => Err("the build context has an environment of Python".to_owned()),
            false => Ok(()),
        }
    }

    /// What `command` installs in the folder, where it reads no files but those of `kinds`.
    fn read(&self, command: &Command<'_>, kinds: &[Read]) -> Result<Install, String> {
        let install = Install::of(self.cx.build, command).ok_or_else(|| unclear(command))??;
        if let Some(more) = install.reads.iter().find(|read| !kinds.contains(&read.kind)) {
            return Err(format!("it reads `{}` too", more.path));
        }
        let is_here = install.folder.as_ref().is_some_and(|folder| *folder == joined("/", self.folder));
        installs::settings(self.cx, command, &install)?;
        let keeps_cache = !matches!(install.cache, Cache::Elsewhere(_));
        match install.brings() && is_here && keeps_cache {
            true => Ok(install),
            false => Err(unclear(command)),
        }
    }

    /// What `npm ci` reads.
    fn packages(&self, command: &Command<'_>) -> Result<Vec<String>, String> {
        let install = self.read(command, &[Read::Manifest, Read::Lock, Read::Settings])?;
        if *install.manager != NPM || install.work != Work::BringsAnew {
            return Err(format!("`{}` may need the sources", command.text(command.node.range)));
        }
        let locks = ["npm-shrinkwrap.json", "package-lock.json"];
        let Some(lock) = locks.into_iter().find(|lock| self.has(lock)).filter(|_| self.has("package.json")) else {
            return Err("the build context has no lock file of npm at its top".to_owned());
        };
        self.modules_stay_out()?;
        let mut manifests = vec!["package.json".to_owned(), lock.to_owned()];
        let (manifest, locked) = (self.text("package.json")?, self.text(lock)?);
        if manifest.contains("\"workspaces\"") {
            return Err("the project has workspaces".to_owned());
        }
        if FACTS.sign("sign of a package in the build context", &locked).is_some() {
            return Err(format!("`{lock}` names packages in the build context"));
        }
        if install.runs_scripts_of_packages {
            self.runs_no_script_of_the_project(&manifest)?;
            runs_no_unknown_script(lock, &locked)?;
        }
        if self.has(".npmrc") {
            settings_of(&NPM, ".npmrc", &self.text(".npmrc")?)?;
            manifests.push(".npmrc".to_owned());
        }
        Ok(manifests)
    }

    /// Whether no `node_modules` of whoever builds gets over the installed one.
    fn modules_stay_out(&self) -> Result<(), String> {
        let own_list = self.files.iter().find(|file| file.ends_with(".dockerignore") && *file != ".dockerignore");
        if let Some(list) = own_list {
            return Err(format!("`{list}` may say what is left out"));
        }
        let Answer::Text(list) = self.cx.facts.answer(Question::ContextFile(".dockerignore".to_owned())) else {
            return Err("no `.dockerignore` leaves out `node_modules`".to_owned());
        };
        let list = String::from_utf8_lossy(list).into_owned();
        let names = |line: &str| {
            let line = line
                .trim()
                .trim_end_matches(['/', '*'])
                .trim_start_matches("./")
                .trim_start_matches("**/")
                .trim_start_matches('/');
            line == "node_modules"
        };
        let is_left_out = list.lines().any(names) && !list.lines().any(|line| line.trim_start().starts_with('!'));
        let is_there = self.files.iter().any(|file| file.starts_with("node_modules/"));
        match is_left_out && !is_there {
            true => Ok(()),
            false => Err("no `.dockerignore` leaves out `node_modules`".to_owned()),
        }
    }

    fn runs_no_script_of_the_project(&self, manifest: &str) -> Result<(), String> {
        if self.has("binding.gyp") {
            return Err("npm builds what `binding.gyp` says".to_owned());
        }
        let is_there = |script: &&str| {
            let key = format!("\"{script}\"");
            manifest.split(&key).skip(1).any(|rest| rest.trim_start().starts_with(':'))
        };
        // The `dependencies` of a package are a list; a script of that name is a text.
        let has_script = manifest
            .split("\"dependencies\"")
            .skip(1)
            .any(|rest| rest.trim_start().strip_prefix(':').is_some_and(|value| value.trim_start().starts_with('"')));
        if has_script {
            return Err("npm runs the `dependencies` script of the project".to_owned());
        }
        FACTS
            .of("script that npm runs")
            .find(is_there)
            .map_or(Ok(()), |script| Err(format!("npm runs the `{script}` script of the project")))
    }

    /// What `go mod download` reads.
    fn modules(&self) -> Result<Vec<String>, String> {
        if !self.has("go.mod") || !self.has("go.sum") || self.has("go.work") {
            return Err("the build context is no single module of Go with its sums".to_owned());
        }
        let (module, sums) = (self.text("go.mod")?, self.text("go.sum")?);
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
            if is_module && !(is_summed(&format!("{name} {version}")) && is_summed(&format!("{name} {version}/go.mod")))
            {
                return Err(format!("`go.sum` does not have `{name}`"));
            }
        }
        Ok(vec!["go.mod".to_owned(), "go.sum".to_owned()])
    }
}

fn unclear(command: &Command<'_>) -> String {
    format!("what is read for `{}` cannot be told", command.text(command.node.range))
}

/// Whether the lock file shows that no package runs a script of which more is to be expected.
fn runs_no_unknown_script(lock: &str, locked: &str) -> Result<(), String> {
    const SCRIPT: &str = "\"hasInstallScript\": true";
    if !["\"lockfileVersion\": 2", "\"lockfileVersion\": 3"].iter().any(|version| locked.contains(version)) {
        return Err(format!("which packages run scripts, `{lock}` does not say"));
    }
    if locked.matches("hasInstallScript").count()
        != locked.lines().filter(|line| line.trim().starts_with(SCRIPT)).count()
    {
        return Err(format!("`{lock}` is not written as npm writes it"));
    }
    let mut package = "";
    for line in locked.lines().map(str::trim) {
        if let Some(key) = line.strip_suffix("\": {").filter(|key| key.contains("node_modules/") || *key == "\"") {
            package = key.rsplit("node_modules/").next().unwrap_or_default();
        }
        if line.starts_with(SCRIPT) && !FACTS.has("package with a harmless script", package) {
            return Err(format!("the install script of `{package}` may read the sources"));
        }
    }
    Ok(())
}
