//! What each COPY, ADD and mount brings: from where, to where, and with which options.

use std::borrow::Cow;

use super::build::Build;
use super::mounts::{Fields, MountKind};
use super::paths::joined;
use super::patterns::fits;
use super::run::Run;
use super::sources::{Source, SourceKind, Taken};
use super::values::{Value, is_written_out};
use crate::syntax::{Arguments, Flag, Instruction, Keyword, Statement, announces_heredoc};

/// What one COPY, ADD or mount brings.
#[derive(Debug)]
pub struct Copied<'f> {
    pub instruction: &'f Instruction,
    pub stage: usize,
    pub by: By,
    /// Whether ONBUILD has it run in another build, with another context.
    pub is_trigger: bool,
    pub from: Origin,
    /// What `from` says, as written.
    pub lender: Option<&'f str>,
    pub sources: Vec<Source<'f>>,
    pub destination: Destination<'f>,
    flags: &'f [Flag],
}

/// What brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Copy,
    Add,
    /// A RUN has it mounted: nothing of it stays.
    Mount,
}

/// Where files are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The build context.
    Context,
    /// An earlier stage, by its index.
    Stage(usize),
    /// An image, or a context with a name.
    Elsewhere,
    /// A variable decides.
    Unknown,
}

/// Where it gets to.
#[derive(Debug)]
pub struct Destination<'f> {
    pub value: Value<'f>,
    /// In full, as far as it is known: without a WORKDIR, from the root. Variables stand in it as written, unless ENV fixes their values.
    pub path: String,
    /// Whether it is said to be a folder, or is the one where the stage works.
    pub is_folder: bool,
    /// Whether it is not seen from where the base image works.
    pub is_rooted: bool,
    /// Whether `path` is where it gets to, whatever the base image and whoever builds say.
    is_known: bool,
}

impl<'f> Copied<'f> {
    /// Whether a COPY or ADD of this build takes it from the build context.
    #[must_use]
    pub fn is_of_context(&self) -> bool {
        self.from == Origin::Context
    }

    /// The options, but for where it is taken from.
    pub fn options(&self) -> impl Iterator<Item = &'f Flag> {
        self.flags.iter().filter(|flag| flag.name() != "from")
    }

    /// The first option that is none of `known`.
    #[must_use]
    pub fn option_besides(&self, known: &[&str]) -> Option<&'f str> {
        self.options().map(Flag::name).find(|name| !known.contains(name))
    }

    /// The first option that is about something else than how files are stored: whose they are, their mode, links.
    #[must_use]
    pub fn option_of_content(&self) -> Option<&'f str> {
        self.option_besides(&["chmod", "chown", "link"])
    }

    /// Whether an option says which of the files are taken, or where each gets to.
    #[must_use]
    pub fn is_selective(&self) -> bool {
        self.options().any(|flag| matches!(flag.name(), "exclude" | "parents"))
    }

    /// The first source that is no path in what it is taken from.
    #[must_use]
    pub fn foreign(&self) -> Option<&Source<'f>> {
        self.sources.iter().find(|source| source.kind != SourceKind::Path)
    }

    /// The first source that is not written out: a variable that is not known decides, or a quote is open.
    #[must_use]
    pub fn unclear(&self) -> Option<&Source<'f>> {
        self.sources.iter().find(|source| source.value.known().is_none())
    }

    /// How it takes `path` of what it copies from.
    #[must_use]
    pub fn takes(&self, path: &str) -> Taken {
        self.sources.iter().map(|source| source.takes(path)).max().unwrap_or(Taken::No)
    }

    /// The first source that may be unpacked where it gets to.
    #[must_use]
    pub fn unpacked(&self) -> Option<&Source<'f>> {
        self.sources.iter().find(|source| self.by == By::Add && source.is_archive_by_name())
    }

    /// The paths from which a file at `path` of the image may come: as the file itself, or as one in a folder. Folders may stand in them as patterns.
    #[must_use]
    pub fn origins_of(&self, path: &str) -> Vec<String> {
        self.origins_in(&self.destination.path, path)
    }

    /// The same, where it is brought to `destination`.
    #[must_use]
    pub fn origins_in(&self, destination: &str, path: &str) -> Vec<String> {
        let below = path.strip_prefix(destination.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
        let of = |source: &Source<'f>| {
            let whole = source.path().into_owned();
            let itself = match below.filter(|below| fits(source.name(), below)) {
                _ if destination == path => Some(whole.clone()),
                Some(name) => {
                    let folder = whole.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
                    Some(folder.unwrap_or_default() + name)
                }
                None => None,
            };
            let inside = below.map(|below| joined(&format!("/{whole}"), below)[1..].to_owned());
            itself.into_iter().chain(inside)
        };
        let paths = self.sources.iter().filter(|source| source.kind == SourceKind::Path);
        paths.flat_map(of).collect()
    }
}

