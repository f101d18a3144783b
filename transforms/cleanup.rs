//! What the transforms share that empty a cache behind the last install of a RUN.

use super::COMMANDS;
use super::caches::Cache;
use crate::known;
use crate::rewrite::{Context, Findings, Obstacle};
use crate::semantics::commands::Command;
use crate::semantics::packages::{Manager, PackageCommand};
use crate::semantics::{Placement, cleanups};
use crate::syntax::shell::{ConnectorKind, Step, Word};
use crate::text::Edit;

/// The last install of a package manager in a RUN.
pub(super) struct LastInstall<'r> {
    pub command: Command<'r>,
    pub package: PackageCommand<'r>,
    /// The commands behind it.
    pub after: Vec<Command<'r>>,
}

/// What to do behind an install.
pub(super) enum Plan {
    /// The cache is not left behind.
    Done,
    Blocked(Obstacle),
    Clean {
        title: &'static str,
        /// The command that empties the cache, with `sudo` where the install has it.
        command: String,
        needs: Needs,
    },
}

/// What the command that empties a cache needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing that is not in every image.
    Nothing,
    /// The package manager, which a later command may take away.
    Manager,
}

/// Empties the cache of `manager` behind its last install in each RUN, as `plan` says.
pub(super) fn behind_last_install(
    cx: &Context<'_>,
    manager: &'static Manager,
    plan: impl Fn(&LastInstall<'_>) -> Plan,
) -> Findings {
    let mut findings = Findings::default();
    if !cx.build.uses(manager) {
        return findings;
    }
    let cache = Cache::of(manager);
    let readers = cache.readers(cx);
    for run in cx.build.runs_with(manager) {
        let commands = run.commands();
        let Some(at) = commands.iter().rposition(|command| install(command, manager).is_some()) else { continue };
        let Some(package) = commands[at].package_command() else { continue };
        let last = LastInstall { command: commands[at], package, after: commands[at + 1..].to_vec() };
        let plan = plan(&last);
        if commands[at].assigns("HOME") && !matches!(plan, Plan::Done) {
            findings.decline(commands[at].range(), "its HOME, where the cache is, is not that of the next command");
            continue;
        }
        if matches!(plan, Plan::Done) || cache.is_deleted_in(run) {
            continue;
        }
        let all = commands.iter().filter_map(|command| Some((command, command.package_command()?)));
        let mut installs = all.filter(|(_, package)| package.manager == manager && package.installs());
        let obstacle = installs.find_map(|(command, package)| cache.obstacle(cx, command, &package, &readers));
        match (obstacle, plan) {
            (Some((range, because)), _) | (None, Plan::Blocked((range, because))) => findings.decline(range, because),
            (None, Plan::Clean { title, command, needs }) => match last.place(cx, &command, needs) {
                Ok(edit) => findings.rewrite(title, vec![edit]),
                Err(because) => findings.decline(last.command.range(), because),
            },
            (None, Plan::Done) => {}
        }
    }
    findings
}

/// What `command` says to `manager`, if it surely installs something where it stands.
pub(super) fn install<'r>(command: &Command<'r>, manager: &Manager) -> Option<PackageCommand<'r>> {
    let package = command.package_command_of(manager)?;
    let installs = package.installs() && !package.is_simulation();
    (installs && !command.path.contains(&Step::Substitution)).then_some(package)
}

impl LastInstall<'_> {
    /// The program of the package manager as written, with `sudo` in front if it is there.
    pub fn program(&self) -> String {
        let (first, last) = (&self.package.program()[0], &self.package.program()[self.package.program().len() - 1]);
        format!("{}{}", self.command.privilege(), self.command.text(first.range.cover(last.range)))
    }

    /// Whether a command behind it has to do with the cache, by its verb.
    pub fn is_followed_by_care(&self) -> bool {
        self.after.iter().any(|command| {
            command
                .package_command()
                .is_some_and(|package| package.manager == self.package.manager && is_about_cache(&package))
        })
    }

    fn place(&self, cx: &Context<'_>, command: &str, needs: Needs) -> Result<Edit, String> {
        let placement = Placement::of(cx.file, self.command.run).ok_or("the script cannot be read")?;
        if needs == Needs::Nothing {
            return placement.append(command);
        }
        if !self.command.is_top_level() {
            return Err("the last install does not run unconditionally".to_owned());
        }
        if self.is_relative() || self.may_lose_manager() || !self.runs_before_the_end() {
            return placement.insert_after(&self.command, command);
        }
        placement.append(command)
    }

    /// Whether its program is found from the current folder only.
    fn is_relative(&self) -> bool {
        self.package.program()[0]
            .literal
            .as_deref()
            .is_some_and(|program| program.contains('/') && !program.starts_with('/'))
    }

    /// Whether the end of the script is reached only if the install went well.
    fn runs_before_the_end(&self) -> bool {
        let items = &self.command.script.tree().body.items;
        let [Step::ListItem(item), Step::AndOr(index)] = self.command.path else { return false };
        let rest = items.get(*item).map_or(&[][..], |item| &item.and_or.rest);
        let no_alternative = rest.iter().skip(*index).all(|(connector, _)| connector.kind == ConnectorKind::And);
        let is_last = item + 1 == items.len();
        no_alternative && (is_last || (*index == 0 && self.command.failure_counts()))
    }

    fn may_lose_manager(&self) -> bool {
        let others = self.after.iter().filter(|command| !cleanups::is_cleanup(command.text(command.node.range)));
        others.into_iter().any(|command| {
            let Some(name) = command.name() else { return true };
            COMMANDS.has("may take a program away", name)
                || name.ends_with(".sh")
                || command.package_command().is_some_and(|package| package.removes())
        })
    }
}

/// Whether the verb of the command, or that with an operand, is about the cache, as in `npm cache clean`.
fn is_about_cache(package: &PackageCommand<'_>) -> bool {
    let verbs = known::CACHES.of(&format!("{} verb about it", package.manager.name));
    let is_operand = |word: &Word, verb: &str| {
        let operand = word.literal.as_deref().unwrap_or_default();
        verb.split_once(' ') == Some((package.verb(), operand))
    };
    verbs.into_iter().any(|verb| verb == package.verb() || package.operands().any(|word| is_operand(word, verb)))
}
