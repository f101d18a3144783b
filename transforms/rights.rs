//! A command that says whose files are or what may be done with them, `chown` or `chmod`: what it says, of which paths, and how paths are taken out of it.

use crate::rewrite::{Context, Findings, Obstacles};
use crate::semantics::commands::Command;
use crate::semantics::{Run, is_written_out, joined};
use crate::syntax::shell::Word;
use crate::text::{Edit, TextRange};
use crate::transforms::{newness, removal};

/// What a `chown` or `chmod` says.
pub(super) struct Rights<'r> {
    pub run: &'r Run<'r>,
    pub command: Command<'r>,
    /// The owner or the mode: the first operand, with variables that ENV fixes replaced.
    pub what: String,
    /// The same as written.
    written: &'r str,
    /// The option `-R`.
    recursive: Option<&'r Word>,
    /// The first option that is another one.
    other: Option<String>,
    pub targets: Vec<Target<'r>>,
}

/// A path that it changes.
pub(super) struct Target<'r> {
    word: &'r Word,
    /// In full; `None` if it is not known.
    pub path: Option<String>,
}

/// What makes a command needless for a path.
pub(super) struct Moved {
    pub edits: Vec<Edit>,
    /// The folders that still need it, each for itself.
    pub kept: Vec<String>,
}

/// Moves every `program`, `chown` or `chmod`, to where its paths come from, as `moved` knows it of a path; each is called `title`.
pub(super) fn rewrite(
    cx: &Context<'_>,
    program: &str,
    title: &str,
    moved: fn(&Context<'_>, &Rights<'_>, &str) -> Result<Option<Moved>, Vec<String>>,
) -> Findings {
    let mut findings = Findings::default();
    for run in &cx.build.runs {
        for command in run.commands().into_iter().filter(|command| command.name() == Some(program)) {
            let Some(rights) = Rights::of(cx, run, command) else { continue };
            let each = |path: &str| match newness::is_late(cx, run.stage, run.instruction) {
                true => Err(vec![newness::too_late()]),
                false => moved(cx, &rights, path),
            };
            match rights.moved(cx, each) {
                Ok(Some(edits)) => findings.rewrite(title, edits),
                Ok(None) => {}
                Err(obstacles) => findings.decline_all(obstacles),
            }
        }
    }
    findings
}

