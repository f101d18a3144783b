//! What a RUN leaves behind outside its shell that the next container would not have: processes, mounts, the shell's own program and folder.

use super::Obstacle;
use crate::known::{COMMANDS, PATHS, SIGNS};
use crate::semantics::build::Build;
use crate::semantics::commands::Command;
use crate::semantics::run::{Run, Script, is_root};
use crate::syntax::shell::{Step, Word};
use crate::text::TextRange;

/// What it is started with, in an order of its own.
fn flags<'r>(run: &'r Run<'_>) -> Vec<&'r str> {
    let mut flags: Vec<_> = run.instruction.flags().iter().map(|flag| flag.text.as_str()).collect();
    flags.sort_unstable();
    flags
}

/// Both must start alike.
pub(super) fn same_for_both(build: &Build<'_>, first: &Run<'_>, second: &Run<'_>) -> Result<(), Obstacle> {
    if flags(first) != flags(second) {
        return Err(Obstacle::new(second.instruction.range, "the two RUNs have different flags"));
    }
    if let Some(mount) = first.mounts.iter().find(|mount| mount.is_passing) {
        return Err(Obstacle::new(mount.range, "what is written to this mount ends with its RUN"));
    }
    for flag in first.instruction.flags() {
        let range = first.instruction.source_range(flag.range);
        if flag.name() == "security" {
            return Err(Obstacle::new(range, "it may change what only its own container has"));
        }
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

/// What of the text of a script alone is in the way of another script behind it.
#[derive(Debug)]
pub(in crate::semantics) struct Leavings {
    /// The index of the first command that is, and why.
    command: Option<(usize, String)>,
    /// The first redirect to a file that is new for each RUN.
    redirect: Option<TextRange>,
}

impl Leavings {
    fn of(run: &Run<'_>, script: &Script) -> Self {
        let may_name =
            const { PATHS.expect("folder with things made anew for every RUN") }.sign(script.plain()).is_some();
        let command = run.each_command().enumerate().find_map(|(index, command)| {
            let because = stays_alive(&command)
                .or_else(|| may_name.then(|| uses_container(&command)).flatten())
                .or_else(|| changes_mounts(&command))
                .or_else(|| changes_shell_program(&command))?;
            Some((index, because))
        });
        let mut redirects = script.tree().commands().iter().flat_map(|visit| &visit.command.redirects);
        let redirect = redirects.find(|redirect| may_name && is_per_container(text(script, &redirect.target)));
        Self { command, redirect: redirect.map(|redirect| redirect.range) }
    }
}

/// The first RUN must leave nothing that ends with it, and nothing that the second would start from.
pub(super) fn stays_as_new(build: &Build<'_>, run: &Run<'_>, script: &Script) -> Result<(), Obstacle> {
    let leavings = script.once().leavings.get_or_init(|| Leavings::of(run, script));
    for (index, command) in run.each_command().enumerate() {
        let left = leavings.command.as_ref().filter(|(at, _)| *at == index).map(|(_, because)| because.clone());
        let because = left.or_else(|| changes_user(run, &command)).or_else(|| removes_folder(build, run, &command));
        if let Some(because) = because {
            return Err(Obstacle::new(command.range(), because));
        }
    }
    match leavings.redirect {
        Some(redirect) => {
            let place = script.text.source_range(redirect);
            Err(Obstacle::new(place, "it writes to a file that is new for each RUN"))
        }
        None => Ok(()),
    }
}

fn text<'s>(script: &'s Script, word: &Word) -> &'s str {
    script.plain().get(std::ops::Range::from(word.range)).unwrap_or_default().trim_matches(['"', '\''])
}

