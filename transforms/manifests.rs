//! Which files of the build context an install reads, if they can be told.

use crate::programs::files;
use crate::rewrite::{Answer, Context, Question};
use crate::semantics::commands::Command;
use crate::semantics::packages::{NPM, PIP, YARN};
use crate::semantics::{Run, cleanups};

/// An install that a RUN is for.
#[derive(Clone, Debug)]
pub(super) enum Install {
    Pip,
    Npm,
    Go,
    /// One that may write where the COPY writes; why.
    Rewrites(String),
}

/// What `command` installs, if it reads manifests.
pub(super) fn install(command: &Command<'_>) -> Option<Install> {
    if is_go_download(command) {
        return Some(Install::Go);
    }
    let package = command.package_command().filter(|package| package.installs())?;
    match package.manager {
        manager if *manager == PIP => {
            (package.has_option("-r") || package.has_option("--requirement")).then_some(Install::Pip)
        }
        manager if *manager == NPM && ["ci", "clean-install"].contains(&package.verb()) => Some(Install::Npm),
        manager if *manager == NPM && !package.has_operands() => {
            Some(Install::Rewrites(format!("`npm {}` may rewrite its lock file", package.verb())))
        }
        manager if *manager == YARN && !package.has_operands() => {
            Some(Install::Rewrites("which packages run scripts, yarn's lock file does not say".to_owned()))
        }
        _ => None,
    }
}

fn is_go_download(command: &Command<'_>) -> bool {
    let words: Vec<_> = command.words().iter().map(|word| word.literal.as_deref()).collect();
    matches!(
        words.as_slice(),
        [Some("go"), Some("mod"), Some("download")] | [Some("go"), Some("mod"), Some("download"), Some("-x")]
    )
}