impl<'r> Rights<'r> {
    /// What `command` says; `None` if it says nothing of paths.
    pub fn of(cx: &Context<'_>, run: &'r Run<'r>, command: Command<'r>) -> Option<Self> {
        let texts: Vec<_> =
            command.arguments().iter().map(|word| (word, written_out(cx, run, &command, word))).collect();
        let is_option = |text: &Option<String>| text.as_ref().is_some_and(|text| text.starts_with('-'));
        let (options, operands): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(_, text)| is_option(text));
        let is_recursive = |text: &Option<String>| matches!(text.as_deref(), Some("-R" | "--recursive"));
        let other = options.iter().find(|(_, text)| !is_recursive(text)).and_then(|(_, text)| text.clone());
        let recursive = options.iter().find(|(_, text)| is_recursive(text)).map(|(word, _)| *word);
        let ((what, text), targets) = operands.split_first()?;
        let written = command.text(what.range);
        let what = text.clone().unwrap_or_else(|| written.to_owned());
        let is_moved = changes_folder(run, &command);
        let path = |text: &str| {
            let folder = run.directory.as_deref().filter(|folder| folder.starts_with('/') && !is_moved);
            (text.starts_with('/') || folder.is_some()).then(|| joined(folder.unwrap_or_default(), text))
        };
        let targets = targets
            .iter()
            .map(|(word, text)| Target { word, path: text.as_deref().and_then(path).filter(|path| is_plain(path)) });
        Some(Self { run, what, written, recursive, other, targets: targets.collect(), command })
    }

    pub fn is_recursive(&self) -> bool {
        self.recursive.is_some()
    }

    /// What stands in the way of saying it in a COPY, whatever the path.
    pub fn obstacles(&self, cx: &Context<'_>) -> Vec<String> {
        let name = self.command.name().unwrap_or_default();
        let option = self.other.as_ref().map(|option| format!("`{option}` is not what `--{name}` does"));
        let is_kept = cx.build.stage_of(self.run).exported;
        let unkept = (!is_kept).then(|| "no image keeps the layers of this stage".to_owned());
        option.into_iter().chain(unkept).collect()
    }

    /// The edits that move what it says to where its paths come from, as `each` knows it of a path; `None` if it is for none of them.
    ///
    /// # Errors
    /// What stands in the way.
    fn moved(
        &self,
        cx: &Context<'_>,
        each: impl Fn(&str) -> Result<Option<Moved>, Vec<String>>,
    ) -> Result<Option<Vec<Edit>>, Obstacles> {
        let mut obstacles = Obstacles::default();
        let (mut edits, mut kept, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        let at = |because: String| (self.command.range(), because);
        for (index, target) in self.targets.iter().enumerate() {
            match target.path.as_deref().map(&each) {
                Some(Ok(Some(moved))) => {
                    edits.extend(moved.edits);
                    kept.extend(moved.kept);
                    continue;
                }
                Some(Err(because)) => obstacles.add(because.into_iter().map(at)),
                Some(Ok(None)) | None => {}
            }
            rest.push(index);
        }
        if rest.len() == self.targets.len() {
            return obstacles.or(None);
        }
        let left = self.left_to(cx, &rest, &kept).map_err(|because| Obstacles::from(at(because)))?;
        edits.dedup();
        edits.extend(left);
        Ok(Some(edits))
    }

    /// The edits that leave it to the targets `rest`, by their indexes; the folders `kept` keep one without `-R`.
    ///
    /// # Errors
    /// Why it cannot be taken out.
    fn left_to(&self, cx: &Context<'_>, rest: &[usize], kept: &[String]) -> Result<Vec<Edit>, String> {
        if rest.is_empty() && kept.is_empty() {
            return Ok(vec![removal::of_command(cx, self.run, &self.command)?]);
        }
        removal::place(self.run, &self.command)?;
        if rest.is_empty() {
            return Ok(self.narrowed(kept));
        }
        let gone = self.targets.iter().enumerate().filter(|(at, _)| !rest.contains(at));
        let edits: Option<Vec<_>> = gone.map(|(_, target)| self.without(cx, target.word)).collect();
        let mut edits = edits.ok_or_else(|| "a comment is about it".to_owned())?;
        if !kept.is_empty() {
            let (sudo, name) = (self.command.privilege(), self.command.name().unwrap_or_default());
            let own = format!("{sudo}{name} {} {} && ", self.written, kept.join(" "));
            edits.push(Edit::insert(self.command.range().start(), own));
        }
        Ok(edits)
    }

    fn narrowed(&self, kept: &[String]) -> Vec<Edit> {
        let mut edits = Vec::new();
        let words = self.command.words();
        if let Some(option) = self.recursive {
            let next = words.iter().find(|word| word.range.start() > option.range.start());
            edits.extend(next.map(|next| Edit::delete(self.between(option.range.start(), next.range.start()))));
        }
        let written = kept.join(" ");
        let [first, more @ ..] = self.targets.as_slice() else { return edits };
        if more.is_empty() && first.path.as_ref() == Some(&written) {
            return edits;
        }
        let end = more.last().unwrap_or(first).word.range.end();
        edits.push(Edit::replace(self.between(first.word.range.start(), end), written));
        edits
    }

    /// Takes `word` out, with the blanks before it.
    fn without(&self, cx: &Context<'_>, word: &Word) -> Option<Edit> {
        let before = self.command.words().iter().take_while(|other| other.range.start() < word.range.start()).last()?;
        let range = self.between(before.range.end(), word.range.end());
        (!cx.file.slice(range).contains(&b'#')).then(|| Edit::delete(range))
    }

    /// In the file.
    fn between(&self, start: usize, end: usize) -> TextRange {
        let at = |offset| self.command.source_range(TextRange::empty(offset)).start();
        TextRange::new(at(start), at(end))
    }
}

/// The value of `word`, if the file alone says it: variables are those that ENV fixes, and that the script leaves alone.
fn written_out(cx: &Context<'_>, run: &Run<'_>, command: &Command<'_>, word: &Word) -> Option<String> {
    if let Some(literal) = &word.literal {
        return Some(literal.to_string());
    }
    let written = command.text(word.range);
    if !written.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"$\"{}/._:-".contains(&byte)) {
        return None;
    }
    let script = run.text()?;
    let names = written.split('$').skip(1).map(|rest| {
        let rest = rest.trim_start_matches('{');
        &rest[..rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len())]
    });
    let is_used_only = |name: &str| {
        let mut places = script.match_indices(name);
        !name.is_empty() && places.all(|(at, _)| script[..at].ends_with('$') || script[..at].ends_with("${"))
    };
    if !names.into_iter().all(is_used_only) {
        return None;
    }
    cx.build.value(run.stage, run.position, written).known().map(str::to_owned)
}

/// Whether a command before may work elsewhere than where the RUN does.
fn changes_folder(run: &Run<'_>, command: &Command<'_>) -> bool {
    let all = run.commands();
    let mut before = all.iter().filter(|other| other.node.range.start() < command.node.range.start());
    before.any(|other| {
        let known = other.known();
        let moves = known.has("may change the folder") || known.has("may change the folder by a script");
        other.name().is_none() || moves
    })
}

/// Whether a path holds nothing that BuildKit or the shell may take for something else.
pub(super) fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)) && is_written_out(path)
}
