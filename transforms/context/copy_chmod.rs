//! Says what may be done with files when they are copied, instead of changing their modes in a layer of their own.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::{Copied, SourceKind};
use crate::syntax::frontend_version;
use crate::text::Edit;
use crate::transforms::filled;
use crate::transforms::newness;
use crate::transforms::operands::behind_owner;
use crate::transforms::rights::{self, Moved, Rights};

pub(super) const TRANSFORM: Transform = Transform {
    id: "copy-chmod",
    preserves: Preserves::Intent,
    page: include_str!("copy_chmod.md"),
    effects: &[Effect::Owners],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    rights::rewrite(cx, "chmod", "Copy the files with their mode, not twice", moved)
}

/// What is to be done for the files at `path`; nothing if no COPY brings them.
fn moved(cx: &Context<'_>, rights: &Rights<'_>, path: &str) -> Result<Option<Moved>, Vec<String>> {
    if rights.is_recursive() { moved_folder(cx, rights, path) } else { moved_file(cx, rights, path) }
}

fn moved_file(cx: &Context<'_>, rights: &Rights<'_>, path: &str) -> Result<Option<Moved>, Vec<String>> {
    let Some(copied) = filled::brought(cx, rights.run, &rights.command, path).map_err(|because| vec![because])? else {
        return Ok(None);
    };
    let mut because = obstacles(cx, rights);
    because.extend(filled::not_only(cx, &copied, rights));
    if !copied.destination.is_folder && copied.destination.known() == Some(path) && may_be_folder(cx, &copied, path) {
        because.push(format!("`{path}` may be a folder"));
    }
    because.extend(obstacle_in_copy(cx, &copied, &["checksum", "chown", "link"]));
    let mode = match Mode::of(&rights.what) {
        Mode::Symbolic(_) if !copied.is_of_context() => {
            Err("the mode that the file has in the image is not known".to_owned())
        }
        mode => mode.for_all(&rights.what, modes(&copied)),
    };
    let mode = mode.map_err(|obstacle| because.push(obstacle));
    match mode {
        Ok(mode) if because.is_empty() => Ok(Some(Moved { edits: vec![with_mode(&copied, &mode)], kept: Vec::new() })),
        _ => Err(because),
    }
}

fn moved_folder(cx: &Context<'_>, rights: &Rights<'_>, path: &str) -> Result<Option<Moved>, Vec<String>> {
    let run = rights.run;
    if filled::last_to(cx, run, path).is_none() {
        return Ok(None);
    }
    let mut because = obstacles(cx, rights);
    let mode = Mode::of(&rights.what).for_all(&rights.what, OF_GIT);
    let mode = mode.map_err(|obstacle| because.push(obstacle));
    let filled = filled::filled(cx, run, &rights.command, path).map_err(|obstacle| because.push(obstacle));
    let (Ok(mode), Ok(filled)) = (mode, filled) else { return Err(because) };
    for copied in &filled.copies {
        because.extend(obstacle_in_copy(cx, copied, &["chown"]));
        because.extend(
            copied.foreign().map(|source| format!("`{}` is no path in the build context", source.value.written)),
        );
        if !copied.is_of_context() {
            because.push("what comes from an image may have rights that `chmod` keeps".to_owned());
        }
    }
    if !because.is_empty() {
        return Err(because);
    }
    if filled.copies.is_empty() {
        return Ok(None);
    }
    let edits = filled.copies.iter().map(|copied| with_mode(copied, &mode)).collect();
    // BuildKit gives `--chmod` to what is in the folder that it makes, not to that itself, which gets the usual mode.
    let is_usual = mode.trim_start_matches('0') == "755";
    let kept = if !is_usual {
        filled.folders(path)
    } else if filled.is_of_image {
        vec![path.to_owned()]
    } else {
        Vec::new()
    };
    Ok(Some(Moved { edits, kept }))
}

/// What stands in the way, whatever the path.
fn obstacles(cx: &Context<'_>, rights: &Rights<'_>) -> Vec<String> {
    let mut because = rights.obstacles(cx);
    if let Some(version) = frontend_version(cx.file).filter(|version| *version < CHMOD_MIN) {
        because.push(format!("the Dockerfile is read by version {}.{}, which has no `--chmod`", version.0, version.1));
    }
    because
}

/// The first version of Docker's frontend that has `--chmod`.
const CHMOD_MIN: (u32, u32) = (1, 2);

