//! What later instructions need that an earlier RUN left behind.

use super::build::Build;
use super::commands::Command;
use super::packages::{APT, Manager};
use super::run::Run;
use crate::syntax::shell::Step;
use crate::syntax::{Arguments, Instruction, Keyword};
use crate::text::TextRange;

/// The first place after the RUN at `index` that may read the apt package lists it leaves, and why; `None` if nothing can.
#[must_use]
pub fn of_apt_lists(build: &Build<'_>, index: usize) -> Option<(TextRange, String)> {
    let mut refreshed: Vec<usize> = Vec::new();
    for run in build.runs_after(index) {
        if refreshed.iter().any(|&stage| run.stage == stage || build.is_based_on(run.stage, stage)) {
            continue;
        }
        match use_in_run(run) {
            Use::None => {}
            Use::Refreshed => refreshed.push(run.stage),
            Use::Found(range, because) => return Some((range, because)),
        }
    }
    build
        .instructions_after(index)
        .find_map(|instruction| use_outside_run(instruction).map(|because| (instruction.range, because)))
}

/// The first place after the RUN at `index` that reads a cache it leaves: a command of `manager` with one of the options `offline`, or an instruction
/// that names one of `places`, parts of paths, other than to delete it.
#[must_use]
pub fn of_cache(
    build: &Build<'_>,
    index: usize,
    manager: &Manager,
    offline: &[&str],
    places: &[&str],
) -> Option<(TextRange, String)> {
    for run in build.runs_after(index) {
        for command in run.commands() {
            let Some(package) = command.package_command().filter(|package| package.manager == manager) else {
                continue;
            };
            if let Some(option) = offline.iter().find(|option| package.has_option(option)) {
                return Some((command.range(), format!("`{option}` makes it read the cache")));
            }
        }
    }
    let reads = |run: &Run<'_>| {
        run.commands().into_iter().find_map(|command| {
            let named = command.arguments().iter().find_map(|word| named_in(command.text(word.range), places))?;
            let reason = format!("`{}` uses `{named}`", command.name().unwrap_or_default());
            (!matches!(command.name(), Some("rm" | "find" | "echo"))).then_some((command.range(), reason))
        })
    };
    if let Some(found) = build.runs[index + 1..].iter().find_map(reads) {
        return Some(found);
    }
    let start = build.runs[index].instruction.range.start();
    let copies = |instruction: &&Instruction| {
        instruction.range.start() > start && matches!(instruction.keyword(), Keyword::Copy | Keyword::Add)
    };
    build.file.instructions().filter(copies).find_map(|instruction| {
        let text = String::from_utf8_lossy(instruction.line.bytes());
        named_in(&text, places).map(|named| (instruction.range, format!("it takes `{named}`")))
    })
}

fn named_in<'p>(text: &str, places: &[&'p str]) -> Option<&'p str> {
    places.iter().copied().find(|place| text.contains(place))
}

enum Use {
    None,
    /// The lists are fetched again before anything reads them.
    Refreshed,
    Found(TextRange, String),
}

fn use_in_run(run: &Run<'_>) -> Use {
    let range = run.instruction.range;
    if run.mount_over("/var/lib/apt/lists").is_some() {
        return Use::None;
    }
    if run.script.is_err() {
        let text = String::from_utf8_lossy(run.instruction.line.bytes()).into_owned();
        return if text.contains("apt") || text.contains(".sh") {
            Use::Found(range, "what this RUN does with the package lists cannot be told".to_owned())
        } else {
            Use::None
        };
    }
    for command in run.commands() {
        if let Some(package) = command.package_command().filter(|package| *package.manager == APT) {
            let verb = package.verb();
            let unconditional =
                command.path.iter().all(|step| matches!(step, Step::ListItem(_) | Step::AndOr(_) | Step::Group));
            if package.refreshes() && unconditional {
                return Use::Refreshed;
            }
            if package.installs()
                || matches!(verb, "source" | "download" | "search" | "show" | "policy" | "changelog" | "showpkg")
            {
                return Use::Found(
                    command.range(),
                    format!("`{} {verb}` relies on these lists", command.name().unwrap_or("apt-get")),
                );
            }
            continue;
        }
        if let Some(because) = unknown_use(&command) {
            return Use::Found(command.range(), because);
        }
    }
    Use::None
}

