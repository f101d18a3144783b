//! Dockerfiles that compose files name, and the build contexts that they give them.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::world::files::{SIZE_MAX_BYTES, read};

/// Most compose files of a repository that are read.
const FILES_MAX: usize = 500;

/// Most nodes of a compose file, with those that aliases repeat.
const NODES_MAX: usize = 50_000;

/// What is read of a compose file; <https://github.com/compose-spec/compose-spec/blob/main/build.md>.
#[derive(Deserialize)]
struct Compose {
    #[serde(default)]
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    build: Option<Build>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Build {
    Context(String),
    Full { context: Option<String>, dockerfile: Option<String>, dockerfile_inline: Option<String> },
}

/// What compose files say of the Dockerfiles of a repository.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Builds {
    /// The build contexts of each Dockerfile; both relative to the root.
    pub contexts: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// What was not read, and why.
    pub troubles: Vec<String>,
}

/// Whether a file called `name` is one of compose.
pub(super) fn is_compose(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    stem.is_some_and(|stem| {
        ["compose", "docker-compose"].iter().any(|word| {
            stem.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
        })
    })
}

/// What the compose files at `paths` in `root` say.
pub(super) fn builds(root: &Path, paths: &[String]) -> Builds {
    let mut builds = Builds::default();
    if paths.len() > FILES_MAX {
        builds.troubles.push(format!("only {FILES_MAX} of {} compose files were read", paths.len()));
    }
    for path in paths.iter().take(FILES_MAX) {
        if let Err(because) = add(root, path, &mut builds) {
            builds.troubles.push(format!("{path}: not read for Dockerfiles: {because}"));
        }
    }
    for contexts in builds.contexts.values_mut() {
        contexts.sort();
        contexts.dedup();
    }
    builds
}

fn add(root: &Path, path: &str, builds: &mut Builds) -> Result<(), String> {
    if let Some(because) = super::inspect::reason_to_leave(root, Path::new(path)) {
        return Err(because);
    }
    let file = read(&root.join(path), SIZE_MAX_BYTES).map_err(|error| error.because.to_string())?;
    let text = String::from_utf8(file.bytes).map_err(|_| "not UTF-8".to_owned())?;
    let budget = serde_saphyr::budget! { max_nodes: NODES_MAX, max_depth: 64 };
    let options = serde_saphyr::options! { budget: budget };
    let compose: Compose = serde_saphyr::from_str_with_options(&text, options).map_err(|error| first_line(&error))?;
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    for (name, service) in compose.services {
        let (context, dockerfile) = match service.build {
            Some(Build::Context(context)) => (context, None),
            Some(Build::Full { dockerfile_inline: Some(_), .. }) | None => continue,
            Some(Build::Full { context, dockerfile, .. }) => (context.unwrap_or_else(|| ".".to_owned()), dockerfile),
        };
        let dockerfile = dockerfile.unwrap_or_else(|| "Dockerfile".to_owned());
        if [&context, &dockerfile].iter().any(|text| text.contains('$')) || context.contains("://") {
            continue;
        }
        let place = beneath(folder, &context).and_then(|context| Some((beneath(&context, &dockerfile)?, context)));
        match place {
            Some((file, context)) => builds.contexts.entry(file).or_default().push(context),
            None => {
                let name = name.chars().take(100).collect::<String>();
                builds.troubles.push(format!("{path}: the build of `{name}` leads out of the repository"));
            }
        }
    }
    Ok(())
}

/// `path` from `folder`, both of them below the root; `None` if it leads out.
fn beneath(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut place = folder.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => place.push(name),
            Component::CurDir => {}
            Component::ParentDir if place.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(place)
}

/// An error without the lines of the file that it shows.
fn first_line(error: &serde_saphyr::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Builds {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("deploy")).unwrap();
        std::fs::write(root.path().join("deploy/compose.yml"), text).unwrap();
        builds(root.path(), &["deploy/compose.yml".to_owned()])
    }

    #[test]
    fn builds_name_files_and_contexts() {
        let builds = of(
            "x: &b {context: .., dockerfile: docker/app}\nservices:\n  a: {build: ../a}\n  b: {build: *b}\n  \
                         c: {build: {<<: *b, context: ../c}}\n  d: {image: x}\n  e: {build: {dockerfile_inline: FROM a}}\n  f: {build: $X}\n",
        );
        let found: Vec<_> =
            builds.contexts.iter().map(|(file, contexts)| (file.to_str().unwrap(), contexts.len())).collect();
        assert_eq!(found, [("a/Dockerfile", 1), ("c/docker/app", 1), ("docker/app", 1)]);
        assert_eq!(builds.contexts[Path::new("docker/app")], [PathBuf::new()]);
        assert!(builds.troubles.is_empty(), "{:?}", builds.troubles);
    }

    #[test]
    fn nothing_leads_out_and_nothing_is_without_end() {
        let builds = of(
            "services:\n  a: {build: ../..}\n  b: {build: {context: ., dockerfile: /etc/passwd}}\n  c: {build: /etc}\n",
        );
        assert_eq!((builds.contexts.len(), builds.troubles.len()), (0, 3), "{builds:?}");
        let laughs = (1..30).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
            let last = format!("*a{}", n - 1);
            format!("{text}a{n}: &a{n} [{}]\n", [last.as_str(); 10].join(", "))
        });
        assert_eq!(of(&format!("{laughs}services: {{}}\n")).troubles.len(), 1);
        assert_eq!(of(&"[".repeat(100_000)).troubles.len(), 1);
        assert_eq!(of("services: [").troubles.len(), 1);
    }

    #[test]
    fn compose_files_are_known_by_their_names() {
        assert!(
            ["compose.yaml", "docker-compose.yml", "docker-compose.prod.yml", "compose-ci.yaml"]
                .map(is_compose)
                .iter()
                .all(|is| *is)
        );
        assert!(!["composer.yml", "docker-compose.json", "x.compose.yml"].map(is_compose).iter().any(|is| *is));
    }
}
