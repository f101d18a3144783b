//! Programs for Node.js, and what `package.json` says of them.

use serde_json::Value;

use super::{FACTS, MANIFEST};
use crate::known::node::{self as known, Script};
use crate::known::packages::{Clean, Kind};
use crate::known::{debian, lost};
use crate::programs::{Needs, Source, files};
use crate::rewrite::Context;
use crate::semantics::installs::unasked_scripts;
use crate::semantics::joined;

pub(crate) fn is_code(path: &str) -> bool {
    let is_source = FACTS.of("ending of code").any(|ending| path.ends_with(ending)) && !path.ends_with(".d.ts");
    let is_source = is_source || files::is_nameless(path);
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_tool = path.starts_with('.') || path.contains(".test.") || path.contains(".spec.") || is_of_tool(name);
    let is_test = FACTS.of("folder of tests").any(|folder| path.starts_with(folder));
    path == "package.json" || (is_source && !is_tool && !is_test && !path.contains("node_modules/"))
}

/// Whether a file sets up a tool that builds or tests.
fn is_of_tool(name: &str) -> bool {
    name.split_once(".config.").is_some_and(|(tool, _)| FACTS.has("tool with settings", tool))
}

/// What is in a `package.json`.
pub(crate) struct Manifest(Value);

impl Manifest {
    pub fn of(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The names in `dependencies` or another such table; `None` if one of them is not of the registry.
    pub fn names(&self, table: &str) -> Option<Vec<&str>> {
        let Some(table) = self.0.get(table) else { return Some(Vec::new()) };
        let names = table.as_object()?.iter().map(|(name, version)| {
            let version = version.as_str()?;
            (!version.contains([':', '/'])).then_some(name.as_str())
        });
        names.collect()
    }

    /// The packages of Debian that those in a table such as `dependencies` need and small images lack; of one that is not known, the code is asked.
    pub fn of_debian(&self, table: &str) -> Vec<String> {
        let packages = self.names(table).unwrap_or_default();
        packages.into_iter().filter_map(wanted).flatten().map(str::to_owned).collect()
    }

    /// The script called `name`.
    pub fn script(&self, name: &str) -> Option<&str> {
        self.0.get("scripts")?.get(name)?.as_str()
    }

    /// All scripts, a line each.
    pub fn scripts(&self) -> String {
        let scripts = self.0.get("scripts").and_then(serde_json::Value::as_object);
        scripts.into_iter().flatten().filter_map(|(_, script)| Some(format!("{}\n", script.as_str()?))).collect()
    }

    /// The first of the scripts that npm runs unasked when packages are installed.
    pub fn unasked_script(&self) -> Option<&'static str> {
        unasked_scripts().find(|name| self.script(name).is_some())
    }

    /// The commands of the script `name`, each as its words, without the variables in front.
    ///
    /// # Errors
    /// That it is more than commands one after the other, in the folder of the project.
    pub fn steps(&self, name: &str) -> Result<Vec<Vec<&str>>, String> {
        let text = self.script(name).unwrap_or_default();
        if text.contains([';', '|', '$', '`', '>', '<', '(']) || text.contains(" /") || text.contains("..") {
            return Err(format!("the script `{name}` does more than to build"));
        }
        let steps = text.split("&&").map(|step| {
            let words = step.split_whitespace().filter(|word| !word.contains('=') || word.starts_with('-'));
            words.skip_while(|word| *word == "cross-env").collect()
        });
        Ok(steps.collect())
    }

    /// That `names`, of which those that are there run one after the other, start nothing but tools that come as packages.
    ///
    /// # Errors
    /// What else may run.
    pub fn runs_tools_only(&self, names: &[String]) -> Result<(), String> {
        let mut open: Vec<String> = names.to_vec();
        let mut seen = Vec::new();
        while let Some(name) = open.pop() {
            if seen.contains(&name) {
                continue;
            }
            for step in self.steps(&name)? {
                match step.as_slice() {
                    ["npm" | "pnpm", "run" | "run-script", inner, ..] | ["yarn", "run", inner, ..] => {
                        if self.script(inner).is_none() {
                            return Err(format!("`package.json` has no script `{inner}`"));
                        }
                        open.extend([format!("pre{inner}"), (*inner).to_owned(), format!("post{inner}")]);
                    }
                    [tool, ..] if is_tool(tool) || FACTS.has("tool for sites", tool) => {}
                    [] => {}
                    [tool, ..] => return Err(format!("the script `{name}` runs `{tool}`, which may need more")),
                }
            }
            seen.push(name);
        }
        Ok(())
    }

    /// Whether it speaks of other packages beside it, or changes those that are installed.
    pub fn is_special(&self) -> bool {
        FACTS.of("special key of a manifest").any(|key| self.0.get(key).is_some())
    }
}

/// Whether `tool` makes files in the folder of the program, and nowhere else.
pub(crate) fn is_tool(tool: &str) -> bool {
    FACTS.has("tool", tool)
}

