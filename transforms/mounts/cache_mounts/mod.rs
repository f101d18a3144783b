//! Keeps what installs and builds fetch in cache mounts, outside the layer and across builds.

use std::cell::OnceCell;

use crate::known::{Table, table};
use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::commands::Command;
use crate::semantics::installs::{self, Cache};
use crate::semantics::later_use::CacheReaders;
use crate::semantics::packages::{APT, CONDA, Manager, NPM, PIP, PNPM, UV, YARN};
use crate::semantics::{Run, Takers};
use crate::syntax::shell::{ConnectorKind, Step};
use crate::syntax::{ImageReference, Keyword};
use crate::text::{Edit, TextRange};
use crate::transforms::newness;
use crate::transforms::operands::behind_keyword;

pub(super) const TRANSFORM: Transform = Transform {
    id: "cache-mounts",
    preserves: Preserves::Behavior,
    opt_in: true,
    page: include_str!("cache_mounts.md"),
    effects: &[
        Effect::Files("~/.cache/pip/**"),
        Effect::Files("~/.npm/**"),
        Effect::Files("~/.cache/go-build/**"),
        Effect::Files("/go/pkg/mod/**"),
        Effect::Files("/usr/local/share/.cache/yarn/**"),
        Effect::Files("~/.cache/uv/**"),
        Effect::Files("/usr/local/cargo/registry/**"),
        Effect::Files("~/.m2/repository/**"),
        Effect::Files("~/.local/share/NuGet/http-cache/**"),
        Effect::Files("/var/cache/apt-archives/**"),
    ],
    rewrite,
    ..Transform::PLAIN
};

static FACTS: Table = table!("facts.txt");

/// A program and the folder that it keeps what can be fetched or made again in.
struct Tool {
    name: &'static str,
    /// Where it is for root.
    folder: &'static str,
    /// Whether what it keeps fits only the image it was made on.
    is_of_image: bool,
    /// Options with which a command, also a later one, has it elsewhere or as a source.
    options: &'static [&'static str],
    /// The package manager; Go is none.
    manager: Option<&'static Manager>,
    /// The option, up to its value, by which a command is told to keep it there.
    told: Option<&'static str>,
}

/// One that keeps the same for all images, and needs not be told.
const PLAIN: Tool = Tool { name: "", folder: "", is_of_image: false, options: &[], manager: None, told: None };

const TOOLS: &[Tool] = &[
    Tool {
        name: "pip",
        folder: "/root/.cache/pip",
        is_of_image: true,
        options: &["--cache-dir"],
        manager: Some(&PIP),
        ..PLAIN
    },
    Tool {
        name: "npm",
        folder: "/root/.npm",
        options: &["--cache", "--offline", "--prefer-offline"],
        manager: Some(&NPM),
        ..PLAIN
    },
    Tool { name: "go-build", folder: "/root/.cache/go-build", is_of_image: true, ..PLAIN },
    Tool {
        name: "yarn",
        folder: "/usr/local/share/.cache/yarn",
        options: &["--cache-folder", "--offline"],
        manager: Some(&YARN),
        ..PLAIN
    },
    Tool {
        name: "uv",
        folder: "/root/.cache/uv",
        is_of_image: true,
        options: &["--cache-dir", "--offline"],
        manager: Some(&UV),
        ..PLAIN
    },
    Tool { name: "cargo", folder: "/usr/local/cargo/registry", ..PLAIN },
    Tool { name: "mvn", folder: "/root/.m2/repository", ..PLAIN },
    Tool { name: "dotnet", folder: "/root/.local/share/NuGet/http-cache", ..PLAIN },
    // `docker-clean` of the image empties `/var/cache/apt/archives`, and nothing else.
    Tool {
        name: "apt",
        folder: "/var/cache/apt-archives",
        is_of_image: true,
        options: &["-o", "--option", "-c", "--config-file", "-d", "--download-only", "--no-download"],
        manager: Some(&APT),
        told: Some("-o Dir::Cache::Archives="),
    },
];

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let said: Vec<_> = TOOLS.iter().map(|tool| Said::of(cx, tool)).collect();
    for (index, run) in cx.build.runs.iter().enumerate() {
        for command in run.commands() {
            if let Some(because) = not_mounted(&command) {
                findings.decline(command.range(), because);
            }
        }
        for (tool, said) in TOOLS.iter().zip(&said) {
            let commands: Vec<_> = run.commands().into_iter().filter(|command| tool.is_started_by(command)).collect();
            let Some(first) = commands.first().filter(|_| run.mount_over(tool.folder).is_none()) else { continue };
            match edits(cx, index, (tool, said), &commands) {
                Ok(edits) => findings.rewrite(format!("Keep the cache of {} in a mount", tool.program()), edits),
                Err(because) => findings.decline(first.range(), because),
            }
        }
    }
    findings
}