/// The files at the top of the context that `commands` read, which run in `folder`; nothing else may have to do with it.
///
/// # Errors
/// What is not known, or reads more.
pub(super) fn read_by(
    cx: &Context<'_>,
    run: &Run<'_>,
    commands: &[Command<'_>],
    kind: Install,
    folder: &str,
) -> Result<Vec<String>, String> {
    let Answer::Paths(files) = cx.facts.answer(Question::ContextFiles) else {
        return Err("what the install reads is only known with the build context".to_owned());
    };
    let project = Project { cx, files, folder };
    let variables: &[&str] = match kind {
        Install::Pip => &[
            "PIP_TARGET",
            "PIP_PREFIX",
            "PIP_CONFIG_FILE",
            "PIP_REQUIREMENT",
            "PIP_CONSTRAINT",
            "PIP_FIND_LINKS",
            "PIP_SRC",
            "PIP_CACHE_DIR",
            "PYTHONPATH",
            "PYTHONUSERBASE",
        ],
        Install::Npm => &[
            "NPM_CONFIG_CACHE",
            "npm_config_cache",
            "NPM_CONFIG_USERCONFIG",
            "npm_config_userconfig",
            "NPM_CONFIG_PREFIX",
            "NODE_OPTIONS",
            "NODE_PATH",
        ],
        _ => &["GOPATH", "GOMODCACHE", "GOFLAGS", "GOWORK", "GOENV"],
    };
    if let Some(name) = variables.iter().find(|name| cx.build.variable(run, name).is_some()) {
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
            Install::Pip => project.requirements(command, &mut manifests)?,
            Install::Npm if matches!(install(command), Some(Install::Npm)) => manifests = project.packages(command)?,
            Install::Go if is_go_download(command) => manifests = project.modules()?,
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

/// Options of pip that name no files.
const PIP_OPTIONS: &[&str] = &[
    "-q",
    "-v",
    "-U",
    "--quiet",
    "--verbose",
    "--upgrade",
    "--no-cache-dir",
    "--no-cache",
    "--no-deps",
    "--no-compile",
    "--compile",
    "--pre",
    "--user",
    "--prefer-binary",
    "--disable-pip-version-check",
    "--force-reinstall",
    "--ignore-installed",
    "--require-hashes",
    "--break-system-packages",
    "--no-warn-script-location",
    "--no-build-isolation",
    "--no-python-version-warning",
    "--no-input",
];
/// The same with a value.
const PIP_VALUED: &[&str] = &[
    "-i",
    "--index-url",
    "--extra-index-url",
    "--trusted-host",
    "--timeout",
    "--default-timeout",
    "--retries",
    "--progress-bar",
    "--root-user-action",
];

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
        let unclear = |what: &str| format!("what pip reads for `{what}` cannot be told");
        let package =
            command.package_command().filter(|package| package.manager == &PIP && package.verb() == "install");
        let Some(package) = package else { return Err(unclear(command.text(command.node.range))) };
        for words in package.options() {
            let Some(option) = words[0].literal.as_deref() else { return Err(unclear(command.text(words[0].range))) };
            let value = words.get(1).and_then(|word| word.literal.as_deref());
            let (name, value) = option.split_once('=').map_or((option, value), |(name, value)| (name, Some(value)));
            match (name, value) {
                ("-r" | "--requirement" | "-c" | "--constraint", Some(file)) => {
                    self.requirement_file(file, manifests)?
                }
                (name, None) if PIP_OPTIONS.contains(&name) => {}
                (name, _) if PIP_VALUED.contains(&name) => {}
                _ => return Err(unclear(option)),
            }
        }
        let is_name = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric()) && is_plain_requirement(text);
        match package.operands().find(|word| !word.literal.as_deref().is_some_and(is_name)) {
            Some(operand) => Err(unclear(command.text(operand.range))),
            None if self.files.iter().any(|file| {
                ["pyvenv.cfg", "site-packages/", ".egg-info/", ".dist-info/"].iter().any(|part| file.contains(part))
            }) =>
            {
                Err("the build context has an environment of Python".to_owned())
            }
            None => Ok(()),
        }
    }

    /// Adds `file`, and those that it names, to `manifests`.
    fn requirement_file(&self, file: &str, manifests: &mut Vec<String>) -> Result<(), String> {
        let name = file.strip_prefix(self.folder).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file);
        let name = name.strip_prefix("./").unwrap_or(name);
        if !self.has(name) || name.contains(['/', ' ', '$']) {
            return Err(format!("`{file}` is no file at the top of the build context"));
        }
        if manifests.iter().any(|known| known == name) {
            return Ok(());
        }
        manifests.push(name.to_owned());
        let text = self.text(name)?.replace("\\\r\n", " ").replace("\\\n", " ");
        for line in text.lines() {
            let line = line.split(" #").next().unwrap_or_default().trim();
            let (word, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
            match word {
                _ if line.is_empty() || line.starts_with('#') => {}
                "-r" | "--requirement" | "-c" | "--constraint" => self.requirement_file(rest.trim(), manifests)?,
                "-i" | "--index-url" | "--extra-index-url" | "--trusted-host" | "--pre" | "--prefer-binary"
                | "--no-binary" | "--only-binary" | "--require-hashes" => {}
                _ if is_plain_requirement(line) => {}
                _ => return Err(format!("what `{line}` in `{name}` reads cannot be told")),
            }
        }
        Ok(())
    }

    /// What `npm ci` reads.
    fn packages(&self, command: &Command<'_>) -> Result<Vec<String>, String> {
        const OPTIONS: &[&str] = &[
            "--omit=dev",
            "--production",
            "--only=production",
            "--only=prod",
            "--no-audit",
            "--no-fund",
            "--audit=false",
            "--fund=false",
            "--ignore-scripts",
            "--silent",
            "--quiet",
            "--verbose",
            "-q",
            "-s",
            "--legacy-peer-deps",
            "--no-optional",
            "--omit=optional",
            "--prefer-offline",
            "--no-progress",
            "--include=dev",
        ];
        let Some(package) = command.package_command() else { return Err("it is no `npm ci`".to_owned()) };
        let words = package.options().flat_map(|words| words.iter()).chain(package.operands());
        for word in words {
            if !word.literal.as_deref().is_some_and(|option| OPTIONS.contains(&option)) {
                return Err(format!("what npm reads with `{}` cannot be told", command.text(word.range)));
            }
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
        if ["\"link\": true", "\"link\":true", "\"file:"].iter().any(|part| locked.contains(part)) {
            return Err(format!("`{lock}` names packages in the build context"));
        }
        if !package.has_option("--ignore-scripts") {
            self.runs_no_script_of_the_project(&manifest)?;
            runs_no_unknown_script(lock, &locked)?;
        }
        if self.has(".npmrc") {
            is_plain_npmrc(&self.text(".npmrc")?)?;
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
        const SCRIPTS: &[&str] =
            &["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"];
        if self.has("binding.gyp") {
            return Err("npm builds what `binding.gyp` says".to_owned());
        }
        let is_there = |script: &&&str| {
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
        SCRIPTS
            .iter()
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

/// Whether a requirement names a package, or an address: nothing of the project.
fn is_plain_requirement(line: &str) -> bool {
    let is_address = ["git+https://", "https://", "http://"].iter().any(|start| {
        line.starts_with(start)
            || line.split_once('@').is_some_and(|(_, address)| address.trim_start().starts_with(start))
    });
    let specifier =
        line.split([';', '#']).next().unwrap_or_default().split(" --hash").next().unwrap_or_default().trim();
    let is_file =
        [".whl", ".gz", ".zip", ".bz2", ".txt", ".cfg", ".toml"].iter().any(|ending| specifier.ends_with(ending));
    let is_name =
        line.starts_with(|c: char| c.is_ascii_alphanumeric()) && !specifier.contains(['/', '\\', ':']) && !is_file;
    is_address || is_name
}

/// Packages whose install scripts read nothing of the project but what is copied with the manifest.
const HARMLESS_SCRIPTS: &[&str] = &[
    "@swc/core",
    "bcrypt",
    "bufferutil",
    "core-js",
    "core-js-pure",
    "es5-ext",
    "esbuild",
    "fsevents",
    "utf-8-validate",
];

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
        if line.starts_with(SCRIPT) && !HARMLESS_SCRIPTS.contains(&package) {
            return Err(format!("the install script of `{package}` may read the sources"));
        }
    }
    Ok(())
}

/// Whether the settings of npm name no other files.
fn is_plain_npmrc(text: &str) -> Result<(), String> {
    const KEYS: &[&str] = &[
        "registry",
        "always-auth",
        "save-exact",
        "legacy-peer-deps",
        "engine-strict",
        "fund",
        "audit",
        "loglevel",
        "package-lock",
        "strict-peer-deps",
        "progress",
        "update-notifier",
        "save-prefix",
        "fetch-retries",
        "fetch-timeout",
    ];
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    for line in lines {
        let key = line.split('=').next().unwrap_or_default().trim();
        let is_of_registry = key.starts_with("//") || (key.starts_with('@') && key.ends_with(":registry"));
        if !is_of_registry && !KEYS.contains(&key) {
            return Err(format!("what `{key}` in `.npmrc` reads is not known"));
        }
    }
    Ok(())
}