impl Destination<'_> {
    /// Where it gets to, in full; `None` if a variable, or only the base image, says.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        self.is_known.then_some(&*self.path)
    }

    /// The same as `path`, where the base image works in `home`.
    #[must_use]
    pub fn from_home(&self, home: &str) -> Cow<'_, str> {
        if self.is_rooted || home == "/" {
            return Cow::Borrowed(&self.path);
        }
        Cow::Owned(joined(home, &self.path[1..]))
    }

    /// Whether it is written out, seen from the working directory.
    #[must_use]
    pub fn is_written_out(&self) -> bool {
        is_written_out(&self.path)
    }
}

impl<'f> Build<'f> {
    /// Every COPY and ADD, in the order of the file; those of ONBUILD are not among them.
    pub fn copies(&self) -> impl Iterator<Item = Copied<'f>> {
        (0..self.stages.len()).flat_map(move |stage| self.copies_of(stage))
    }

    /// Those of stage `stage`.
    pub fn copies_of(&self, stage: usize) -> impl Iterator<Item = Copied<'f>> {
        self.each(stage).filter_map(move |(position, instruction)| self.copied(stage, position, instruction))
    }

    /// What `instruction`, a COPY or ADD, brings.
    #[must_use]
    pub fn copied_by(&self, instruction: &'f Instruction) -> Option<Copied<'f>> {
        let stage = self.stage_with(instruction);
        let start = instruction.range.start();
        let position = self.stages[stage].instructions.partition_point(|other| other.range.start() < start);
        self.copied(stage, position, instruction)
    }

    /// What the mounts of `run` bring, in order.
    pub fn mounted_in(&self, run: &Run<'f>) -> impl Iterator<Item = Copied<'f>> {
        let Run { stage, position, instruction, .. } = *run;
        let place = Place { stage, position, instruction, statement: &instruction.statement };
        mounts(place.statement).filter_map(move |flag| self.mounted(&place, flag))
    }

    /// All that is brought, by mounts and by ONBUILD too, in the order of the file.
    pub fn brought(&self) -> impl Iterator<Item = Copied<'f>> {
        self.places().flat_map(move |place| self.all_of(place))
    }

    /// What of it says that it is taken from elsewhere than the build context.
    pub fn lent(&self) -> impl Iterator<Item = Copied<'f>> {
        let lending = self.places().filter(|place| place.statement.flags.iter().any(|flag| lender(flag).is_some()));
        lending.flat_map(move |place| self.all_of(place)).filter(|copied| copied.lender.is_some())
    }

    fn all_of(&self, place: Place<'f>) -> impl Iterator<Item = Copied<'f>> {
        self.read(&place).into_iter().chain(mounts(place.statement).filter_map(move |flag| self.mounted(&place, flag)))
    }

    /// The instructions that may bring something.
    fn places(&self) -> impl Iterator<Item = Place<'f>> {
        let all = (0..self.stages.len()).flat_map(move |stage| {
            self.each(stage).map(move |(position, instruction)| {
                let statement = match instruction.arguments() {
                    Arguments::Trigger(trigger) => trigger,
                    _ => &*instruction.statement,
                };
                Place { stage, position, instruction, statement }
            })
        });
        all.filter(|place| {
            let statement = place.statement;
            matches!(statement.keyword, Keyword::Copy | Keyword::Add)
                || (statement.keyword == Keyword::Run && !statement.flags.is_empty())
        })
    }

    fn each(&self, stage: usize) -> impl Iterator<Item = (usize, &'f Instruction)> {
        self.stages[stage].instructions.iter().copied().enumerate()
    }

    fn copied(&self, stage: usize, position: usize, instruction: &'f Instruction) -> Option<Copied<'f>> {
        self.read(&Place { stage, position, instruction, statement: &instruction.statement })
    }

    /// What a COPY or ADD brings.
    fn read(&self, place: &Place<'f>) -> Option<Copied<'f>> {
        let by = match place.statement.keyword {
            Keyword::Copy => By::Copy,
            Keyword::Add => By::Add,
            _ => return None,
        };
        let words = place.statement.arguments.list();
        let (destination, sources) = words.split_last()?;
        let flags = &*place.statement.flags;
        let lender = flags.iter().rev().filter(|flag| flag.name() == "from").find_map(Flag::value);
        let sources = sources.iter().map(|written| {
            let value = self.value(place.stage, place.position, written);
            let kind = kind(by, &value);
            Source { value, kind }
        });
        Some(Copied {
            instruction: place.instruction,
            stage: place.stage,
            by,
            is_trigger: place.is_trigger(),
            from: self.origin(place.stage, lender),
            lender,
            sources: sources.collect(),
            destination: self.destination(place, destination),
            flags,
        })
    }

    /// What a mount brings; `None` for one that brings nothing, as an empty cache.
    fn mounted(&self, place: &Place<'f>, flag: &'f Flag) -> Option<Copied<'f>> {
        let fields = Fields::of(flag);
        let lender = fields.from();
        let brings = match fields.kind() {
            MountKind::Bind => true,
            MountKind::Folder => lender.is_some(),
            MountKind::SecretOrSocket => false,
        };
        let value = self.value(place.stage, place.position, fields.source());
        brings.then(|| Copied {
            instruction: place.instruction,
            stage: place.stage,
            by: By::Mount,
            is_trigger: place.is_trigger(),
            from: self.origin(place.stage, lender),
            lender,
            sources: vec![Source { value, kind: SourceKind::Path }],
            destination: self.destination(place, fields.target()),
            flags: &[],
        })
    }

    fn origin(&self, stage: usize, lender: Option<&str>) -> Origin {
        let Some(lender) = lender else { return Origin::Context };
        if lender.contains('$') {
            return Origin::Unknown;
        }
        let name = lender.to_lowercase();
        let earlier = &self.stages[..stage];
        let named = match self.names.get(&name) {
            Some(&last) if last >= stage => earlier.iter().rposition(|other| other.name.as_ref() == Some(&name)),
            named => named.copied(),
        };
        let numbered = || name.parse().ok().filter(|number| *number < stage);
        named.or_else(numbered).map_or(Origin::Elsewhere, Origin::Stage)
    }

    fn destination(&self, place: &Place<'f>, written: &'f str) -> Destination<'f> {
        let value = self.value(place.stage, place.position, written);
        let directory = self.directory_at(place.instruction);
        let path = joined(directory.unwrap_or_default(), &value.text);
        let is_rooted = value.text.starts_with('/') || directory.is_some_and(|directory| directory.starts_with('/'));
        let is_said = matches!(&*value.text, "" | ".") || value.text.ends_with('/') || value.text.ends_with("/.");
        let is_folder = is_said || directory.is_some_and(|directory| directory == path);
        let is_known = is_rooted && !place.is_trigger() && is_written_out(&path);
        Destination { value, path, is_folder, is_rooted, is_known }
    }
}

