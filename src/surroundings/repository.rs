//! What the files of a repository say, and which of them are worth reading.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::commands::{self, Text};
use super::{Deed, FACTS, Page, Said, Whose, bake, clouds, compose, hcl, kubernetes, pipelines, platforms, tree};
use crate::semantics::{Build, Named};
use crate::syntax::Dockerfile;

/// How a file is read, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    Yaml,
    Json,
    Hcl,
    Toml,
    /// `NAME=value`, line by line.
    Variables,
    Procfile,
    Dockerfile,
    /// A unit of systemd that is a container of Podman.
    Quadlet,
    Jenkins,
    Script,
}

/// How the file at `path` is read; `None` if nothing in it can be about a Dockerfile.
#[must_use]
pub fn interest(path: &str) -> Option<Interest> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let lower = name.to_ascii_lowercase();
    let lower =
        FACTS.of("ending of templates").find_map(|ending| lower.strip_suffix(ending)).unwrap_or(&lower).to_owned();
    let ending = lower.rsplit_once('.').map(|(_, ending)| ending);
    let is_json = || {
        FACTS.has("JSON about images", &lower)
            || FACTS.sign("part of names of JSON about images", &lower).is_some()
            || folder.split('/').any(|part| FACTS.has("folder of manifests", part))
    };
    match ending {
        Some("yml" | "yaml") => Some(Interest::Yaml),
        Some("json") if is_json() => Some(Interest::Json),
        Some("hcl" | "nomad") => Some(Interest::Hcl),
        Some("env") => Some(Interest::Variables),
        _ if lower.starts_with(".env") || lower.starts_with("env.") => Some(Interest::Variables),
        Some("toml") if lower.starts_with("fly.") || lower == "railway.toml" => Some(Interest::Toml),
        Some("jenkinsfile") => Some(Interest::Jenkins),
        Some("dockerfile" | "containerfile") => Some(Interest::Dockerfile),
        _ if ["dockerfile", "containerfile"].iter().any(|it| lower == *it || lower.starts_with(&format!("{it}."))) => {
            Some(Interest::Dockerfile)
        }
        Some("container") => Some(Interest::Quadlet),
        // Units of systemd that call the engine.
        Some("service") => Some(Interest::Script),
        Some(ending) if FACTS.has("ending of scripts", ending) => Some(Interest::Script),
        _ if lower.starts_with("jenkinsfile") => Some(Interest::Jenkins),
        _ if lower.starts_with("procfile") => Some(Interest::Procfile),
        _ if FACTS.has("name of scripts", &lower) || lower.starts_with("makefile.") => Some(Interest::Script),
        None if FACTS.has("folder of scripts", folder.rsplit('/').next().unwrap_or(folder)) => Some(Interest::Script),
        _ => None,
    }
}

/// What is said in a repository.
#[derive(Debug, Default)]
pub struct Repository {
    pub(super) said: Vec<Said>,
    /// All files, sorted, from the root.
    pub(super) files: Arc<Vec<String>>,
    /// Its Dockerfiles, from the root.
    dockerfiles: Vec<String>,
    /// The folders that they are in.
    folders: HashSet<String>,
    /// The Dockerfiles after which an image may be called, once somebody has asked, by the last part of its name.
    named: Mutex<HashMap<String, Arc<[String]>>>,
    /// Why not all of it was read.
    pub(super) beyond: Option<String>,
}

impl Repository {
    /// With the `files` of a repository, the paths of its `dockerfiles`, and why not all of it was read, if so.
    #[must_use]
    pub fn new(files: Arc<Vec<String>>, dockerfiles: Vec<String>, beyond: Option<String>) -> Self {
        let folders = dockerfiles.iter().map(|path| folder_of(path).to_owned()).collect();
        Self { said: Vec::new(), files, dockerfiles, folders, named: Mutex::default(), beyond }
    }

