//! Where a Dockerfile names images, and what it names: stages and possible build contexts are told apart from them.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use memchr::memmem;

use super::build::Build;
use super::mounts::Fields;
use super::same::Same;
use super::stages::Base;
use crate::syntax::{
    DirectiveKind, Dockerfile, EscapeToken, ImageReference, Instruction, Item, ItemKind, Keyword, LogicalText, Word,
};
use crate::text::TextRange;

/// A place where an image is named that the build takes files from. ADD names none, and what ONBUILD names belongs to another build.
#[derive(Clone, Debug)]
pub struct ImageUse<'f> {
    pub place: Place,
    pub instruction: &'f Instruction,
    /// The index of the stage it stands in.
    pub stage: usize,
    /// The name as BuildKit reads it: without quotes, variables as written.
    pub text: String,
    /// Where `text` stands in the file; `None` if it is broken over lines or has quotes or escapes inside.
    pub range: Option<TextRange>,
    pub named: Named,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    From,
    CopyFrom,
    MountFrom,
}

/// What is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Image(ImageReference),
    /// A variable decides; this is what it stands for by the file, if it is an image.
    Variable(Option<Argument>),
    /// A word of its own behind `COPY --from` or a mount that is no stage: an image, or a context of `docker build --build-context`.
    PossibleContext(ImageReference),
}

/// The default of the global ARG that a name is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    pub name: String,
    /// Where the default stands in the file, without quotes.
    pub default: TextRange,
    /// What the name is with that default.
    pub reference: ImageReference,
    pub role: Role,
}

/// What the default of an ARG is of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Whole,
    Tag,
    Other,
}

impl Argument {
    /// Whether a single place in `file`, where it stands, reads the argument.
    #[must_use]
    pub fn is_used_once(&self, file: &Dockerfile) -> bool {
        mentions(file, &self.name) == 1
    }
}

impl ImageUse<'_> {
    /// The value of `--platform` of the FROM, if it has one and no variable decides it.
    #[must_use]
    pub fn platform(&self) -> Option<&str> {
        let platform = self.instruction.flag("platform").filter(|platform| !platform.is_empty())?;
        (self.place == Place::From && !platform.contains('$')).then_some(platform)
    }

    /// The same image of a FROM where that is `instruction`, of stage `stage`; `None` if something else in the file has a say in it.
    fn moved<'f>(&self, stage: usize, instruction: &'f Instruction) -> Option<ImageUse<'f>> {
        if self.place != Place::From || !matches!(self.named, Named::Image(_)) {
            return None;
        }
        let by = instruction.line.moved_from(&self.instruction.line)?;
        let range = self.range.map(|range| range.moved(by));
        Some(ImageUse { instruction, stage, range, ..self.clone() })
    }

    /// Where to point when speaking of it.
    #[must_use]
    pub fn shown(&self) -> TextRange {
        self.range.unwrap_or_else(|| self.instruction.text_range())
    }
}

impl<'f> Build<'f> {
    /// Every place where the file names an image, in the order of the file.
    #[must_use]
    pub fn image_uses(&self) -> &[ImageUse<'f>] {
        &self.images
    }