/// An instruction, or what ONBUILD makes of one, with where it stands.
#[derive(Clone, Copy)]
struct Place<'f> {
    stage: usize,
    position: usize,
    instruction: &'f Instruction,
    statement: &'f Statement,
}

impl Place<'_> {
    fn is_trigger(&self) -> bool {
        self.instruction.keyword() == Keyword::Onbuild
    }
}

fn mounts(statement: &Statement) -> impl Iterator<Item = &Flag> {
    let is_run = statement.keyword == Keyword::Run;
    statement.flags.iter().filter(move |flag| is_run && flag.name() == "mount")
}

/// What COPY or ADD reads a source as (`parseSourcesAndDest`, `dispatchCopy`).
fn kind(by: By, value: &Value<'_>) -> SourceKind {
    if announces_heredoc(value.written) {
        return SourceKind::Heredoc;
    }
    let text = &*value.text;
    let is_remote =
        text.contains("://") || (by == By::Add && (is_ssh_address(text) || text.starts_with("github.com/")));
    if is_remote { SourceKind::Remote } else { SourceKind::Path }
}

/// Whether it is `user@host:path`, which is fetched with git.
fn is_ssh_address(source: &str) -> bool {
    let Some((user, rest)) = source.split_once('@') else { return false };
    let Some((host, _)) = rest.split_once(':') else { return false };
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    plain(user) && plain(host)
}