fn stays_alive(command: &Command<'_>) -> Option<String> {
    let reason = |name: &str| Some(format!("`{name}` may leave a process running, which ends with its RUN"));
    if command.path.contains(&Step::Background) {
        return Some("a command in the background ends with its RUN".to_owned());
    }
    let name = command.name()?;
    if command.known().has("leaves a process running") || name.ends_with("-server") || name.starts_with("start-") {
        return reason(name);
    }
    if command.known().has("starts none of its words") {
        return None;
    }
    let is_control = |word: &Word| {
        let Some(text) = word.literal.as_deref() else { return false };
        const { SIGNS.expect("word that starts a background process") }.has(text)
            || text.contains(' ')
                && text
                    .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'))
                    .any(|part| COMMANDS.has(part, "leaves a process running"))
    };
    let program = command.words().first().and_then(|word| word.literal.as_deref());
    if program.is_some_and(|text| text.contains("/init.d/")) || command.arguments().iter().any(is_control) {
        return reason(name);
    }
    let in_background = |word: &Word| command.text(word.range).replace("&&", "").replace(">&", "").contains('&');
    if command.known().has("hands a text to a shell") && command.arguments().iter().any(in_background) {
        return reason(name);
    }
    None
}

/// Whether the builder makes this path anew for every RUN.
fn is_per_container(path: &str) -> bool {
    let Some(start) = path.bytes().position(|byte| byte == b'/') else { return false };
    let path = &path[start..];
    let is_anew = match path.strip_prefix("/dev/") {
        Some(device) => !device.starts_with("fd/") && !device.starts_with("tcp/"),
        None => {
            path.starts_with("/proc/")
                || path.starts_with("/sys/")
                || const { PATHS.expect("file made anew for every RUN") }.has(path)
        }
    };
    is_anew && !const { PATHS.expect("the same for every RUN") }.has(path)
}

fn uses_container(command: &Command<'_>) -> Option<String> {
    let is_used = command.arguments().iter().any(|word| is_per_container(text(command.script, word)));
    is_used.then(|| "it uses a file that is new for each RUN".to_owned())
}

fn changes_mounts(command: &Command<'_>) -> Option<String> {
    let known = command.known();
    if known.has("changes mounts") {
        return Some("a mount ends with its RUN".to_owned());
    }
    let sets = !command.arguments().is_empty() && known.has("changes the running system");
    sets.then(|| "what it sets ends with its RUN".to_owned())
}

/// The next RUN would start another shell.
fn changes_shell_program(command: &Command<'_>) -> Option<String> {
    let name = command.name()?;
    let known = command.known();
    let is_folder = |text: &str| matches!(text.strip_suffix('/').unwrap_or(text), "/bin" | "/usr/bin");
    let is_shell = |word: &Word| {
        let text = text(command.script, word).trim_end_matches('*');
        let is_in_folder = text.starts_with("/bin/") || text.starts_with("/usr/bin/");
        let last = text.rsplit('/').next().unwrap_or(text);
        is_in_folder && COMMANDS.has(last, "is a shell") || is_folder(text) || matches!(text, "sh" | "bash")
    };
    let places = if known.has("replaces files") { command.arguments() } else { &[] };
    let replaced = places.iter().any(is_shell) && !(name == "install" && places.iter().any(|word| word.is("-d")));
    let configured = name == "dpkg-reconfigure"
        && command.arguments().iter().any(|word| text(command.script, word).contains("dash"))
        || name == "debconf-set-selections" && command.run.text().is_some_and(|text| text.contains("dash"))
        || name == "busybox" && command.has_argument("--install")
        || command
            .package_command()
            .is_some_and(|package| package.operands().any(|word| text(command.script, word).contains("-binsh")));
    // A binary that is only put beside the shells changes none of them.
    let puts_beside = known.has("puts files where it is told")
        && command.arguments().iter().all(|word| is_folder(text(command.script, word)) || !is_shell(word));
    (replaced && !puts_beside || configured).then(|| "the next RUN may start another shell".to_owned())
}

/// The next RUN would run with another home or other groups.
fn changes_user(run: &Run<'_>, command: &Command<'_>) -> Option<String> {
    let because = || Some("the next RUN would start with the user's new home and groups".to_owned());
    let is_root = run.user.as_deref().is_none_or(is_root);
    command.name()?;
    if command.known().has("changes users") {
        let names_root = command.arguments().iter().any(|word| matches!(text(command.script, word), "root" | "0"));
        if !is_root || command.is_privileged() || names_root {
            return because();
        }
    }
    let changes_file = |word: &Word| matches!(text(command.script, word), "/etc/passwd" | "/etc/group");
    let writes = command.known().has("writes files that it names");
    let redirected = command.node.redirects.iter().any(|redirect| changes_file(&redirect.target));
    if redirected || writes && command.arguments().iter().any(changes_file) {
        return because();
    }
    None
}