    /// The image that the FROM of stage `stage` names.
    #[must_use]
    pub fn base_image(&self, stage: usize) -> Option<&ImageUse<'f>> {
        // The FROM of a stage comes first in it.
        let first = self.images.partition_point(|image| image.stage < stage);
        self.images.get(first).filter(|image| image.place == Place::From && image.stage == stage)
    }

    /// Finds all of them. Those `before`, of another text, need not be read again where the instruction is the same.
    pub(super) fn find_image_uses(&self, before: &[ImageUse<'_>]) -> Vec<ImageUse<'f>> {
        let mut uses = Vec::new();
        let before: Vec<_> = before.iter().filter(|image| image.place == Place::From).collect();
        let mut before = Same::among(&before, |image| image.instruction);
        let globals = GlobalArguments { file: self.file, by_name: OnceCell::new() };
        for (index, stage) in self.stages.iter().enumerate() {
            if matches!(stage.base, Base::Image(_)) {
                let known = before.find(stage.from).and_then(|image| image.moved(index, stage.from));
                uses.extend(known.or_else(|| self.from(index, stage.from, &globals)));
            }
            for instruction in &stage.instructions {
                match instruction.keyword() {
                    Keyword::Copy => uses.extend(self.copy_from(index, instruction)),
                    Keyword::Run => uses.extend(self.mounts_from(index, instruction)),
                    _ => {}
                }
            }
        }
        uses
    }

    /// The image that reads the file, of a `# syntax=` at its start, and where its name stands in the file.
    #[must_use]
    pub fn frontend(&self) -> Option<(ImageReference, TextRange)> {
        let is_at_top = |item: &&Item| matches!(item.kind, ItemKind::ByteOrderMark | ItemKind::Directive(_));
        let top = self.file.items().iter().take_while(is_at_top);
        let directives = top.filter_map(|item| match &item.kind {
            ItemKind::Directive(directive) if directive.kind == DirectiveKind::Syntax => Some(directive),
            _ => None,
        });
        let directive = directives.last()?;
        Some((ImageReference::parse(&directive.value).ok()?, directive.value_range))
    }

    fn from(&self, stage: usize, instruction: &'f Instruction, globals: &GlobalArguments<'f>) -> Option<ImageUse<'f>> {
        let word = instruction.arguments().words().first()?;
        let text = unquoted(&word.text).to_owned();
        let range = plain_range(self.file, &instruction.line, word.range, &text);
        let named = if text.contains('$') {
            // Between single quotes, a variable is nothing but its name.
            Named::Variable(argument(&text, globals).filter(|_| !word.text.contains('\'')))
        } else {
            Named::Image(ImageReference::parse(&text).ok()?)
        };
        Some(ImageUse { place: Place::From, instruction, stage, text, range, named })
    }

    fn copy_from(&self, stage: usize, instruction: &'f Instruction) -> Option<ImageUse<'f>> {
        let flag = instruction.flags().iter().rev().find(|flag| flag.name() == "from")?;
        let text = flag.value()?;
        let range = plain_range(self.file, &instruction.line, flag.range, text);
        let named = self.lender(text)?;
        Some(ImageUse { place: Place::CopyFrom, instruction, stage, text: text.to_owned(), range, named })
    }

    fn mounts_from(&self, stage: usize, instruction: &'f Instruction) -> Vec<ImageUse<'f>> {
        let mounts = instruction.flags().iter().filter(|flag| flag.name() == "mount");
        let uses = mounts.filter_map(|flag| {
            let (field, text) = Fields::of(flag).field(&["from"])?;
            let place = |text| plain_range(self.file, &instruction.line, flag.range, text);
            // The name alone may also be part of a path beside it.
            let with_key = place(field).map(|range| TextRange::new(range.end() - text.len(), range.end()));
            let range = with_key.or_else(|| place(text));
            let named = self.lender(text)?;
            Some(ImageUse { place: Place::MountFrom, instruction, stage, text: text.to_owned(), range, named })
        });
        uses.collect()
    }

    /// What `COPY --from` or a mount takes files from, unless it is a stage.
    fn lender(&self, text: &str) -> Option<Named> {
        let lower = text.to_lowercase();
        let is_stage = self.names.contains_key(&lower);
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        if is_stage || is_number || lower == "scratch" {
            return None;
        }
        if text.contains('$') {
            return Some(Named::Variable(None));
        }
        let reference = ImageReference::parse(text).ok()?;
        let is_word = !text.contains(['/', ':', '.', '@']);
        Some(if is_word { Named::PossibleContext(reference) } else { Named::Image(reference) })
    }
}

/// `text` without the quotes around it.
fn unquoted(text: &str) -> &str {
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

/// Where `text` stands in the file, if it stands in `outer` just once and as it is.
fn plain_range(file: &Dockerfile, line: &LogicalText, outer: TextRange, text: &str) -> Option<TextRange> {
    let escape = file.escape();
    if text.is_empty() || text.contains(['"', '\'', escape.as_char()]) {
        return None;
    }
    let bytes = &line.bytes()[outer];
    let at = memmem::find(bytes, text.as_bytes())?;
    let is_again = memmem::find(&bytes[at + 1..], text.as_bytes()).is_some();
    let range = TextRange::new(outer.start() + at, outer.start() + at + text.len());
    (!is_again && line.is_contiguous(range)).then(|| line.source_range(range))
}

/// The ARG that `text` is made with, if it is one, once in `text`, and has a default.
fn argument(text: &str, globals: &GlobalArguments<'_>) -> Option<Argument> {
    let (before, rest) = text.split_once('$')?;
    let (name, behind) = match rest.strip_prefix('{') {
        Some(inner) => inner.split_once('}')?,
        None => rest.split_at(rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len())),
    };
    if name.is_empty() || behind.contains('$') || !name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
        return None;
    }
    let (value, default) = globals.sole_default(name)?;
    let reference = ImageReference::parse(&format!("{before}{value}{behind}")).ok()?;
    let role = match (before, behind) {
        ("", "") => Role::Whole,
        (before, "") if before.ends_with(':') => Role::Tag,
        _ => Role::Other,
    };
    Some(Argument { name: name.to_owned(), default, reference, role })
}

/// The ARGs before the first FROM.
struct GlobalArguments<'f> {
    file: &'f Dockerfile,
    /// The words by the names they declare, worked out where it is asked for.
    by_name: OnceCell<BTreeMap<&'f str, Vec<(&'f Instruction, &'f Word)>>>,
}

