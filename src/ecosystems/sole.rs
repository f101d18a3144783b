//! A file with one stage, read for what has to hold when its build and its image become two: what is copied in, where it works, what it starts.

use super::Ecosystem;
use super::carried::is_own;
use crate::bases::around;
use crate::known::{Table, table};
use crate::programs::files;
use crate::rewrite::{Answer, Context, Obstacle, Obstacles, Question};
use crate::semantics::commands::Command;
use crate::semantics::copies::Destination;
use crate::semantics::{Copied, Named, Run, is_root, is_within, joined};
use crate::syntax::shell::{CommandKind, ConnectorKind, Word};
use crate::syntax::{ImageReference, Instruction, Keyword};
use crate::text::TextRange;

/// What one COPY or ADD brings from the build context.
pub(crate) struct Brought {
    /// Cleaned paths in the build context, empty for all of it.
    pub sources: Vec<String>,
    /// In full, as written: a folder, or the file that the one source becomes.
    pub destination: String,
    pub range: TextRange,
}

/// The one stage.
pub(crate) struct Sole<'a> {
    pub cx: &'a Context<'a>,
    pub from: TextRange,
    pub instructions: &'a [&'a Instruction],
    /// The working directory of the base image.
    pub(super) home: &'static str,
    /// The working directory of the container, in full.
    pub directory: String,
    /// What is copied from the build context: cleaned paths, empty for all of it.
    pub sources: Vec<String>,
    pub brought: Vec<Brought>,
    /// The words of ENTRYPOINT and CMD, with where they stand.
    pub start: Vec<(String, TextRange)>,
    /// Whether a shell starts the program.
    is_in_shell: bool,
    /// The paths that variables name: the variable, the path, where.
    pub named: Vec<(String, String, TextRange)>,
    /// The last USER that is not root, and where it stands.
    pub user: Option<(String, TextRange)>,
}

impl<'a> Sole<'a> {
    /// The one stage of the file; all in it that a second stage might not have as this one has it is noted. `None` if it does not even say what it starts, and where.
    pub fn of(cx: &'a Context<'a>, ecosystem: &Ecosystem, obstacles: &mut Obstacles) -> Option<Self> {
        let stage = &cx.build.stages[0];
        let instructions = stage.instructions.as_slice();
        let mut sole = Self {
            cx,
            from: stage.from.text_range(),
            instructions,
            home: cx.build.home_of(0),
            directory: String::new(),
            sources: Vec::new(),
            brought: Vec::new(),
            start: Vec::new(),
            is_in_shell: false,
            named: Vec::new(),
            user: None,
        };
        // Where the image of another ecosystem works, may be another place in the image that is shipped.
        let starts_itself = sole.started_by_image(ecosystem.facts);
        if let Some(home) =
            ecosystem.facts.get("home where the image starts itself").filter(|_| starts_itself.is_some())
        {
            sole.home = home;
        }
        for instruction in instructions {
            obstacles.note(sole.take(instruction, ecosystem).map_err(|because| (instruction.text_range(), because)));
        }
        if sole.directory.is_empty() && starts_itself.is_some() {
            sole.directory = sole.home.to_owned();
        }
        if sole.directory.is_empty() {
            obstacles.add([(sole.from, "no WORKDIR says where it is started".to_owned())]);
        }
        for keyword in [Keyword::Entrypoint, Keyword::Cmd] {
            if cx.build.replaced(0, keyword).next().is_some() {
                let last = instructions.iter().rfind(|other| other.keyword() == keyword);
                let at = last.map_or(sole.from, |last| last.text_range());
                obstacles.add([(at, format!("it is the second {}", keyword.name()))]);
            }
        }
        let line = obstacles.note(cx.build.start(0).line())?;
        obstacles.add(
            line.words
                .iter()
                .find(|word| !word.is_known)
                .map(|word| (word.range, format!("what `{}` is, is only known when it runs", word.text))),
        );
        sole.is_in_shell = line.is_in_shell;
        sole.start = line.words.into_iter().map(|word| (word.text, word.range)).collect();
        if let Some(program) = starts_itself.filter(|_| sole.start.is_empty()) {
            sole.start.push((program.to_owned(), sole.from));
        }
        if sole.start.is_empty() {
            obstacles.add([(sole.from, "nothing here says what the image starts".to_owned())]);
        }
        // Without a folder and a start there is nothing more to ask.
        (!sole.directory.is_empty() && !sole.start.is_empty()).then_some(sole)
    }