/// Why nothing is mounted for a command that fetches as well.
fn not_mounted(command: &Command<'_>) -> Option<&'static str> {
    let name = command.package_command().filter(|package| package.installs()).map(|package| package.manager.name);
    let verb = || command.arguments().iter().find_map(|word| word.literal.as_deref()).unwrap_or_default();
    let name =
        name.or_else(|| command.name().filter(|name| FACTS.has(&format!("verb of {name} that fetches"), verb())));
    FACTS.get(&format!("why no mount for {}", name?))
}

/// What the whole file says of the cache of a tool, looked for once for all RUNs.
struct Said<'b> {
    reader: OnceCell<Option<&'static str>>,
    /// The commands that read it.
    commands: Option<CacheReaders<'b>>,
    /// What takes it out of a stage.
    takers: Takers<'b>,
}

impl<'b> Said<'b> {
    fn of(cx: &Context<'b>, tool: &'static Tool) -> Self {
        let place = tool.folder.trim_start_matches("/root/");
        let commands = tool.manager.map(|manager| CacheReaders::of(cx.build, manager, tool.options, vec![place]));
        Self { reader: OnceCell::new(), commands, takers: Takers::of(cx.build, vec![place]) }
    }

    /// A word of the file that may be about the cache of `tool`.
    fn reader(&self, cx: &Context<'_>, tool: &Tool) -> Option<&'static str> {
        *self.reader.get_or_init(|| {
            let source = String::from_utf8_lossy(cx.file.source());
            FACTS.sign(&format!("sign of a reader of the cache of {}", tool.name), &source)
        })
    }
}

impl Tool {
    fn program(&self) -> &'static str {
        if self.name == "go-build" { "go" } else { self.name }
    }

    /// Whether what a container starts may be it.
    fn is_read_at_start(&self, cx: &Context<'_>) -> bool {
        let program = self.program();
        let is_start = |keyword: Keyword| FACTS.has("instruction that starts", keyword.name());
        let mut starts = cx.build.instructions().filter(|(_, instruction)| is_start(instruction.keyword()));
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        self.manager.is_none()
            && starts.any(|(_, instruction)| {
                let text = String::from_utf8_lossy(cx.file.slice(instruction.range));
                let mut words = text.split(|c: char| !is_part(c));
                words.any(|word| word == program)
            })
    }

    /// Whether the image is one that has the folder where it is looked for.
    fn is_at_home(&self, cx: &Context<'_>, run: &Run<'_>) -> bool {
        let image = cx.build.image_of(run.stage).and_then(|image| ImageReference::parse(image).ok());
        let known = format!("image with the cache of {}", self.program());
        image.and_then(|image| image.official().map(str::to_owned)).is_some_and(|name| FACTS.has(&known, &name))
    }

    fn is_started_by(&self, command: &Command<'_>) -> bool {
        match self.manager {
            Some(manager) => {
                command.package_command().is_some_and(|package| package.manager == manager && package.installs())
            }
            None => {
                let making = format!("verb of {} that makes something", self.program());
                let mut words = command.arguments().iter().filter_map(|word| word.literal.as_deref());
                command.name() == Some(self.program()) && words.any(|verb| FACTS.has(&making, verb))
            }
        }
    }
}

