//! Copies local files with COPY instead of ADD.

use crate::rewrite::{Answer, Context, Findings, Preserves, Question, Transform};
use crate::syntax::{Arguments, Instruction, Keyword};
use crate::text::Edit;

pub(super) const TRANSFORM: Transform = Transform {
    id: "add-to-copy",
    preserves: Preserves::Intent,
    opt_in: false,
    page: include_str!("add_to_copy.md"),
    rules: &["DL3020"],
    owns: &[],
    effects: &[],
    rewrite,
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for (_, instruction) in cx.build.instructions() {
        if instruction.keyword() != Keyword::Add {
            continue;
        }
        match obstacle(cx, instruction, cx.build.directory_at(instruction).is_some()) {
            None => {
                let keyword = instruction.source_range(instruction.statement.keyword_range);
                let lower = cx.file.slice(keyword).iter().all(u8::is_ascii_lowercase);
                let edit = Edit::replace(keyword, if lower { "copy" } else { "COPY" });
                findings.rewrite("Copy local files with COPY; ADD also unpacks and downloads", vec![edit]);
            }
            Some(because) => findings.decline(instruction.range, because),
        }
    }
    findings
}

/// Why ADD may do more here than COPY would.
fn obstacle(cx: &Context<'_>, instruction: &Instruction, has_workdir: bool) -> Option<String> {
    if let Some(flag) = instruction.flags().iter().find(|flag| !matches!(flag.name(), "chown" | "chmod" | "link")) {
        return Some(format!("COPY has no `--{}` that means the same", flag.name()));
    }
    let words = match instruction.arguments() {
        Arguments::Json(strings) => strings.iter().map(|string| string.value.as_str()).collect(),
        arguments => arguments.words().iter().map(|word| word.text.as_str()).collect::<Vec<_>>(),
    };
    let (destination, sources) = words.split_last()?;
    if !destination.starts_with(['/', '$']) && !has_workdir {
        return Some("its destination is relative, and no WORKDIR says to what".to_owned());
    }
    sources.iter().find_map(|source| source_obstacle(cx, source))
}

fn source_obstacle(cx: &Context<'_>, source: &str) -> Option<String> {
    if source.starts_with("<<") {
        return None;
    }
    let lower = source.to_ascii_lowercase();
    if lower.contains("://") || is_ssh_address(&lower) {
        return Some(format!("`{source}` is downloaded"));
    }
    if source.contains('$') {
        return Some(format!("`{source}` is only known when the image is built"));
    }
    let is_glob = source.contains(['*', '?', '[']);
    let name = lower.trim_end_matches('/').rsplit('/').next().unwrap_or(&lower);
    if is_archive_name(name) {
        return Some(format!("`{source}` is an archive by its name, which ADD unpacks"));
    }
    if !is_glob {
        match cx.facts.answer(Question::ContextEntry(source.to_owned())) {
            Answer::Directory => return None,
            Answer::File { start } if !is_archive(start) => return None,
            Answer::File { .. } => return Some(format!("`{source}` is an archive, which ADD unpacks")),
            _ => {}
        }
    }
    if is_folder(source) || is_plain_name(name) {
        return None;
    }
    Some(format!("`{source}` may be an archive, which ADD unpacks whatever its name; only the build context can tell"))
}

/// Whether it is `user@host:path`, which is fetched with git.
fn is_ssh_address(source: &str) -> bool {
    let Some((user, rest)) = source.split_once('@') else { return false };
    let Some((host, _)) = rest.split_once(':') else { return false };
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    plain(user) && plain(host)
}

fn is_folder(source: &str) -> bool {
    source == "." || source == ".." || source.ends_with('/') || source.ends_with("/.")
}

fn is_archive_name(name: &str) -> bool {
    const ENDINGS: &[&str] = &[
        ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tlz", ".tzst", ".gz", ".bz2", ".xz", ".zst", ".z", ".lzma", ".apk",
        ".gem", ".crate", ".ova", ".deb", ".pkg",
    ];
    ENDINGS.iter().any(|ending| name.ends_with(ending)) || name.contains(".tar.") || name.contains(".tgz")
}

/// Whether a file of this name is text or a format that ADD does not unpack.
fn is_plain_name(name: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "bash",
        "bashrc",
        "bat",
        "c",
        "cc",
        "cert",
        "cfg",
        "clj",
        "cmake",
        "cnf",
        "conf",
        "config",
        "cpp",
        "crt",
        "cs",
        "csproj",
        "css",
        "csv",
        "default",
        "dockerignore",
        "ejs",
        "env",
        "erb",
        "ex",
        "exs",
        "fsproj",
        "gemspec",
        "go",
        "gpg",
        "gradle",
        "h",
        "hpp",
        "htm",
        "html",
        "ini",
        "ipynb",
        "j2",
        "jar",
        "java",
        "js",
        "json",
        "jsx",
        "key",
        "kt",
        "kts",
        "less",
        "list",
        "lock",
        "lua",
        "md",
        "mjs",
        "mod",
        "nginx",
        "npmrc",
        "patch",
        "pem",
        "php",
        "pl",
        "pm",
        "pom",
        "prf",
        "profile",
        "properties",
        "proto",
        "ps1",
        "pub",
        "py",
        "r",
        "rb",
        "repo",
        "rs",
        "rst",
        "rules",
        "sbt",
        "scala",
        "scss",
        "service",
        "sh",
        "sln",
        "sql",
        "sum",
        "supervisor",
        "svg",
        "swift",
        "tcl",
        "template",
        "tf",
        "toml",
        "tpl",
        "ts",
        "tsx",
        "txt",
        "vim",
        "vimrc",
        "vue",
        "war",
        "xml",
        "yaml",
        "yml",
        "zsh",
        "zshrc",
    ];
    const NAMES: &[&str] = &[
        "cargo.toml",
        "dockerfile",
        "gemfile",
        "gulpfile",
        "jenkinsfile",
        "license",
        "makefile",
        "pipfile",
        "procfile",
        "rakefile",
        "readme",
        "vagrantfile",
        ".babelrc",
        ".bowerrc",
        ".eslintrc",
        ".gitconfig",
        ".gitignore",
    ];
    NAMES.contains(&name) || name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// Whether a file that starts like this may be an archive that ADD unpacks: tar, also packed with gzip, bzip2, xz or zstd (`pkg/archive`).
fn is_archive(start: &[u8]) -> bool {
    const PACKED: &[&[u8]] = &[b"\x1F\x8B", b"BZh", b"\xFD7zXZ\0", b"\x28\xB5\x2F\xFD"];
    PACKED.iter().any(|magic| start.starts_with(magic))
        || start.get(257..262) == Some(b"ustar")
        || (start.len() >= 512 && start.contains(&0))
}