    /// What the image starts if the file says nothing, where the same image is shipped.
    fn started_by_image(&self, facts: Table) -> Option<&'static str> {
        let words = self.reference()?.tag_or_latest().split('-');
        words.filter_map(|word| facts.get(&format!("start of {word}"))).next()
    }

    fn take(&mut self, instruction: &'a Instruction, ecosystem: &Ecosystem) -> Result<(), String> {
        let keyword = instruction.keyword();
        let words = instruction.arguments().list();
        let is_read = matches!(keyword, Keyword::Copy | Keyword::Add | Keyword::Workdir);
        let is_repeated = !is_read
            && !matches!(keyword, Keyword::Run | Keyword::Arg | Keyword::Cmd | Keyword::Entrypoint | Keyword::Env);
        if is_repeated && words.iter().any(|word| word.contains('$')) {
            return Err("a variable decides what it says".to_owned());
        }
        match keyword {
            Keyword::Arg | Keyword::Expose | Keyword::Label | Keyword::Maintainer | Keyword::Stopsignal => Ok(()),
            Keyword::Run => Ok(()),
            Keyword::Copy | Keyword::Add => {
                let copied = self.cx.build.copied_by(instruction).ok_or("what it copies is not known")?;
                if is_tool(&copied, ecosystem.facts) { Ok(()) } else { self.take_sources(&copied) }
            }
            Keyword::Workdir => {
                let path = self.cx.build.directory_behind(instruction).unwrap_or_default();
                let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'\\$".contains(&byte));
                if path.contains('$') {
                    return Err("a variable decides what it says".to_owned());
                }
                if !is_plain || !path.starts_with('/') {
                    return Err("where it leads is not written out".to_owned());
                }
                self.directory = path.to_owned();
                Ok(())
            }
            Keyword::Env => {
                let at = instruction.text_range();
                instruction
                    .arguments()
                    .pairs()
                    .iter()
                    .try_for_each(|pair| self.take_variable(pair.key.text.as_str(), pair.value.text.as_str(), at))
            }
            Keyword::User => {
                let user = words.concat();
                self.user = (!is_root(&user)).then(|| (user, instruction.text_range()));
                Ok(())
            }
            Keyword::Healthcheck => {
                let part = self.cx.build.part(instruction);
                match part.and_then(|part| around::lacking(self.cx, &part, ecosystem.kept)) {
                    None => Ok(()),
                    Some(because) => Err(format!("the health check runs {because}")),
                }
            }
            Keyword::Cmd | Keyword::Entrypoint => match self.cx.build.part(instruction) {
                Some(part) if part.script().is_none() || !part.is_exec() => Ok(()),
                _ => Err("it is in shell form: a shell starts the program, and may do more".to_owned()),
            },
            Keyword::Volume => {
                let is_plain = words.iter().all(|path| path.starts_with('/') && path.len() > 1);
                if is_plain { Ok(()) } else { Err("what it keeps is not written out".to_owned()) }
            }
            _ => Err(format!("{} has no known meaning in two stages", keyword.name())),
        }
    }

    fn take_variable(&mut self, key: &str, value: &str, at: TextRange) -> Result<(), String> {
        let value = value.trim_matches(['"', '\'']);
        if key == "PATH" {
            let mut folders = value.split(':').map(|folder| folder.trim_matches(['"', '\'']));
            if !folders.clone().any(|folder| ["$PATH", "${PATH}"].contains(&folder)) {
                return Err("`PATH` changes what programs find".to_owned());
            }
            let is_open = |folder: &&str| folder.contains('$') && !["$PATH", "${PATH}"].contains(folder);
            if folders.clone().any(|folder| is_open(&folder)) {
                return Err("a variable decides what it says".to_owned());
            }
            let named = folders.by_ref().filter(|folder| folder.starts_with('/') && !is_folder_of_programs(folder));
            self.named.extend(named.map(|folder| (key.to_owned(), folder.trim_end_matches('/').to_owned(), at)));
            return Ok(());
        }
        if value.contains('$') {
            return Err("a variable decides what it says".to_owned());
        }
        if KNOWN.has("variable of the system", key) || key.starts_with("LD_") {
            return Err(format!("`{key}` changes what programs find"));
        }
        let is_address = value.contains("://") && !value.contains("file:");
        // All images that are shipped have the time zones.
        let is_zone = key == "TZ" && !value.starts_with(['/', ':']);
        if value.contains('/') && !is_address && !is_zone && !KNOWN.has("variable of a build", key) {
            self.named.push((key.to_owned(), value.to_owned(), at));
        }
        Ok(())
    }

    /// The first variable that names something which is neither in one of `folders` nor in every image.
    pub fn named_outside(&self, folders: &[String]) -> Option<Obstacle> {
        let is_kept = |path: &str| {
            let is_in = |folder: &str| is_within(path, folder);
            path.starts_with('/') && (folders.iter().any(|it| is_in(it)) || KNOWN.of("folder for all").any(is_in))
        };
        let (key, _, at) = self.named.iter().find(|(_, value, _)| !value.split(':').all(is_kept))?;
        Some((*at, format!("`{key}` may name a file in this image")))
    }

    /// The text of the script of the build context that the image starts, if it starts one.
    pub fn script(&self) -> Option<String> {
        let (program, _) = self.start.first()?;
        let source = self.source_of(&joined(&self.directory, program))?;
        let text = files::texts(self.cx, &[source.as_str()])?.remove(0);
        let first = text.lines().next()?;
        (first.starts_with("#!") && KNOWN.of("shell of a script").any(|shell| first.ends_with(shell))).then_some(text)
    }

    fn take_sources(&mut self, copied: &Copied<'_>) -> Result<(), String> {
        if !copied.is_of_context() {
            return Err("it has the option `--from`".to_owned());
        }
        if let Some(name) = copied.option_of_content() {
            return Err(format!("it has the option `--{name}`"));
        }
        let Destination { value, is_folder, .. } = &copied.destination;
        if let Some(value) = copied.unclear().map(|source| &source.value).or(value.known().is_none().then_some(value)) {
            let is_variable = value.text.contains('$');
            let because =
                if is_variable { "a variable decides what it says" } else { "what it copies is not written out" };
            return Err(because.to_owned());
        }
        if let Some(source) = copied.foreign() {
            return Err(format!("`{}` is not from the build context", source.value.written));
        }
        let sources = files::sources(copied).ok_or("what it copies is not known")?;
        let destination = copied.destination.from_home(self.home).into_owned();
        let mut brought = Brought { sources, destination, range: copied.instruction.text_range() };
        // A file that is copied into a folder keeps its name.
        if let ([source], true) = (brought.sources.as_slice(), *is_folder) {
            let name = source.rsplit('/').next().unwrap_or_default();
            let is_file = matches!(
                self.cx.facts.answer(Question::ContextEntry(source.clone())),
                Answer::File { .. } | Answer::Text(_)
            );
            if is_file {
                brought.destination = joined(&brought.destination, name);
            }
        }
        self.sources.extend(brought.sources.iter().cloned());
        self.brought.push(brought);
        Ok(())
    }

    /// The path in the build context of what is copied to `path` of the image.
    pub fn source_of(&self, path: &str) -> Option<String> {
        self.brought.iter().rev().find_map(|brought| {
            let rest = path.strip_prefix(brought.destination.as_str())?;
            match brought.sources.as_slice() {
                [source] if rest.is_empty() => Some(source.clone()),
                [source] if rest.starts_with('/') => Some(joined(source, rest.trim_start_matches('/'))[1..].to_owned()),
                sources => sources.iter().find(|source| source.rsplit('/').next() == rest.strip_prefix('/')).cloned(),
            }
        })
    }

    /// The image that it starts from, as far as it is written out.
    pub fn reference(&self) -> Option<&ImageReference> {
        match &self.cx.build.base_image(0)?.named {
            Named::Image(reference) => Some(reference),
            Named::Variable(Some(argument)) => Some(&argument.reference),
            _ => None,
        }
    }

    /// The working directory of a command, in full.
    pub fn directory_of(&self, command: &Command<'_>) -> String {
        joined(self.home, command.run.directory.as_deref().unwrap_or_default())
    }

    /// The first COPY or ADD that brings something outside `folders`.
    pub fn brought_outside(&self, folders: &[String]) -> Option<Obstacle> {
        let is_inside = |path: &str| folders.iter().any(|folder| is_within(path, folder));
        let outside = self.brought.iter().find(|brought| !is_inside(&brought.destination))?;
        Some((outside.range, format!("`{}` may be needed at run time", outside.destination)))
    }

    /// What is brought to places outside `folders` that are the program's own: files, and folders that no image has.
    pub fn brought_beside(&self, folders: &[String]) -> Vec<String> {
        let is_inside = |path: &str| folders.iter().any(|folder| is_within(path, folder));
        let is_file = |path: &str| {
            let (folder, name) = path.rsplit_once('/').unwrap_or_default();
            name.contains('.') || is_folder_of_programs(folder)
        };
        let is_open = |path: &str| !is_own(path) && (is_folder_of_programs(path) || !is_file(path));
        let places = self.brought.iter().map(|brought| brought.destination.trim_end_matches('/'));
        let mut beside: Vec<String> = Vec::new();
        for place in places.filter(|place| !place.is_empty() && !is_inside(place) && !is_open(place)) {
            if !beside.iter().any(|other| other == place) {
                beside.push(place.to_owned());
            }
        }
        beside
    }

    /// Whether a COPY or ADD makes the folder `place`.
    pub fn brings_folder(&self, place: &str) -> bool {
        self.brought.iter().any(|brought| {
            let is_file = |source: &String| {
                let answer = self.cx.facts.answer(Question::ContextEntry(source.clone()));
                matches!(answer, Answer::File { .. } | Answer::Text(_))
            };
            let is_one_file = matches!(brought.sources.as_slice(), [source] if is_file(source));
            brought.destination.trim_end_matches('/') == place && !is_one_file
        })
    }

    /// Whether somebody else than root runs `command`.
    pub fn is_by_user(&self, command: &Command<'_>) -> bool {
        command.run.user.as_deref().is_some_and(|user| !is_root(user))
    }

    /// That its folder is not one that the image has.
    pub fn has_own_folder(&self) -> Result<(), Obstacle> {
        let is_of_image = KNOWN.has("of every image", &self.directory);
        let is_of_programs =
            ["/usr/local/bin", "/usr/local/lib"].iter().any(|folder| is_within(&self.directory, folder));
        match is_of_image || is_of_programs {
            true => Err((self.from, format!("it works in `{}`, which is not its own", self.directory))),
            false => Ok(()),
        }
    }

    /// That it works in one folder.
    pub fn works_in_one(&self) -> Result<(), Obstacle> {
        let mut workdirs = self.instructions.iter().filter(|instruction| instruction.keyword() == Keyword::Workdir);
        let is_other = |workdir: &&&Instruction| self.cx.build.directory_behind(workdir) != Some(&self.directory);
        // The last one is where it is started, so that another one comes first.
        match workdirs.clone().find(is_other).and_then(|_| workdirs.nth(1)) {
            Some(second) => Err((second.text_range(), "it works in several folders".to_owned())),
            None => Ok(()),
        }
    }

    /// That the image starts the program at `artifact`, which `maker` makes, and nothing else. Programs whose names start as those that `facts`
    /// have of the image may be found elsewhere.
    pub fn starts(&self, artifact: &str, maker: &str, facts: Table) -> Result<(), Obstacle> {
        let (program, at) = &self.start[0];
        let is_it = if program.contains('/') {
            joined(&self.directory, program) == artifact
        } else {
            let (folder, name) = artifact.rsplit_once('/').unwrap_or_default();
            let is_hidden = facts.of("start of a program of the image").any(|start| name.starts_with(start));
            is_folder_of_programs(folder) && name == program && !is_hidden
        };
        if !is_it {
            return Err((*at, format!("it starts `{program}`, and {maker} makes `{artifact}`")));
        }
        match self.start[1..].iter().find(|(word, _)| word.contains('/')) {
            Some((word, at)) => Err((*at, format!("`{word}` may be a file in this image"))),
            None => Ok(()),
        }
    }

    /// That `image` has a shell, if one starts the program.
    pub fn has_its_shell(&self, image: &str) -> Result<(), Obstacle> {
        let is_bare = image == "scratch" || image.contains("distroless");
        match self.start.first().filter(|_| is_bare && self.is_in_shell) {
            Some((_, at)) => Err((*at, format!("a shell starts it, which `{image}` does not have"))),
            None => Ok(()),
        }
    }

    /// The first VOLUME over one of `artifacts`, a working directory or what is copied: what is there by then would be missing.
    pub fn volume_over(&self, artifacts: &[String]) -> Option<Obstacle> {
        let build = self.cx.build;
        let workdirs = self.instructions.iter().filter(|instruction| instruction.keyword() == Keyword::Workdir);
        let mut places = artifacts.to_vec();
        places.extend(workdirs.filter_map(|workdir| build.directory_behind(workdir)).map(str::to_owned));
        places.extend(build.copies_of(0).map(|copied| copied.destination.path));
        let volumes = self.instructions.iter().filter(|instruction| instruction.keyword() == Keyword::Volume);
        volumes.into_iter().find_map(|volume| {
            let paths = volume.arguments().list();
            let path = paths.into_iter().find(|path| places.iter().any(|place| overlap(path, place)))?;
            Some((volume.text_range(), format!("`{path}` keeps what the build has put there")))
        })
    }

    /// The commands of `run` if each runs only where all before it went well, and all their words are written out.
    pub fn commands<'r>(&self, run: &'r Run<'_>) -> Result<Vec<Command<'r>>, Obstacle> {
        let at = run.instruction.text_range();
        let wrong = |because: &str| (at, because.to_owned());
        if run.mounts.iter().any(|mount| mount.has_lender) {
            return Err(wrong("it mounts another image"));
        }
        let script = run.script.as_ref().map_err(|because| (at, format!("what it runs cannot be read: {because}")))?;
        let [list] = script.tree().body.items.as_slice() else {
            return Err(wrong("it runs commands whether or not those before went well"));
        };
        let is_plain = |pipeline: &crate::syntax::shell::Pipeline| {
            pipeline.negation.is_none()
                && matches!(pipeline.commands.as_slice(), [command]
                    if matches!(command.kind, CommandKind::Simple(_)) && command.redirects.is_empty())
        };
        let is_chain = list.and_or.rest.iter().all(|(connector, _)| connector.kind == ConnectorKind::And);
        if list.in_background() || !is_chain || !list.and_or.pipelines().all(is_plain) {
            return Err(wrong("it is more than commands one after the other"));
        }
        let commands = run.commands();
        for command in &commands {
            let is_known = |word: &Word| {
                let is_number = || KNOWN.has("number of processors", command.text(word.range));
                word.literal.is_some() || (command.name() == Some("rm") && is_pattern(command, word)) || is_number()
            };
            if !command.words().iter().all(is_known) || command.words().is_empty() {
                return Err((command.range(), "what it does is only known when it runs".to_owned()));
            }
            if command.words().len() != command.simple.words.len() {
                return Err((command.range(), "another program starts it".to_owned()));
            }
        }
        Ok(commands)
    }

    /// Whether `command` does nothing but to files in `folder`, as far as it does anything.
    pub fn stays_in(&self, command: &Command<'_>, folder: &str) -> bool {
        let directory = self.directory_of(command);
        let is_mode = |text: &str| command.name() == Some("chmod") && !text.contains('/');
        let is_inside = |word: &Word| {
            let text = command.text(word.range).trim_matches(['"', '\'']);
            text.starts_with('-') || is_mode(text) || is_within(&joined(&directory, text), folder)
        };
        match command.name() {
            Some(name) if KNOWN.has("harmless program", name) => true,
            Some(name) => KNOWN.has("tool for files", name) && command.arguments().iter().all(is_inside),
            None => false,
        }
    }

    /// Whether `command` leaves nothing behind that the image could need besides `artifact`.
    pub fn leaves_nothing(&self, command: &Command<'_>, artifact: &str) -> bool {
        let directory = self.directory_of(command);
        let words = command.arguments().iter().map(|word| command.text(word.range).trim_matches(['"', '\'']));
        // Of a pattern, what stands before it.
        let words = words.map(|word| word.split(['*', '?', '[']).next().unwrap_or_default());
        let mut paths = words.filter(|word| !word.starts_with('-')).map(|word| joined(&directory, word));
        match command.name() {
            Some(name) if KNOWN.has("harmless program", name) => true,
            Some("mkdir") => paths.all(|path| is_within(&self.directory, &path) || is_within(artifact, &path)),
            Some("rm") => paths.all(|path| !overlap(&path, artifact)),
            Some("chmod") => {
                let targets: Vec<_> =
                    command.arguments().iter().skip(1).filter_map(|word| word.literal.as_deref()).collect();
                let is_known = |path: &str| path.ends_with("/mvnw") || path.ends_with("/gradlew") || path == artifact;
                !targets.is_empty() && targets.iter().all(|target| is_known(&joined(&directory, target)))
            }
            _ => false,
        }
    }
}

/// Whether what is copied is the program of an image that only a build needs.
fn is_tool(copied: &Copied<'_>, facts: Table) -> bool {
    let lender = copied.lender.and_then(|lender| ImageReference::parse(lender).ok());
    let is_known =
        lender.as_ref().and_then(ImageReference::official).is_some_and(|name| facts.has("image of a tool", name));
    let folder = copied.destination.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    is_known && (is_folder_of_programs(folder) || is_folder_of_programs(copied.destination.path.trim_end_matches('/')))
}

/// Whether a word is a pattern for file names, written out.
fn is_pattern(command: &Command<'_>, word: &Word) -> bool {
    !command.text(word.range).contains(['$', '`', '(', '{', '~'])
}

/// Whether all images look for programs in `folder`; those with a compiler may look elsewhere before.
pub(crate) fn is_folder_of_programs(folder: &str) -> bool {
    KNOWN.has("folder of programs", folder)
}

/// What is the same for all ecosystems.
pub(super) static KNOWN: Table = table!("known.txt");

fn overlap(one: &str, other: &str) -> bool {
    is_within(one, other) || is_within(other, one)
}
