//! When two RUNs can be one, so that the same commands see the same state, and the edit that makes them one.

use super::build::Build;
use super::commands::Command;
use super::placement::Style;
use super::run::{Run, Script};
use crate::syntax::shell::{AndOr, CommandKind, ConnectorKind, Word};
use crate::syntax::{Dockerfile, ItemKind};
use crate::text::{Edit, Newline, TextRange};

/// Longest script that is put together, in bytes. Linux hands a process single arguments of less than 128 KiB (`MAX_ARG_STRLEN`).
const SCRIPT_BYTES_MAX: usize = 64 * 1024 - 1024;

/// Why two RUNs must stay apart, with the place of it in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    pub range: TextRange,
    pub because: String,
}

impl Obstacle {
    fn new(range: TextRange, because: impl Into<String>) -> Self {
        Self { range, because: because.into() }
    }
}

/// The edit that joins `first` and `second`, two neighbours, into `first && second`, with the comments between them kept.
///
/// Sound for every hazard of running two scripts in one shell: what the first one leaves behind in the shell, how failures travel, what the
/// text of one does to the other.
///
/// # Errors
/// The first [`Obstacle`].
pub fn joined(build: &Build<'_>, first: &Run<'_>, second: &Run<'_>) -> Result<Edit, Obstacle> {
    let (first_script, second_script) = (readable(first)?, readable(second)?);
    same_circumstances(build, first, second)?;
    leaves_nothing_behind(first, first_script)?;
    is_plain_chain(second, second_script)?;
    commands_stay_the_same(first, second)?;
    if first_script.text.bytes().len() + second_script.text.bytes().len() > SCRIPT_BYTES_MAX {
        return Err(Obstacle::new(second.instruction.range, "the script would be too long"));
    }
    join_edit(build.file, first, first_script, second, second_script)
}

fn readable<'r>(run: &'r Run<'_>) -> Result<&'r Script, Obstacle> {
    let range = run.instruction.range;
    let script = run.script.as_ref().map_err(|because| Obstacle::new(range, format!("{because}")))?;
    if !run.instruction.heredocs.is_empty() {
        return Err(Obstacle::new(range, "it has a heredoc"));
    }
    if let Some(comment) = script.tree.comments.first() {
        return Err(Obstacle::new(script.text.source_range(*comment), "the shell comment would swallow what follows"));
    }
    Ok(script)
}

fn same_circumstances(build: &Build<'_>, first: &Run<'_>, second: &Run<'_>) -> Result<(), Obstacle> {
    let flags = |run: &Run<'_>| {
        let mut flags: Vec<_> = run.instruction.flags().iter().map(|flag| flag.text.clone()).collect();
        flags.sort();
        flags
    };
    if flags(first) != flags(second) {
        return Err(Obstacle::new(second.instruction.range, "the two RUNs have different flags"));
    }
    if first.shell.reads_startup_files() {
        return Err(Obstacle::new(first.instruction.range, "its SHELL reads start-up files again for each RUN"));
    }
    for name in ["BASH_ENV", "ENV"] {
        if build.variable(first, name).is_some() {
            return Err(Obstacle::new(first.instruction.range, format!("{name} makes each RUN read a file first")));
        }
    }
    Ok(())
}

/// The first script must be one `&&`/`||` chain whose shell is as new when it is done.
fn leaves_nothing_behind(run: &Run<'_>, script: &Script) -> Result<(), Obstacle> {
    let chain = only_chain(run, script)?;
    let place = |range| script.text.source_range(range);
    let simple = chain
        .pipelines()
        .all(|pipeline| pipeline.commands.iter().all(|command| matches!(command.kind, CommandKind::Simple(_))));
    for visit in script.tree.commands() {
        match &visit.command.kind {
            CommandKind::Function { .. } => {
                return Err(Obstacle::new(place(visit.command.range), "it defines a function"));
            }
            CommandKind::For { variable, .. } => {
                return Err(Obstacle::new(place(visit.command.range), format!("the loop sets `{variable}`")));
            }
            CommandKind::Arithmetic => {
                return Err(Obstacle::new(place(visit.command.range), "arithmetic may set variables"));
            }
            _ => {}
        }
    }
    if !simple && run.shell.stops_on_error() {
        return Err(Obstacle::new(
            run.instruction.range,
            "the SHELL's `-e` would not count inside its compound commands",
        ));
    }
    if let Some(at) = assigning_expansion(script) {
        return Err(Obstacle::new(place(at), "an expansion sets a variable"));
    }
    for command in run.commands() {
        if let Some(because) = leaves(&command).or_else(|| stays_alive(&command)).or_else(|| writes_to_mount(&command))
        {
            return Err(Obstacle::new(command.range(), because));
        }
    }
    if let Some(word) = script.tree.commands().iter().find_map(|visit| {
        visit.command.redirects.iter().find_map(|redirect| is_per_process(&redirect.target).then_some(redirect.range))
    }) {
        return Err(Obstacle::new(place(word), "it writes to a file that is new for each RUN"));
    }
    Ok(())
}