fn edits(
    cx: &Context<'_>,
    index: usize,
    (tool, said): (&Tool, &Said<'_>),
    starts: &[Command<'_>],
) -> Result<Vec<Edit>, String> {
    let run = &cx.build.runs[index];
    if let Some(because) = obstacle_in_image(cx, run, tool) {
        return Err(because);
    }
    let text = run.text().unwrap_or_default();
    // They put the folder elsewhere, or switch it off.
    let mut variables = FACTS.of(&format!("variable about the cache of {}", tool.name));
    if let Some(name) = variables.find(|name| {
        cx.build.variable(run, name).is_some()
            || text.contains(&format!("{name}="))
            || text.contains(&format!("unset {name}"))
    }) {
        return Err(format!("`{name}` says where the cache is, or that there is none"));
    }
    if let Some(reader) = said.reader(cx, tool) {
        return Err(format!("`{reader}` may be about the cache"));
    }
    if tool.is_read_at_start(cx) {
        return Err(format!("`{}` is started in the container, and reads the cache then", tool.program()));
    }
    if FACTS.has("program of an image with a cache elsewhere", tool.program()) && !tool.is_at_home(cx, run) {
        return Err(format!("where `{}` has its cache in this image is not known", tool.program()));
    }
    if run.commands().iter().any(uses_cache)
        || text.contains(".cache")
        || text.contains(tool.folder)
        || text.contains("~/.npm")
    {
        return Err("the RUN works with the cache itself".to_owned());
    }
    if starts.iter().any(Command::is_privileged)
        || run.commands().iter().filter_map(Command::name).any(|name| FACTS.has("program that changes users", name))
    {
        return Err("it may run as somebody else".to_owned());
    }
    let manages = |manager: &Manager| {
        run.commands().iter().any(|command| command.package_command().is_some_and(|package| package.manager == manager))
    };
    let is_shared = match tool.name {
        "npm" => [&YARN, &PNPM].into_iter().any(manages),
        "yarn" => [&NPM, &PNPM].into_iter().any(manages),
        "pip" => manages(&CONDA),
        _ => false,
    };
    if is_shared {
        return Err("several package managers work in one RUN".to_owned());
    }
    if let Some((_, because)) = said.commands.as_ref().and_then(|commands| commands.after(index)) {
        return Err(because);
    }
    if let Some((_, because)) = said.takers.out_of(run.stage).or_else(|| said.takers.brought_into(run.stage)) {
        return Err(because);
    }
    let mut edits = vec![Edit::insert(behind_keyword(run.instruction), format!(" {}", mount(cx, run, tool)))];
    for command in starts {
        edits.extend(without_switch(cx, command, tool)?);
        edits.extend(told(command, tool)?);
    }
    // One that is left belongs to something else, such as `get-pip.py`.
    let switches = text.matches("--no-cache-dir").count();
    let dropped = starts.iter().flat_map(Command::arguments).filter(|word| word.is("--no-cache-dir")).count();
    if tool.name == "pip" && switches != dropped {
        return Err("something else in the RUN is told to keep no cache".to_owned());
    }
    for command in run.commands().iter().filter(|command| empties(command, tool)) {
        edits.push(without_command(cx, command)?);
    }
    Ok(edits)
}

/// Why nothing is known of the user, or the mount may not be understood.
fn obstacle_in_image(cx: &Context<'_>, run: &Run<'_>, tool: &Tool) -> Option<String> {
    if let Some((frontend, _)) = cx.build.frontend() {
        let tag = frontend.tag_or_latest();
        let minor = tag.strip_prefix("1.").and_then(|rest| rest.split(['.', '-']).next()?.parse::<u32>().ok());
        let is_recent = FACTS.has("tag of a recent frontend", tag) || minor.is_some_and(|minor| minor >= 2);
        if !frontend.repository.starts_with("docker/dockerfile") || !is_recent || frontend.digest.is_some() {
            return Some("whether what `# syntax=` names knows cache mounts is not known".to_owned());
        }
    }
    if !matches!(run.user.as_deref(), None | Some("root" | "0")) {
        return Some("it does not run as root, to whom a cache mount belongs".to_owned());
    }
    if tool.is_at_home(cx, run) { None } else { newness::doubt_about_image(cx, run.stage) }
}

/// The flag. What fits only one image has a name of its own for each.
fn mount(cx: &Context<'_>, run: &Run<'_>, tool: &Tool) -> String {
    let folder = tool.folder;
    let sharing = if FACTS.has("wants its cache alone", tool.name) { ",sharing=locked" } else { "" };
    if !tool.is_of_image {
        return format!("--mount=type=cache,target={folder}{sharing}");
    }
    let image = cx.build.image_of(run.stage).unwrap_or_default();
    let image: String =
        image.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '-' }).collect();
    format!("--mount=type=cache,id={}-{image},target={folder}{sharing}", tool.name)
}