    /// The folders with Dockerfiles in which the file at `path` is, the nearest first; that of the root is empty.
    pub(super) fn folders_above<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        let above =
            std::iter::successors(Some(folder_of(path)), |folder| (!folder.is_empty()).then(|| folder_of(folder)));
        above.filter(|folder| self.folders.contains(*folder))
    }

    /// The Dockerfiles after which an image may be called `name`, the last part of its name.
    pub(super) fn named_after(&self, name: &str) -> Arc<[String]> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = named.get(name) {
            return Arc::clone(known);
        }
        let is_it = |dockerfile: &&String| is_named_after(name, dockerfile);
        let found: Arc<[String]> = self.dockerfiles.iter().filter(is_it).cloned().collect();
        named.insert(name.to_owned(), Arc::clone(&found));
        found
    }

    /// Reads the `text` of the file at `path`, from the root.
    pub fn read(&mut self, path: &str, text: &str) {
        let Some(interest) = interest(path) else { return };
        if let Some(said) = read(path, text, interest, &Arc::clone(&self.files)) {
            self.said.push(said);
        }
    }

    /// Says that the file at `path` could not be read.
    pub fn cannot_read(&mut self, path: &str, because: &str) {
        let mut page = Page { path: path.into(), text: "", files: &[], said: Said::default() };
        page.cannot_read(1, because);
        self.said.push(page.said);
    }

    /// What could not be read, and why.
    pub fn unread(&self) -> impl Iterator<Item = &(super::Place, String)> {
        self.said.iter().flat_map(|said| &said.unread)
    }

    /// What the variables of the set `set` do, with where they stand.
    pub(super) fn set(&self, set: &str) -> impl Iterator<Item = (super::Place, super::Deed)> {
        let all = self.said.iter().flat_map(|said| &said.variables).filter(move |variable| variable.set == set);
        all.map(|it| (it.place.clone(), super::Deed::Variable(it.name.clone(), it.value.clone())))
    }

    /// Every build that names its Dockerfile in words.
    pub fn builds(&self) -> impl Iterator<Item = &super::Build> {
        self.said.iter().flat_map(|said| &said.builds)
    }
}

fn read(path: &str, text: &str, interest: Interest, files: &[String]) -> Option<Said> {
    let is_always = matches!(
        interest,
        Interest::Dockerfile | Interest::Hcl | Interest::Procfile | Interest::Toml | Interest::Variables
    ) || is_of_root_json(path)
        || path.contains("bake");
    if !is_always
        && !FACTS.of("word about images").any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
    {
        return None;
    }
    let mut page = Page { path: path.into(), text, files, said: Said::default() };
    let result = match interest {
        Interest::Yaml => yaml(&mut page),
        Interest::Json => json(&mut page),
        Interest::Hcl => hcl::parse(text).map(|node| {
            if bake::is_bake(&node) {
                bake::read(&mut page, &node);
            } else {
                platforms::nomad(&mut page, &node);
            }
        }),
        Interest::Toml => platforms::toml(&mut page, text),
        Interest::Variables => {
            variables(&mut page, text);
            Ok(())
        }
        Interest::Procfile => {
            platforms::procfile(&mut page, text);
            Ok(())
        }
        Interest::Dockerfile => {
            bases(&mut page, text);
            Ok(())
        }
        Interest::Quadlet => {
            clouds::quadlet(&mut page, text);
            Ok(())
        }
        Interest::Jenkins => {
            pipelines::jenkins(&mut page, text);
            Ok(())
        }
        Interest::Script if path.ends_with("Tiltfile") => {
            clouds::tilt(&mut page, text);
            Ok(())
        }
        Interest::Script => {
            let folder = page.folder().to_owned();
            // A Makefile runs in its folder, and so do most scripts beside a Dockerfile; those in a folder of scripts run from the one above.
            let folder = if is_folder_of_scripts(&folder) { folder_of(&folder).to_owned() } else { folder };
            commands::read(&mut page, Text { text, line: 1, folder: &folder });
            Ok(())
        }
    };
    // Data of other kinds that is damaged, or meant to be, says nothing of images.
    let is_about = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    if let Err(because) = result
        && FACTS.of("word of texts about containers").any(is_about)
    {
        page.cannot_read(1, because);
    }
    (page.said != Said::default()).then_some(page.said)
}

/// What a Dockerfile builds on.
fn bases(page: &mut Page<'_>, text: &str) {
    let file = Dockerfile::parse(text.as_bytes());
    let build = Build::of(&file);
    for image in build.image_uses().iter().filter(|image| matches!(image.named, Named::Image(_))) {
        let whose = Whose::Image(commands::image_name(&image.text));
        page.uses(image.instruction.first_line, &whose, Deed::Workplace(super::BASED_ON));
    }
}