/// What a flag takes files from, as written: `--from` of a COPY, and `from` of a mount.
#[must_use]
pub fn lender(flag: &Flag) -> Option<&str> {
    match flag.name() {
        "from" => flag.value(),
        "mount" => Fields::of(flag).from(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Dockerfile;

    /// What the last instruction brings: from where, the sources, and the destination.
    fn brought(text: &str) -> String {
        let file = Dockerfile::parse(text);
        let build = Build::of(&file);
        let Some(copied) = build.brought().last() else { return "nothing".to_owned() };
        let sources: Vec<_> = copied.sources.iter().map(|source| source.path().into_owned()).collect();
        let destination = copied.destination.known().map_or("?", |path| path);
        let slash = if copied.destination.is_folder { " in" } else { " as" };
        format!("{:?} {sources:?}{slash} {destination}", copied.from)
    }

    #[test]
    fn a_copy_has_sources_and_a_destination() {
        let base = "FROM a AS one\nWORKDIR /w\n";
        for (line, read) in [
            ("COPY . .", "Context [\"\"] in /w"),
            ("COPY ./a/ b/../c /d/", "Context [\"a\", \"c\"] in /d"),
            ("COPY ../../a x", "Context [\"a\"] as /w/x"),
            ("COPY a ..", "Context [\"a\"] as /"),
            ("COPY a /w", "Context [\"a\"] in /w"),
            ("COPY \"a\" '/b'", "Context [\"a\"] as /b"),
            ("COPY [\"a b\", \"c d\"]", "Context [\"a b\"] as /w/c d"),
            ("COPY \"a b\" /c", "Context [\"\\\"a\", \"b\\\"\"] as /c"),
            ("COPY *.js $HOME/", "Context [\"*.js\"] in ?"),
            ("ENV D=/data\nCOPY a ${D}/b", "Context [\"a\"] as /data/b"),
            ("ARG D=/data\nCOPY a ${D}/b", "Context [\"a\"] as ?"),
            ("FROM b\nCOPY --from=ONE /a /b", "Stage(0) [\"a\"] as /b"),
            ("FROM b\nCOPY --from=0 /a /b", "Stage(0) [\"a\"] as /b"),
            ("FROM b\nCOPY --from=7 /a /b", "Elsewhere [\"a\"] as /b"),
            ("FROM b\nCOPY --from=nginx:1 /a b", "Elsewhere [\"a\"] as ?"),
            ("FROM b\nCOPY --from=$x /a /b", "Unknown [\"a\"] as /b"),
            ("RUN --mount=target=/x true", "Context [\"\"] as /x"),
            ("RUN --mount=type=bind,src=a,dst=b true", "Context [\"a\"] as /w/b"),
            ("FROM b\nRUN --mount=type=cache,from=one,target=/c true", "Stage(0) [\"\"] as /c"),
            ("RUN --mount=type=cache,target=/c true", "nothing"),
            ("RUN --mount=type=secret,id=a true", "nothing"),
            ("ONBUILD COPY . /x", "Context [\"\"] as ?"),
        ] {
            assert_eq!(brought(&format!("{base}{line}\n")), read, "{line}");
        }
    }

    #[test]
    fn sources_are_paths_addresses_or_texts() {
        let kinds = |line: &str| {
            let file = Dockerfile::parse(format!("FROM a\n{line}\n"));
            let build = Build::of(&file);
            build.copies().flat_map(|copied| copied.sources).map(|source| source.kind).collect::<Vec<_>>()
        };
        use SourceKind::{Heredoc, Path, Remote};
        assert_eq!(kinds("COPY <<A <<-\"B\" c /d/\nx\nA\ny\nB"), [Heredoc, Heredoc, Path]);
        assert_eq!(kinds("ADD https://a.org/b git@a.org:b/c.git github.com/a/b d /e/"), [Remote, Remote, Remote, Path]);
        assert_eq!(kinds("COPY github.com/a/b /c"), [Path]);
    }

    #[test]
    fn a_file_of_the_image_comes_from_a_file_or_a_folder() {
        let file = Dockerfile::parse("FROM a\nWORKDIR /w\nCOPY run.sh /bin/\nCOPY src .\nCOPY lib/*.sh /bin/\n");
        let build = Build::of(&file);
        let origins = |path: &str| build.copies().flat_map(|copied| copied.origins_of(path)).collect::<Vec<_>>();
        assert_eq!(origins("/bin/run.sh"), ["run.sh", "run.sh/run.sh", "lib/run.sh", "lib/*.sh/run.sh"]);
        assert_eq!(origins("/w/a.py"), ["src/a.py"]);
        assert!(origins("/etc/a.py").is_empty());
    }
}