/// The next RUN would start in its WORKDIR, made anew; a shell that is there already stays in the folder that is gone.
fn removes_folder(build: &Build<'_>, run: &Run<'_>, command: &Command<'_>) -> Option<String> {
    let name = command.name()?;
    let short = |letters: &[char]| {
        command.arguments().iter().any(|word| {
            let option = text(command.script, word);
            option.starts_with('-')
                && (!option.starts_with("--") && option.contains(letters)
                    || option == "--recursive"
                    || option.starts_with('$'))
        })
    };
    let operands: Vec<&str> = command
        .arguments()
        .iter()
        .map(|word| text(command.script, word))
        .filter(|word| !word.starts_with('-'))
        .collect();
    let gone = match name {
        "rm" if short(&['r', 'R']) => operands.as_slice(),
        "rmdir" => operands.as_slice(),
        "mv" if short(&['t', 'T']) => operands.as_slice(),
        "mv" => operands.split_last().map_or(&[][..], |(_, sources)| sources),
        _ => return None,
    };
    gone.iter()
        .any(|path| may_hold_folder(build, run, path))
        .then(|| "the next RUN starts in its WORKDIR, which this may take away".to_owned())
}

fn may_hold_folder(build: &Build<'_>, run: &Run<'_>, path: &str) -> bool {
    let written = path;
    let resolved = resolve(build, run, path);
    let Some(path) = resolved.as_deref() else { return true };
    if path.starts_with('~') {
        return path.trim_matches(['~', '/']).is_empty();
    }
    let mut trimmed = path.trim_end_matches('/');
    let relative = !path.starts_with('/');
    if relative {
        // Something in the working folder is not the working folder.
        return path.split('/').any(|part| part == ".." || part.starts_with(".*")) || matches!(trimmed, "." | "./");
    }
    let folder = run.directory.as_deref().and_then(|folder| resolve(build, run, folder));
    let globbed = trimmed.contains(['*', '?', '[', '{']);
    match folder.as_deref().filter(|folder| folder.starts_with('/')) {
        Some(folder) => {
            let folder = folder.trim_end_matches('/');
            if globbed {
                let stem = &trimmed[..trimmed.find(['*', '?', '[', '{']).unwrap_or(0)];
                return folder.starts_with(stem);
            }
            folder == trimmed || folder.strip_prefix(trimmed).is_some_and(|rest| rest.starts_with('/'))
        }
        None => {
            trimmed = trimmed.trim_end_matches(['*', '/']);
            let is_file = std::path::Path::new(written).extension().is_some();
            !is_file
                && !const { PATHS.expect("hardly worked in") }
                    .values()
                    .any(|known| written.starts_with(known) || trimmed == known.trim_end_matches('/'))
        }
    }
}

/// `path` with its first variable replaced; `None` if its value is not in the file.
fn resolve(build: &Build<'_>, run: &Run<'_>, path: &str) -> Option<String> {
    let Some(after) = path.strip_prefix('$') else {
        let plain = path.split('$').next().unwrap_or(path);
        // What stands in front of a variable is enough to know that a path lies elsewhere.
        return if plain.len() == path.len() || plain.len() > 1 { Some(path.to_owned()) } else { None };
    };
    let name: String =
        after.trim_start_matches('{').chars().take_while(|c| *c == '_' || c.is_ascii_alphanumeric()).collect();
    let rest = after.trim_start_matches('{').strip_prefix(name.as_str())?;
    let rest = if after.starts_with('{') { rest.strip_prefix('}')? } else { rest };
    if name == "HOME" && !rest.trim_matches('/').is_empty() {
        return Some(format!("~{rest}"));
    }
    let value = build.variable(run, &name)??.trim_matches(['"', '\'']);
    (!value.contains('$')).then(|| format!("{value}{rest}"))
}