/// A file of variables, as `env_file` of Compose and `--env-file` take it.
fn variables(page: &mut Page<'_>, text: &str) {
    let set = page.path.to_string();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches("export ");
        if let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            page.sets(&set, index + 1, name.trim(), value.trim().trim_matches(['"', '\'']));
        }
    }
}

fn is_of_root_json(path: &str) -> bool {
    path.rsplit('/').next() == Some("app.json")
}

fn is_folder_of_scripts(folder: &str) -> bool {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    FACTS.has("folder with nothing but scripts", name)
}

fn yaml(page: &mut Page<'_>) -> Result<(), String> {
    let name = page.path.rsplit('/').next().unwrap_or_default().to_owned();
    let name = FACTS.of("ending of templates").find_map(|end| name.strip_suffix(end)).unwrap_or(&name).to_owned();
    let path = Arc::clone(&page.path);
    let is_workflow = path.contains(".github/workflows/")
        || path.contains(".gitea/workflows/")
        || path.contains(".forgejo/workflows/");
    let is_template = path.split('/').any(|part| part == "templates") || page.text.contains("{{-");
    let documents = match tree::yaml(page.text) {
        Ok(documents) if !(is_template && page.text.contains("{{")) => documents,
        Err(because) if !page.text.contains("{{") => return Err(because),
        _ => tree::yaml(&kubernetes::without_templates(page.text))?,
    };
    for node in &documents {
        if is_workflow {
            pipelines::workflow(page, node);
        } else if matches!(name.as_str(), "action.yml" | "action.yaml") {
            pipelines::action(page, node);
        } else if name.starts_with(".gitlab-ci") || name.ends_with(".gitlab-ci.yml") {
            pipelines::gitlab(page, node);
        } else if name == "heroku.yml" {
            platforms::heroku(page, node);
        } else if name.starts_with("render.") {
            platforms::render(page, node);
        } else if name.starts_with("skaffold") {
            platforms::skaffold(page, node);
        } else if name.starts_with("cloudbuild") {
            platforms::cloud_build(page, node);
        } else if name.starts_with("values") {
            kubernetes::values(page, node);
        } else if clouds::reads(page, &name, node) {
        } else if kubernetes::is_manifest(node) || name.starts_with("kustomization.") {
            kubernetes::read(page, node);
        } else if compose::is_compose(node) {
            compose::read(page, node);
        } else if node.get("containerDefinitions").is_some() {
            platforms::ecs(page, node);
        } else {
            clouds::azure(page, node);
            pipelines::scripts(page, node);
        }
    }
    Ok(())
}

fn json(page: &mut Page<'_>) -> Result<(), String> {
    let node = tree::json(page.text)?;
    match page.path.rsplit('/').next().unwrap_or_default() {
        "app.json" => platforms::app(page, &node),
        "devcontainer.json" | ".devcontainer.json" => platforms::devcontainer(page, &node),
        "railway.json" => platforms::railway(page, &node),
        "package.json" => {
            if let Some(scripts) = node.get("scripts") {
                pipelines::scripts(page, scripts);
            }
        }
        "Dockerrun.aws.json" => platforms::beanstalk(page, &node),
        _ if bake::is_bake(&node) => bake::read(page, &node),
        _ if compose::is_compose(&node) => compose::read(page, &node),
        _ if kubernetes::is_manifest(&node) => kubernetes::read(page, &node),
        _ => platforms::ecs(page, &node),
    }
    Ok(())
}

/// The folder of a file; empty for the root.
pub(super) fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether an image may be called `name` after the folder of `dockerfile`, or after what makes its name another than `Dockerfile`.
pub(super) fn is_named_after(name: &str, dockerfile: &str) -> bool {
    let folder = folder_of(dockerfile);
    let file = dockerfile.rsplit('/').next().unwrap_or(dockerfile).to_ascii_lowercase();
    let file = file.replace("dockerfile", "").replace("containerfile", "");
    let names = [folder.rsplit('/').next().unwrap_or(folder), file.trim_matches(['.', '-', '_'])];
    names.iter().any(|part| part.len() > 1 && name.to_ascii_lowercase().contains(&part.to_ascii_lowercase()))
}