fn obstacle_in_copy(cx: &Context<'_>, copied: &Copied<'_>, known: &[&str]) -> Option<String> {
    let is_fetched = copied.sources.iter().all(|source| source.kind == SourceKind::Remote);
    if !is_fetched && !filled::is_as_copy(cx, copied) {
        return Some("ADD may unpack what it adds".to_owned());
    }
    copied.option_besides(known).map(|name| format!("the COPY has `--{name}`"))
}

/// The modes that the files of `copied` may have.
fn modes(copied: &Copied<'_>) -> &'static [u32] {
    match copied.sources.first().map(|source| source.kind) {
        Some(SourceKind::Remote) => &[0o600],
        Some(SourceKind::Heredoc) => &[0o644],
        _ => OF_GIT,
    }
}

/// Whether a folder may stand at `path`, so that the file gets into it.
fn may_be_folder(cx: &Context<'_>, copied: &Copied<'_>, path: &str) -> bool {
    let (parent, name) = path.rsplit_once('/').unwrap_or_default();
    let is_program =
        parent.ends_with("bin") || name.contains('.') || copied.sources.iter().any(|source| source.name() == name);
    newness::is_system_folder(path) || (!is_program && filled::is_there(cx, copied.stage, copied.instruction, path))
}

fn with_mode(copied: &Copied<'_>, mode: &str) -> Edit {
    Edit::insert(behind_owner(copied.instruction), format!(" --chmod={mode}"))
}

/// The modes that git knows, as they are in a checkout: of files, and of files that can be executed, which is that of folders too.
const OF_GIT: &[u32] = &[0o644, 0o755];

/// What `chmod` makes of modes.
enum Mode {
    Octal(String),
    Symbolic(Vec<Clause>),
    Unknown,
}

/// `ug+rX`: for whom, what is done, and with which bits.
struct Clause {
    who: u32,
    /// Bits that a new file does not get where nobody is named.
    masked: u32,
    action: char,
    bits: String,
}

impl Mode {
    fn of(text: &str) -> Self {
        let digits = text.strip_prefix('0').filter(|rest| rest.len() == 3).unwrap_or(text);
        if digits.len() == 3 && digits.bytes().all(|byte| (b'0'..b'8').contains(&byte)) {
            return Self::Octal(text.to_owned());
        }
        let clauses: Option<Vec<_>> = text.split(',').map(Clause::of).collect();
        clauses.map_or(Self::Unknown, Self::Symbolic)
    }

    /// The one mode that it makes of all files.
    ///
    /// # Errors
    /// Why there is none.
    fn for_all(&self, written: &str, modes: &[u32]) -> Result<String, String> {
        match self {
            Self::Octal(mode) => Ok(mode.clone()),
            Self::Unknown => Err(format!("`{written}` is no plain mode")),
            Self::Symbolic(clauses) => {
                let applied = |mode: &u32| clauses.iter().fold(*mode, |mode, clause| clause.applied(mode));
                let mut made: Vec<u32> = modes.iter().map(applied).collect();
                made.dedup();
                match made.as_slice() {
                    [mode] => Ok(format!("{mode:o}")),
                    _ => Err(format!("what `{written}` makes of a file depends on whether it can be executed")),
                }
            }
        }
    }
}

impl Clause {
    fn of(text: &str) -> Option<Self> {
        let at = text.find(['+', '-', '='])?;
        let (whom, rest) = text.split_at(at);
        let action = rest.chars().next()?;
        let bits = &rest[1..];
        let who = whom.chars().try_fold(0, |all, whom| match whom {
            'u' => Some(all | 0o700),
            'g' => Some(all | 0o070),
            'o' => Some(all | 0o007),
            'a' => Some(0o777),
            _ => None,
        })?;
        let (who, masked) = if whom.is_empty() { (0o777, 0o022) } else { (who, 0) };
        bits.chars().all(|bit| "rwxX".contains(bit)).then(|| Self { who, masked, action, bits: bits.to_owned() })
    }

    fn applied(&self, mode: u32) -> u32 {
        let bits = self.bits.chars().fold(0, |all, bit| match bit {
            'r' => all | 0o444,
            'w' => all | 0o222,
            'X' if mode & 0o111 == 0 => all,
            _ => all | 0o111,
        });
        let bits = bits & self.who & !self.masked;
        match self.action {
            '+' => mode | bits,
            '-' => mode & !bits,
            _ => (mode & !self.who) | bits,
        }
    }
}