impl<'f> GlobalArguments<'f> {
    fn words(&self) -> impl Iterator<Item = (&'f Instruction, &'f Word)> {
        let globals = self.file.instructions().take_while(|instruction| instruction.keyword() != Keyword::From);
        let arguments = globals.filter(|instruction| instruction.keyword() == Keyword::Arg);
        arguments.flat_map(|instruction| instruction.arguments().words().iter().map(move |word| (instruction, word)))
    }

    /// The default of `name` and its place, if there is one such ARG and its default is plain text.
    fn sole_default(&self, name: &str) -> Option<(String, TextRange)> {
        let by_name = self.by_name.get_or_init(|| {
            let mut by_name = BTreeMap::<_, Vec<_>>::new();
            for (instruction, word) in self.words() {
                let name = word.text.split('=').next().unwrap_or_default();
                by_name.entry(name).or_default().push((instruction, word));
            }
            by_name
        });
        let [(instruction, word)] = by_name.get(name)?.as_slice() else { return None };
        let (_, value) = word.text.split_once('=')?;
        let value = unquoted(value);
        if value.contains(['$', ' ']) || is_escaped(value, self.file.escape()) {
            return None;
        }
        let start = word.range.start() + name.len() + 1;
        let outer = TextRange::new(start, word.range.end());
        Some((value.to_owned(), plain_range(self.file, &instruction.line, outer, value)?))
    }
}

fn is_escaped(text: &str, escape: EscapeToken) -> bool {
    text.contains(escape.as_char())
}