/// Takes the options out by which `command` fills no cache.
fn without_switch(cx: &Context<'_>, command: &Command<'_>, tool: &Tool) -> Result<Vec<Edit>, String> {
    let Some(package) = command.package_command() else { return Ok(Vec::new()) };
    if let Some(option) = tool.options.iter().find(|option| package.has_option(option)) {
        return Err(format!("`{option}` says where packages come from"));
    }
    let kept = installs::cache(cx.build, command).transpose()?;
    if let Some(Cache::Elsewhere(option) | Cache::Alone(option)) = kept {
        return Err(format!("`{option}` says where packages come from"));
    }
    let words = &command.simple.words;
    let switches = (1..words.len()).filter(|&at| words[at].is("--no-cache-dir") || words[at].is("--no-cache"));
    switches.map(|at| deletion(cx, command, TextRange::new(words[at - 1].range.end(), words[at].range.end()))).collect()
}

/// Has `command` keep what it fetches where it is mounted.
fn told(command: &Command<'_>, tool: &Tool) -> Result<Option<Edit>, String> {
    let Some(told) = tool.told else { return Ok(None) };
    if command.name() == Some("apt") {
        return Err("`apt` throws away what it has installed, and `apt-get` keeps it".to_owned());
    }
    let name = command.simple.words.first().filter(|_| command.name() == Some("apt-get"));
    let name = name.ok_or_else(|| "how apt is started is not understood".to_owned())?;
    Ok(Some(Edit::insert(command.source_range(name.range).end(), format!(" {told}{}", tool.folder))))
}

/// Whether `command` empties the cache of `tool`.
fn empties(command: &Command<'_>, tool: &Tool) -> bool {
    let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
    match command.package_command() {
        Some(package) => Some(package.manager) == tool.manager && package.verb() == "cache",
        None => tool.manager.is_none() && command.name() == Some("go") && words == ["clean", "-cache"],
    }
}

/// Whether `command` does something else with a cache than to empty it, or empties more.
fn uses_cache(command: &Command<'_>) -> bool {
    let empties = || FACTS.of("verb that empties a cache").any(|verb| command.has_argument(verb));
    match command.package_command() {
        Some(package) => package.verb() == "cache" && !empties(),
        None => command.name() == Some("go") && command.has_argument("-cache") && command.arguments().len() > 2,
    }
}

/// Takes `command` out, with the connector in front of it.
fn without_command(cx: &Context<'_>, command: &Command<'_>) -> Result<Edit, String> {
    let unclear = || format!("`{}` would empty the cache of other builds", command.text(command.node.range));
    let [Step::ListItem(item), Step::AndOr(at)] = command.path else { return Err(unclear()) };
    let items = &command.script.tree().body.items;
    let (Some(entry), Some(before)) = (items.get(*item), at.checked_sub(1)) else { return Err(unclear()) };
    let is_and =
        |at: usize| entry.and_or.rest.get(at).is_none_or(|(connector, _)| connector.kind == ConnectorKind::And);
    let pipelines: Vec<_> = entry.and_or.pipelines().collect();
    if !is_and(before) || !is_and(*at) || pipelines[*at].range != command.node.range {
        return Err(unclear());
    }
    deletion(cx, command, TextRange::new(pipelines[before].range.end(), command.node.range.end()))
}

/// Deletes `range` of the script, in which no comment may stand.
fn deletion(cx: &Context<'_>, command: &Command<'_>, range: TextRange) -> Result<Edit, String> {
    let range = command.source_range(range);
    match cx.file.slice(range).contains(&b'#') {
        true => Err("a comment stands in what is to go".to_owned()),
        false => Ok(Edit::delete(range)),
    }
}