/// Programs that read the package lists without fetching them.
const READS_LISTS: &[&str] = &[
    "ansible-playbook",
    "apt-build",
    "apt-cache",
    "apt-file",
    "apt-rdepends",
    "aptly",
    "chef-client",
    "chef-solo",
    "dselect",
    "gdebi",
    "mk-build-deps",
    "puppet",
    "rosdep",
    "salt-call",
    "synaptic",
    "tasksel",
    "pkcon",
    "wajig",
    "apt-venv",
    "unattended-upgrade",
    "debtap",
    "equivs-build",
    "auto-apt",
    "install2.r",
    "installr",
];

/// Scripts that build a project and are not known to install packages.
const BUILD_SCRIPTS: &[&str] =
    &["configure", "Configure", "config", "autogen.sh", "gradlew", "mvnw", "waf", "buildconf", "manage.py"];

/// Why a command that is no package manager may read the package lists.
fn unknown_use(command: &Command<'_>) -> Option<String> {
    let Some(name) = command.name() else {
        let first = command.words().first()?;
        return Some(format!("`{}` is only known when it runs, and may install packages", command.text(first.range)));
    };
    if READS_LISTS.contains(&name) {
        return Some(format!("`{name}` may rely on these lists"));
    }
    let may = |what: &str| Some(format!("`{what}` may install packages, and relies on these lists then"));
    match name {
        "sh" | "bash" | "dash" | "ash" | "zsh" | "su" | "eval" | "source" | "." | "xargs" | "chroot" | "runuser"
        | "gosu" => {
            let words = command.arguments();
            let runs_text = words.iter().any(|word| {
                word.is("-c")
                    || word.literal.as_deref().is_some_and(|text| text.starts_with('-') && text.ends_with('c'))
            });
            let mentions_apt = words
                .iter()
                .any(|word| command.text(word.range).contains("apt") || command.text(word.range).contains(".sh"));
            let piped = command.path.iter().any(|step| matches!(step, Step::Pipe(_))) && !matches!(name, "xargs");
            let only_text = (runs_text || name == "eval" || name == "xargs") && !mentions_apt;
            (!only_text || piped).then(|| may(name)).flatten()
        }
        "make" | "cmake" | "python" | "python3" | "perl" | "ruby" | "node" | "npm" | "php" => None,
        _ => {
            let path = command.words().first().and_then(|word| word.literal.as_deref()).unwrap_or(name);
            let system = ["/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/local/bin/", "/opt/conda/"];
            let is_script = name.ends_with(".sh") || name.ends_with(".bash");
            let is_foreign =
                path.contains('/') && !system.iter().any(|folder| path.starts_with(folder)) && is_probably_script(path);
            ((is_script || is_foreign) && !BUILD_SCRIPTS.contains(&name)).then(|| may(path)).flatten()
        }
    }
}

/// A program in a folder such as `/app/node_modules/.bin` is no script of the project's own.
fn is_probably_script(path: &str) -> bool {
    !["/bin/", "/sbin/", "/.bin/"].iter().any(|folder| path.contains(folder))
}

/// ONBUILD, CMD and the like that call apt themselves.
fn use_outside_run(instruction: &Instruction) -> Option<String> {
    let words = match (instruction.keyword(), instruction.arguments()) {
        (Keyword::Onbuild, Arguments::Trigger(trigger)) if trigger.keyword == Keyword::Run => {
            trigger.arguments.list().join(" ")
        }
        (Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck, arguments) => arguments.list().join(" "),
        _ => return None,
    };
    let installs = words.contains("apt-get") || words.contains("apt ") || words.contains("aptitude");
    (installs && !words.contains("update"))
        .then(|| format!("{} installs packages with these lists", instruction.keyword().name()))
}