/// Whether a `package-lock.json` says that no package runs a script when it is installed, and that all are of the registry.
pub(crate) fn is_lock_without_scripts(text: &str) -> bool {
    let Ok(lock) = serde_json::from_str::<Value>(text) else { return false };
    let Some(packages) = lock.get("packages").and_then(Value::as_object) else { return false };
    packages.iter().all(|(path, package)| {
        let is_of_registry =
            package.get("resolved").and_then(Value::as_str).is_none_or(|url| url.starts_with("https://registry."));
        let is_harmless = || FACTS.has(HARMLESS, name_of(path));
        let has_script = package.get("hasInstallScript").is_some() && !is_harmless();
        !has_script && package.get("link").is_none() && is_of_registry
    })
}

/// The name of the package that a lock file has at `path`: `node_modules/a/node_modules/@b/c`.
fn name_of(path: &str) -> &str {
    path.rsplit("node_modules/").next().unwrap_or(path)
}

/// The packages of Debian that a package needs, with all that it brings, and that small images lack; `None` where it may need something else of an image, such as
/// a compiler, or is not known.
pub(super) fn wanted(name: &str) -> Option<Vec<&'static str>> {
    if FACTS.has("package", name) {
        return Some(Vec::new());
    }
    let mut wanted = own(name)?;
    for brought in known::package(name)?.brings() {
        if !FACTS.has(HARMLESS, brought) && !FACTS.has("package", brought) {
            wanted.extend(own(brought)?);
        }
    }
    Some(wanted)
}

/// A package with a script that runs when it is installed, and compiles nothing.
const HARMLESS: &str = "package with a script that compiles nothing";

/// As [`wanted`], without what the package brings.
fn own(name: &str) -> Option<Vec<&'static str>> {
    let package = known::package(name)?;
    let compiles = !matches!(package.script(), Some(Script::None | Script::NoneUpTo(_))) && !FACTS.has(HARMLESS, name);
    if compiles || package.has_native_code() {
        return None;
    }
    match package.clean() {
        Some(Clean::Proven) => Some(Vec::new()),
        Some(_) => None,
        None => {
            let lost = package.needs().filter(|need| need.kind != Kind::Command || lost::is_lost(need.name, "node"));
            lost.map(|need| debian::package_of_all_with(need.name).filter(|_| need.kind == Kind::Command)).collect()
        }
    }
}