/// How often the file reads the variable `name` or takes the argument into a stage. Comments count too: this errs on the side of more. It is not
/// counted further than to two.
fn mentions(file: &Dockerfile, name: &str) -> usize {
    let is_part = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let source = file.source();
    let Some(first) = name.bytes().next() else { return 0 };
    let found = source.windows(name.len()).enumerate().filter(|(at, window)| {
        if !window[0].eq_ignore_ascii_case(&first) {
            return false;
        }
        let is_whole = !at.checked_sub(1).is_some_and(|before| is_part(source[before]))
            && !source.get(at + name.len()).is_some_and(|&byte| is_part(byte));
        is_whole && window.eq_ignore_ascii_case(name.as_bytes())
    });
    // One of them is the ARG itself.
    found.take(3).count().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each place, what is named, and whether it can be edited.
    fn uses(text: &str) -> Vec<String> {
        let file = Dockerfile::parse(text);
        assert!(file.problems().is_empty(), "{:?}", file.problems());
        let build = Build::of(&file);
        let uses = build.image_uses().iter().map(|image| {
            let kind = match &image.named {
                Named::Image(reference) => reference.canonical(),
                Named::Variable(None) => "variable".to_owned(),
                Named::Variable(Some(argument)) => {
                    let sole = if argument.is_used_once(&file) { "sole" } else { "shared" };
                    let default = String::from_utf8_lossy(file.slice(argument.default)).into_owned();
                    format!("{:?} {sole} {default} {}", argument.role, argument.reference.canonical())
                }
                Named::PossibleContext(_) => "context".to_owned(),
            };
            let plain = image.range.map(|range| String::from_utf8_lossy(file.slice(range)).into_owned());
            assert!(plain.as_ref().is_none_or(|plain| *plain == image.text));
            let place = if plain.is_some() { "" } else { " not plain" };
            format!("{} {kind}{place}", image.instruction.first_line)
        });
        uses.collect()
    }

    #[test]
    fn images_are_found_wherever_they_are_named() {
        let text = "FROM --platform=$BUILDPLATFORM \"python:3\" AS a\nFROM \\\n  node\nCOPY --from=nginx:1 /a /\n\
            RUN --mount=type=bind,from=ghcr.io/a/b,target=/x --mount=target=/y,from=\"c.d/e\" true\n";
        let text = format!("{text}RUN --mount=from=a/b,from=a/c,target=/x true\n");
        let found = [
            "1 docker.io/library/python:3",
            "2 docker.io/library/node:latest",
            "4 docker.io/library/nginx:1",
            "5 ghcr.io/a/b:latest",
            "5 c.d/e:latest",
            "6 docker.io/a/c:latest",
        ];
        assert_eq!(uses(&text), found);
    }

    #[test]
    fn stages_numbers_scratch_and_contexts_are_no_images() {
        let text = "FROM golang AS Build\nFROM scratch\nCOPY --from=build /a /\nCOPY --from=0 /a /\nCOPY --from=assets / /\n\
            COPY --from=later / /\nRUN --mount=from=BUILD,target=/x true\nFROM BUILD AS later\nONBUILD COPY --from=nginx:1 / /\n";
        assert_eq!(uses(text), ["1 docker.io/library/golang:latest", "5 context"]);
    }

    #[test]
    fn a_stage_may_be_called_like_its_image() {
        assert_eq!(uses("FROM node AS node\nFROM node\n"), ["1 docker.io/library/node:latest"]);
    }

    #[test]
    fn a_name_with_a_variable_is_followed_to_its_argument() {
        assert_eq!(uses("ARG B=python\nFROM $B\n"), ["2 Whole sole python docker.io/library/python:latest"]);
        assert_eq!(uses("ARG V=\"3\"\nFROM python:${V}\n"), ["2 Tag sole 3 docker.io/library/python:3"]);
        assert_eq!(uses("ARG V=3\nFROM a:${V}-slim\n"), ["2 Other sole 3 docker.io/library/a:3-slim"]);
        let shared = "2 Tag shared 3 docker.io/library/a:3";
        assert_eq!(uses("ARG V=3\nFROM a:$V\nARG V\n"), [shared]);
        for other in [
            "FROM $V",
            "ARG V=3\nFROM 'a:$V'",
            "FROM ${V:-a}",
            "FROM a:${V}${W}",
            "ARG V=1\nARG V=2\nFROM a:$V",
            "ARG V\nFROM a:$V",
        ] {
            assert_eq!(uses(&format!("{other}\n")).last().unwrap().split_once(' ').unwrap().1, "variable", "{other}");
        }
    }

    #[test]
    fn the_image_that_reads_the_file_is_told_apart() {
        let file = Dockerfile::parse("# syntax=docker/dockerfile:1\nFROM scratch\n");
        let (reference, range) = Build::of(&file).frontend().unwrap();
        assert_eq!(
            (reference.canonical().as_str(), file.slice(range)),
            ("docker.io/docker/dockerfile:1", &b"docker/dockerfile:1"[..])
        );
    }

    #[test]
    fn a_name_that_is_not_written_plainly_has_no_place() {
        assert_eq!(uses("FROM pyth\\\non:3\n"), ["1 docker.io/library/python:3 not plain"]);
    }
}
