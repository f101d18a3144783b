//! What a program needs of the image around it, as far as its code and its manifests tell.
//!
//! Nothing here understands a program. It looks for signs, and knows packages by name: what it does not know counts as a need.

pub(super) mod c;
pub(super) mod dotnet;
pub(super) mod files;
pub(super) mod go;
pub(super) mod java;
pub(super) mod node;
pub(super) mod python;
pub(super) mod rust;

pub(super) use python::Package;

use crate::rewrite::Context;

/// What the code of a program does with its surroundings: the first sign of each kind, as half a sentence.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Of the system: programs that it starts, places outside its own folder, packages of which nothing is known.
    pub system: Option<String>,
    /// Files that it opens, by whatever name.
    pub files: Option<String>,
    /// A port that may be for root alone.
    pub port: Option<String>,
}

/// In what a program is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    C,
    DotNet,
    Go,
    Java,
    Node,
    Python,
    Rust,
}

/// What the program needs whose code and manifests are among `paths` of the build context; `None` if one of them is not known, or there is no
/// code.
pub(super) fn needs(cx: &Context<'_>, language: Language, paths: &[String]) -> Option<Needs> {
    let is_code = match language {
        Language::C => c::is_code,
        Language::DotNet => dotnet::is_code,
        Language::Go => go::is_code,
        Language::Java => java::is_code,
        Language::Node => node::is_code,
        Language::Python => python::is_code,
        Language::Rust => rust::is_code,
    };
    let code: Vec<_> = paths.iter().map(String::as_str).filter(|path| is_code(path)).collect();
    if code.iter().all(|path| matches!(*path, "go.mod" | "package.json" | "Cargo.toml")) {
        return None;
    }
    let texts = files::texts(cx, &code)?;
    let sources: Vec<_> = code.into_iter().zip(texts.iter().map(String::as_str)).collect();
    let mut needs = match language {
        Language::C => c::needs(&sources, paths),
        Language::DotNet => dotnet::needs(&sources),
        Language::Go => go::needs(&sources),
        Language::Java => java::needs(&sources),
        Language::Node => node::needs(&sources, paths),
        Language::Python => python::needs(&sources, paths),
        Language::Rust => rust::needs(&sources),
    };
    needs.port = needs.port.or_else(|| sources.iter().find_map(|(path, text)| low_port(path, text)));
    Some(needs)
}

/// What of the program as a whole goes to a path, and its text.
type Source<'s> = (&'s str, &'s str);

impl Needs {
    /// What the first signs are that stand in `sources` as written, of the system and of files.
    fn by_signs(sources: &[Source<'_>], of_system: &[&str], of_files: &[&str]) -> Self {
        let first = |signs: &[&str]| {
            sources.iter().find_map(|(path, text)| {
                let sign = signs.iter().find(|sign| text.contains(**sign))?;
                Some(format!("`{path}` has `{}`", sign.trim_end_matches(['(', '"', '\'', '`']).trim()))
            })
        };
        Self { system: first(of_system).or_else(|| place(sources)), files: first(of_files), port: None }
    }

    /// The first of all.
    pub fn any(&self) -> Option<&String> {
        self.system.as_ref().or(self.files.as_ref())
    }
}

/// Folders that belong to the system, or may be another's.
const PLACES: &[&str] = &[
    "/bin/", "/boot/", "/data", "/dev/", "/etc/", "/go/", "/home/", "/lib", "/media/", "/mnt/", "/opt/", "/proc/",
    "/root", "/run/", "/sbin/", "/srv/", "/sys/", "/usr/", "/var/",
];

/// A string that starts with a folder of the system.
fn place(sources: &[Source<'_>]) -> Option<String> {
    sources.iter().find_map(|(path, text)| {
        let place = PLACES
            .iter()
            .find(|place| text.match_indices(**place).any(|(at, _)| text[..at].ends_with(['"', '\'', '`'])))?;
        Some(format!("`{path}` has `{place}`"))
    })
}

/// Ports for root alone that people write into code.
const LOW_PORTS: &[&str] = &["21", "22", "25", "53", "67", "69", "80", "81", "82", "88", "389", "443", "445", "514"];

/// A number in the code that may be a port for root alone.
fn low_port(path: &str, text: &str) -> Option<String> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "_.-%#".contains(c);
    let mut numbers = LOW_PORTS.iter().filter(|port| {
        text.match_indices(**port).any(|(at, found)| {
            let (before, behind) = (&text[..at], &text[at + found.len()..]);
            let is_number = !before.ends_with(is_of_word) && !behind.starts_with(is_of_word);
            let line = before.rsplit('\n').next().unwrap_or_default().to_ascii_lowercase();
            is_number && ["port", "listen", "addr", "bind", "serve"].iter().any(|word| line.contains(word))
        })
    });
    numbers.next().map(|port| format!("`{path}` has the port {port}"))
}