fn only_chain<'s>(run: &Run<'_>, script: &'s Script) -> Result<&'s AndOr, Obstacle> {
    match script.tree.body.items.as_slice() {
        [item] if item.separator.is_none() => Ok(&item.and_or),
        [item, ..] => {
            let range =
                item.separator.map_or(run.instruction.range, |separator| script.text.source_range(separator.range));
            Err(Obstacle::new(range, "it is a list of several commands, not one `&&` chain"))
        }
        [] => Err(Obstacle::new(run.instruction.range, "it is empty")),
    }
}

/// The second script must fail as soon as one of its commands does, whatever stands before it.
fn is_plain_chain(run: &Run<'_>, script: &Script) -> Result<(), Obstacle> {
    let chain = only_chain(run, script)?;
    for (connector, _) in &chain.rest {
        if connector.kind == ConnectorKind::Or {
            let range = script.text.source_range(connector.range);
            return Err(Obstacle::new(range, "its `||` would also catch failures of the RUN before"));
        }
    }
    if run.text().is_some_and(|text| text.contains("$_") || text.contains("$!") || text.contains("$?")) {
        return Err(Obstacle::new(run.instruction.range, "it reads what the shell's last command left"));
    }
    Ok(())
}

/// Built-in commands that change the shell they run in.
const CHANGES_SHELL: &[&str] = &[
    ".",
    "alias",
    "bind",
    "builtin",
    "cd",
    "chdir",
    "complete",
    "declare",
    "disown",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "fc",
    "getopts",
    "hash",
    "let",
    "local",
    "mapfile",
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "trap",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
];

fn leaves(command: &Command<'_>) -> Option<String> {
    let Some(first) = command.simple.words.first() else {
        return (!command.simple.assignments.is_empty()).then(|| "it sets a shell variable".to_owned());
    };
    let Some(name) = first.literal.as_deref() else { return Some("its command is only known when it runs".to_owned()) };
    if CHANGES_SHELL.contains(&name) {
        return Some(format!("`{name}` changes the shell that the next RUN would share"));
    }
    if name == ":" && !command.simple.assignments.is_empty() {
        return Some("it sets a shell variable".to_owned());
    }
    if name == "printf" && command.has_argument("-v") {
        return Some("`printf -v` sets a shell variable".to_owned());
    }
    None
}

/// Programs that leave a process running behind them.
const LEAVES_PROCESS: &[&str] = &[
    "adb",
    "apachectl",
    "apache2ctl",
    "bazel",
    "bazelisk",
    "buck",
    "buck2",
    "daemon",
    "daemonize",
    "dbus-launch",
    "dirmngr",
    "dotnet",
    "emacs",
    "gpg",
    "gpg-agent",
    "gpg2",
    "gradle",
    "gradlew",
    "initctl",
    "invoke-rc.d",
    "mongod",
    "mysqld",
    "mysqld_safe",
    "nginx",
    "nohup",
    "pg_ctl",
    "pg_ctlcluster",
    "postgres",
    "rc-service",
    "redis-server",
    "sbt",
    "screen",
    "service",
    "setsid",
    "ssh-agent",
    "sshd",
    "start-stop-daemon",
    "supervisord",
    "systemctl",
    "tmux",
    "watchman",
    "mvnd",
    "Xvfb",
    "kotlinc",
    "memcached",
    "rabbitmq-server",
    "slapd",
    "dockerd",
    "containerd",
    "minikube",
    "elasticsearch",
    "nscd",
    "cron",
    "crond",
    "rsyslogd",
    "varnishd",
    "couchdb",
    "neo4j",
];

fn stays_alive(command: &Command<'_>) -> Option<String> {
    let reason = |name: &str| Some(format!("`{name}` may leave a process running, which ends with its RUN"));
    if command.path.contains(&crate::syntax::shell::Step::Background) {
        return Some("a command in the background ends with its RUN".to_owned());
    }
    let name = command.name()?;
    if LEAVES_PROCESS.contains(&name) {
        return reason(name);
    }
    let is_control = |word: &Word| {
        let Some(text) = word.literal.as_deref() else { return false };
        matches!(
            text,
            "start"
                | "restart"
                | "--daemon"
                | "--daemonize"
                | "-daemon"
                | "--detach"
                | "--background"
                | "--fork"
                | "start-server"
        ) || text
            .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'))
            .any(|part| LEAVES_PROCESS.contains(&part) && text.contains(' '))
    };
    let is_script_start =
        command.words().first().and_then(|word| word.literal.as_deref()).is_some_and(|text| text.contains("/init.d/"));
    if is_script_start || command.arguments().iter().any(is_control) {
        return reason(name);
    }
    None
}