pub(super) fn needs(sources: &[Source<'_>], paths: &[String]) -> Needs {
    let code: Vec<_> = sources.iter().copied().filter(|(path, _)| *path != "package.json").collect();
    let mut needs = Needs::by_signs(&code, FACTS);
    needs.system = needs.system.or_else(|| Needs::of_builtins(&code, FACTS));
    let manifest = sources.iter().find(|(path, _)| *path == "package.json");
    let manifest = manifest.and_then(|(_, text)| Manifest::of(text));
    let packages = match &manifest {
        Some(manifest) => manifest.names("dependencies").zip(manifest.names("optionalDependencies")),
        // A program without packages.
        None if !paths.iter().any(|path| path == "package.json") => Some((Vec::new(), Vec::new())),
        None => None,
    };
    let Some((mut packages, optional)) = packages else {
        let because = "`package.json` has packages that are not of the registry".to_owned();
        return Needs { libraries: Some(because), ..needs };
    };
    packages.extend(optional);
    let foreign = packages.iter().find(|package| wanted(package).is_none());
    let of_root = packages.iter().find(|package| FACTS.has("package for root", package));
    let of_root = of_root.map(|package| format!("it depends on `{package}`"));
    let of_home = packages.iter().find(|package| FACTS.has("package in the home", package));
    let of_home = of_home.map(|package| format!("what `{package}` brings is in the home of who installs it"));
    // What has a manifest of its own is another program.
    let is_of_other = |path: &str| {
        let folders = path.match_indices('/').map(|(at, _)| format!("{}/package.json", &path[..at]));
        folders.into_iter().any(|manifest| paths.contains(&manifest))
    };
    let imported = code.iter().filter(|(path, _)| !is_of_other(path)).find_map(|(path, text)| {
        let is_made =
            |module: &&str| module.is_empty() || FACTS.sign("part of the name of what is made", module).is_some();
        let unknown = || modules(text).filter(|module| !is_known(module, &packages) && !is_own(path, module, paths));
        let other = unknown().find(|module| !is_made(module)).or_else(|| unknown().next())?;
        Some((format!("`{path}` imports `{other}`"), is_made(&other)))
    });
    let of_files = code.iter().find_map(|(path, text)| {
        let module = modules(text).find(|module| FACTS.has("module of writing", bare(module)))?;
        Some(format!("`{path}` imports `{module}`"))
    });
    // A file that nobody has written yet, such as a client that is made of a schema, is no sign of root.
    let (generated, imported) = match imported {
        Some((because, true)) => (Some(because), None),
        other => (None, other.map(|(because, _)| because)),
    };
    let of_node = code.iter().find_map(|(path, text)| {
        let module = modules(text).find(|module| FACTS.has("module with more than its name says", bare(module)))?;
        Some(format!("`{path}` imports `{module}`"))
    });
    needs.libraries = generated.or(needs.libraries);
    needs.libraries = foreign.map(|package| format!("it depends on `{package}`")).or(needs.libraries);
    needs.unseen = imported;
    needs.system = of_node.or(needs.system);
    needs.port = of_root.or(of_home).or(needs.port);
    needs.writes = of_files.or(needs.writes);
    needs
}

/// A module that code among `paths` imports and that nothing says where it comes from: no manifest, no lock file, no setting of a compiler.
pub(super) fn stranger(cx: &Context<'_>, paths: &[String]) -> Option<String> {
    let read = |is_read: &dyn Fn(&str) -> bool| {
        let names: Vec<_> = paths.iter().map(String::as_str).filter(|path| is_read(path)).collect();
        let texts = files::texts(cx, &names)?;
        Some(names.into_iter().zip(texts).collect::<Vec<_>>())
    };
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let manifests = read(&|path| name(path) == MANIFEST)?;
    let tables = ["dependencies", "optionalDependencies", "devDependencies", "peerDependencies"];
    let manifests: Vec<_> = manifests.iter().filter_map(|(_, text)| Manifest::of(text)).collect();
    let packages: Vec<_> =
        tables.iter().flat_map(|table| manifests.iter().filter_map(|it| it.names(table)).flatten()).collect();
    let said = read(&|path| FACTS.has("file that says where modules come from", &name(path)))?;
    let is_said = |module: &str| {
        let mut parts = module.split('/');
        let first = parts.next().unwrap_or_default();
        let package = match (first.starts_with('@'), parts.next()) {
            (true, Some(second)) => format!("{first}/{second}"),
            _ => first.to_owned(),
        };
        let forms = [format!("/{package}\""), format!("\"{first}/"), format!("\"{package}@"), format!("\n{package}@")];
        said.iter().any(|(_, text)| forms.iter().any(|form| text.contains(form.as_str())))
    };
    let code = read(&|path| is_code(path) && name(path) != MANIFEST)?;
    code.iter().find_map(|(path, text)| {
        let module = modules(text).find(|module| {
            let is_bare = module.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@');
            let is_of_node =
                FACTS.has("module with more than its name says", bare(module)) || module.starts_with("node:");
            is_bare && !is_of_node && !is_known(module, &packages) && !is_own(path, module, paths) && !is_said(module)
        })?;
        Some(format!("`{path}` imports `{module}`, and nothing says where it comes from"))
    })
}

/// The modules that are imported or required by a name written out; what is not written out comes as an empty name.
fn modules(text: &str) -> impl Iterator<Item = &str> {
    let found = FACTS.of("word before a module").flat_map(|word| text.match_indices(word));
    let is_said = |at: usize| {
        let line = text[..at].rsplit('\n').next().unwrap_or_default().trim_start();
        line.starts_with("//") || line.starts_with("* ")
    };
    found.filter(move |(at, _)| !is_said(*at)).filter_map(|(at, word)| {
        let rest = text[at + word.len()..].trim_start();
        // Of `import x from "y"` the second word says which.
        let is_call = word.ends_with('(');
        let quote = if word.ends_with(['"', '\'']) { word.chars().last() } else { rest.chars().next() };
        match quote {
            Some(quote @ ('"' | '\'' | '`')) => rest.trim_start_matches(quote).split(quote).next(),
            _ => is_call.then_some(""),
        }
    })
}

/// Whether `module`, which the file at `path` imports, is another file of `paths`.
fn is_own(path: &str, module: &str, paths: &[String]) -> bool {
    if FACTS.of("start of an alias").any(|start| module.starts_with(start)) {
        return true;
    }
    // With the folder of the project as the first one that is searched.
    let is_below = |path: &String| path.strip_prefix(module).is_some_and(|rest| rest.starts_with(['.', '/']));
    if module.contains('/') && !module.starts_with(['.', '@']) && paths.iter().any(is_below) {
        return true;
    }
    if !module.starts_with("./") && !module.starts_with("../") && !matches!(module, "." | "..") {
        return false;
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let target = &joined(&format!("/{folder}"), module)[1..];
    // `./x.js` may be compiled from `x.ts`.
    let stem = target.strip_suffix(".js").unwrap_or(target);
    paths.iter().any(|path| {
        path == target
            || path.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.') || rest.starts_with("/index."))
    })
}

/// Whether a module is of a package that others of its kind bring, so that no manifest names it.
fn is_brought(module: &str) -> bool {
    let name = module.split('/').next().unwrap_or(module);
    FACTS.has("package that others bring", name) || module.starts_with("bun:")
}

fn bare(module: &str) -> &str {
    module.strip_prefix("node:").unwrap_or(module)
}

/// Whether a module is one of Node's that needs nothing, or one of `packages`.
fn is_known(module: &str, packages: &[&str]) -> bool {
    let is_of =
        |package: &&str| module.strip_prefix(*package).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_of_node = |kind: &str| FACTS.has(kind, bare(module));
    is_of_node("module") || is_of_node("module of writing") || is_brought(module) || packages.iter().any(is_of)
}