/// Paths that the builder mounts anew for every RUN.
fn is_per_process(word: &Word) -> bool {
    let Some(text) = word.literal.as_deref() else { return false };
    let harmless = [
        "/dev/null",
        "/dev/stdout",
        "/dev/stderr",
        "/dev/stdin",
        "/dev/tty",
        "/dev/zero",
        "/dev/urandom",
        "/dev/random",
    ];
    let files = ["/etc/hosts", "/etc/resolv.conf", "/etc/hostname"];
    (text.starts_with("/dev/")
        && !harmless.contains(&text)
        && !text.starts_with("/dev/fd/")
        && !text.starts_with("/dev/tcp/"))
        || text.starts_with("/proc/")
        || text.starts_with("/sys/")
        || files.contains(&text)
}

fn writes_to_mount(command: &Command<'_>) -> Option<String> {
    if command.arguments().iter().any(is_per_process) {
        return Some("it uses a file that is new for each RUN".to_owned());
    }
    if matches!(command.name(), Some("mount" | "umount")) {
        return Some("a mount ends with its RUN".to_owned());
    }
    None
}

/// An expansion such as `${x:=y}` or `$((x++))`, which sets a variable.
fn assigning_expansion(script: &Script) -> Option<TextRange> {
    let text = std::str::from_utf8(script.text.bytes()).ok()?;
    let arithmetic = text.find("$((").filter(|&at| text[at..].contains(['=', '+', '-']) && text[at..].contains("))"));
    let assigning = text.match_indices("${").map(|(at, _)| at).find(|&at| {
        let inner = &text[at + 2..];
        let name_len = inner.bytes().take_while(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()).count();
        name_len > 0 && (inner[name_len..].starts_with('=') || inner[name_len..].starts_with(":="))
    });
    arithmetic.or(assigning).map(|at| TextRange::new(at, at + 2))
}

/// A shell remembers where it found a program. If the first script may put another program of that name in front of it, the second would not see it.
fn commands_stay_the_same(first: &Run<'_>, second: &Run<'_>) -> Result<(), Obstacle> {
    let first_commands = first.commands();
    let used_again = |name: &str| second.commands().iter().any(|command| command.name() == Some(name));
    for command in &first_commands {
        let Some(name) = command.name() else { continue };
        if command.words().first().is_some_and(|word| word.literal.as_deref().is_some_and(|text| text.contains('/')))
            || !used_again(name)
        {
            continue;
        }
        let replaces =
            |other: &&Command<'_>| other.arguments().iter().any(|word| mentions(other.text(word.range), name));
        if let Some(replacing) = first_commands.iter().find(replaces) {
            return Err(Obstacle::new(
                replacing.range(),
                format!("it may install another `{name}`, which a shell that has already run `{name}` would not find"),
            ));
        }
    }
    Ok(())
}

/// Whether `text` names the program `name`: as a word of its own, as in `pip==20` or `/usr/bin/pip`.
fn mentions(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let boundary = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_');
        boundary(text[..at].chars().next_back()) && boundary(text[at + name.len()..].chars().next())
    })
}

fn join_edit(
    file: &Dockerfile,
    first: &Run<'_>,
    first_script: &Script,
    second: &Run<'_>,
    second_script: &Script,
) -> Result<Edit, Obstacle> {
    let first_end = first.instruction.text_range().end();
    let rest_of_first = TextRange::new(first_end, first.instruction.range.end());
    if !file.slice(rest_of_first).iter().all(u8::is_ascii_whitespace) {
        return Err(Obstacle::new(rest_of_first, "a comment or a continuation follows its last command"));
    }
    let second_start = second_script.text.source_range(TextRange::new(0, second_script.text.bytes().len())).start();
    let head = TextRange::new(second.instruction.range.start(), second_start);
    if file.slice(head).contains(&b'#') {
        return Err(Obstacle::new(head, "a comment stands before its first command"));
    }
    let newline = Newline::of(file.source()).as_str();
    let escape = file.escape().as_char();
    let style =
        if is_multi_line(file, first_script) { Style::of(file, first_script) } else { Style::of(file, second_script) };
    let indent = &style.indent;
    let comments = comments_between(file, first.instruction.range.end(), second.instruction.range.start());
    let mut text = if style.connector_leads { format!(" {escape}{newline}") } else { format!(" && {escape}{newline}") }
        .into_bytes();
    for comment in comments {
        text.extend_from_slice(indent.as_bytes());
        text.extend_from_slice(file.slice(comment).trim_ascii());
        text.extend_from_slice(newline.as_bytes());
    }
    text.extend_from_slice(indent.as_bytes());
    if style.connector_leads {
        text.extend_from_slice(b"&& ");
    }
    Ok(Edit::replace(TextRange::new(first_end, second_start), text))
}

fn is_multi_line(file: &Dockerfile, script: &Script) -> bool {
    let range = script.text.source_range(TextRange::new(0, script.text.bytes().len()));
    file.slice(range).contains(&b'\n')
}

fn comments_between(file: &Dockerfile, start: usize, end: usize) -> impl Iterator<Item = TextRange> {
    let between = TextRange::new(start, end);
    file.items()
        .iter()
        .filter(move |item| matches!(item.kind, ItemKind::Comment) && between.contains(item.range))
        .map(|item| item.range)
}
