//! Merges neighbouring install commands of one package manager, so that it looks for what fits together once.

mod together;

use std::collections::BTreeSet;

use crate::known::{Table, table};
use crate::rewrite::{Context, Effect, Findings, Obstacle, Preserves, Transform};
use crate::semantics::commands::Command;
use crate::semantics::installs::Install;
use crate::semantics::packages::{APK, APT, DNF, NPM, PIP, PackageCommand, ZYPPER};
use crate::syntax::shell::{ConnectorKind, Step};
use crate::text::{Edit, TextRange};
use crate::transforms::operands;

pub(super) const TRANSFORM: Transform = Transform {
    id: "merge-installs",
    preserves: Preserves::Intent,
    page: include_str!("merge_installs.md"),
    effects: &[
        Effect::Files("/var/log/**"),
        Effect::Files("/var/lib/dpkg/*-old"),
        Effect::Files("/var/cache/debconf/*-old"),
        Effect::Files("/var/lib/apt/extended_states"),
    ],
    rewrite,
    ..Transform::PLAIN
};

static FACTS: Table = table!("facts.txt");

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let is_mergeable = |command: &Command<'_>| command.package_command().is_some_and(|package| merges(&package));
    let commands = cx.build.runs.iter().map(|run| run.package_commands().filter(is_mergeable).collect::<Vec<_>>());
    let commands: Vec<_> = commands.filter(|commands| commands.len() > 1).collect();
    let rows: Vec<_> = commands.iter().flat_map(|commands| rows(commands)).collect();
    let is_long = rows.iter().map(Vec::len).sum::<usize>() > IN_PAIRS_MAX;
    for row in &rows {
        let parts = || row.chunks(AT_ONCE_MAX).map(|part| at_once(cx, part)).collect::<Option<Vec<_>>>();
        match is_long.then(parts).flatten() {
            Some(parts) => {
                let parts = parts.into_iter().filter(|edits| !edits.is_empty());
                parts.for_each(|edits| findings.rewrite("Install with one command", edits));
            }
            None => in_pairs(cx, &mut findings, row),
        }
    }
    findings
}

/// Most installs of a file that are merged two and two, pass by pass, which looks as if somebody had done it by hand. More are merged many at once, in fewer passes.
const IN_PAIRS_MAX: usize = 256;

/// Most installs that are merged at once.
const AT_ONCE_MAX: usize = 32;

/// Neighbours among `commands` that install in the same way.
fn rows<'c, 'r>(commands: &'c [Command<'r>]) -> Vec<Vec<&'c Command<'r>>> {
    let mut rows: Vec<Vec<&Command<'r>>> = Vec::new();
    for (first, second) in neighbours(commands) {
        let (Some(install), Some(more)) = (first.package_command(), second.package_command()) else { continue };
        if !is_same_call(first, &install, second, &more) {
            continue;
        }
        let goes_on = |row: &&mut Vec<&Command<'r>>| row.last().is_some_and(|last| last.node.range == first.node.range);
        match rows.last_mut().filter(goes_on) {
            Some(row) => row.push(second),
            None => rows.push(vec![first, second]),
        }
    }
    rows
}

/// Merges each command of `row` into the one before it, unless that is being merged itself.
fn in_pairs(cx: &Context<'_>, findings: &mut Findings, row: &[&Command<'_>]) {
    let mut taken = None;
    for pair in row.windows(2) {
        let [first, second] = pair else { continue };
        let (Some(install), Some(more)) = (first.package_command(), second.package_command()) else { continue };
        // A command that is being merged into the one before it has its turn in the next pass.
        if taken == Some(first.node.range) {
            continue;
        }
        match merged(cx, first, &install, second, &more) {
            Ok(edits) => {
                taken = Some(second.node.range);
                findings.rewrite("Install with one command", edits);
            }
            Err((range, because)) => findings.decline(range, because),
        }
    }
}

/// The edits that merge all of `row` into its first command, none for that alone; `None` if something is in the way, or stands on several lines.
fn at_once(cx: &Context<'_>, row: &[&Command<'_>]) -> Option<Vec<Edit>> {
    let (first, others) = row.split_first()?;
    let Some(last) = others.last() else { return Some(Vec::new()) };
    let install = first.package_command()?;
    let pip = if *install.manager == PIP { Install::of(cx.build, first).transpose().ok()? } else { None };
    let mut names = texts(first, &install);
    let there = names.len();
    together::check(install.manager, &names).ok()?;
    for other in others {
        let more = other.package_command()?;
        let added = texts(other, &more);
        together::check(more.manager, &added).ok()?;
        together::check_together(pip.as_ref(), &names, &added).ok()?;
        let known: BTreeSet<&String> = names.iter().collect();
        let mut new: BTreeSet<&String> = added.iter().filter(|name| !known.contains(name)).collect();
        let once: Vec<String> = added.iter().filter(|name| new.remove(name)).cloned().collect();
        names.extend(once);
    }
    let gone = TextRange::new(first.range().end(), last.range().end());
    if cx.file.slice(gone).contains(&b'\n') && (has_comment(cx, gone) || spreads(cx, others)) {
        return None;
    }
    let mut edits = vec![Edit::delete(gone)];
    let new: Vec<&str> = names[there..].iter().map(String::as_str).collect();
    if !new.is_empty() {
        edits.extend(operands::append(cx, first, &install, &new));
    }
    Some(edits)
}

/// Whether one of `commands` stands on several lines.
fn spreads(cx: &Context<'_>, commands: &[&Command<'_>]) -> bool {
    commands.iter().any(|command| cx.file.slice(command.range()).contains(&b'\n'))
}

fn texts(command: &Command<'_>, package: &PackageCommand<'_>) -> Vec<String> {
    package.operands().map(|word| command.text(word.range).to_owned()).collect()
}

/// Pairs of `commands` that are joined by `&&` in the script's own list, with nothing between them.
fn neighbours<'c, 'r>(commands: &'c [Command<'r>]) -> impl Iterator<Item = (&'c Command<'r>, &'c Command<'r>)> {
    let place = |command: &Command<'_>| match command.path {
        [Step::ListItem(item), Step::AndOr(index)] => Some((*item, *index)),
        _ => None,
    };
    let placed = commands.iter().filter_map(move |command| Some((place(command)?, command)));
    // In the order of the file, the command of the next place, if it is here at all, is the next one.
    placed.clone().zip(placed.skip(1)).filter_map(|(((item, index), first), (next, second))| {
        if next != (item, index + 1) {
            return None;
        }
        let (connector, _) = first.script.tree().body.items[item].and_or.rest.get(index)?;
        (connector.kind == ConnectorKind::And).then_some((first, second))
    })
}

/// Whether both install with the same manager, in the same way, but for the packages.
fn is_same_call(
    first: &Command<'_>,
    install: &PackageCommand<'_>,
    second: &Command<'_>,
    more: &PackageCommand<'_>,
) -> bool {
    let start = |command: &Command<'_>, package: &PackageCommand<'_>| {
        let program = package.program().last().map_or(package.verb_word().range, |word| word.range);
        command
            .text(TextRange::new(command.node.range.start(), program.end()))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let options = |command: &Command<'_>, package: &PackageCommand<'_>| {
        let mut options: Vec<String> = package
            .options()
            .map(|words| words.iter().flat_map(|word| [command.text(word.range), " "]).collect())
            .collect();
        options.sort();
        options
    };
    let plain = |command: &Command<'_>| command.node.redirects.is_empty() && !command.has_argument("--");
    install.verb() == more.verb()
        && plain(first)
        && plain(second)
        && start(first, install) == start(second, more)
        && options(first, install) == options(second, more)
        && install.has_operands()
        && more.has_operands()
}

/// Whether the order in which it installs packages does not matter to the manager.
fn merges(package: &PackageCommand<'_>) -> bool {
    let verbs: &[&str] = match package.manager {
        manager if *manager == APT || *manager == DNF || *manager == PIP => &["install"],
        manager if *manager == ZYPPER => &["install", "in"],
        manager if *manager == APK && !package.has_option("--virtual") && !package.has_option("-t") => &["add"],
        manager if *manager == NPM && (package.has_option("-g") || package.has_option("--global")) => &["install", "i"],
        _ => &[],
    };
    verbs.contains(&package.verb()) && !package.is_simulation()
}

fn merged(
    cx: &Context<'_>,
    first: &Command<'_>,
    install: &PackageCommand<'_>,
    second: &Command<'_>,
    more: &PackageCommand<'_>,
) -> Result<Vec<Edit>, Obstacle> {
    let (there, added) = (texts(first, install), texts(second, more));
    let refused = |command: &Command<'_>| {
        let range = command.range();
        move |because| (range, because)
    };
    together::check(install.manager, &there).map_err(refused(first))?;
    together::check(more.manager, &added).map_err(refused(second))?;
    let pip = if *install.manager == PIP { Install::of(cx.build, first).transpose() } else { Ok(None) };
    let pip = pip.map_err(refused(first))?;
    together::check_together(pip.as_ref(), &there, &added).map_err(refused(second))?;
    let known: BTreeSet<&String> = there.iter().collect();
    let new: BTreeSet<&String> = added.iter().filter(|name| !known.contains(name)).collect();
    if let Some(edit) = spliced(cx, first, install, second, more).filter(|_| new.len() == added.len()) {
        return Ok(vec![edit]);
    }
    let gone = TextRange::new(first.range().end(), second.range().end());
    if has_comment(cx, gone) {
        return Err((gone, "a comment belongs to one of the installs".to_owned()));
    }
    let mut edits = vec![Edit::delete(gone)];
    let mut once = new;
    let names: Vec<&str> = added.iter().filter(|name| once.remove(name)).map(String::as_str).collect();
    if !names.is_empty() {
        edits.extend(operands::append(cx, first, install, &names));
    }
    Ok(edits)
}

/// Where the names of the second command stand on several lines, they stay as they are: only what is before them goes.
fn spliced(
    cx: &Context<'_>,
    first: &Command<'_>,
    install: &PackageCommand<'_>,
    second: &Command<'_>,
    more: &PackageCommand<'_>,
) -> Option<Edit> {
    let (start, last) = (more.operands().next()?.range, install.operands().next_back()?.range);
    let options_lead = more.options().all(|words| words[0].range.end() < start.start());
    let names = TextRange::new(second.source_range(start).start(), second.range().end());
    let gone = TextRange::new(first.range().end(), names.start());
    if !options_lead || !cx.file.slice(names).contains(&b'\n') || has_comment(cx, gone) {
        return None;
    }
    let between = operands::own_line(cx, first, first.source_range(last))
        .or_else(|| operands::own_line(cx, second, second.source_range(start)))
        .unwrap_or_else(|| " ".to_owned());
    Some(Edit::replace(gone, between))
}

fn has_comment(cx: &Context<'_>, range: TextRange) -> bool {
    cx.file.slice(range).split(|&byte| byte == b'\n').any(|line| line.trim_ascii_start().starts_with(b"#"))
}

#[cfg(test)]
mod tests {
    use super::TRANSFORM;
    use crate::rewrite::{Chain, Facts, Options, Silent};

    /// A name in letters alone: with numbers it would be a version.
    fn name(at: usize) -> String {
        at.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
    }

    /// What the transform makes of a RUN with `count` installs, each on a line, of which one has a comment before it.
    fn installs(count: usize, comment_at: Option<usize>) -> String {
        let lines: Vec<_> = (0..count)
            .map(|at| {
                let comment = if comment_at == Some(at) { "# why\n" } else { "" };
                format!("{comment}    apk add {}", name(at))
            })
            .collect();
        let text = format!("FROM alpine:3.19\nRUN true && \\\n{}\n", lines.join(" && \\\n"));
        let chain = Chain { transforms: vec![&TRANSFORM], options: Options::default() };
        let outcome = chain.settle(text.as_bytes(), Facts::default(), &mut Silent).unwrap();
        String::from_utf8(outcome.after.to_vec()).unwrap()
    }

    #[test]
    fn a_long_row_becomes_one_install() {
        for count in [2, 256, 257, 600] {
            let after = installs(count, None);
            assert_eq!(after.matches("apk add").count(), 1, "{after}");
            assert!((0..count).all(|at| after.split_whitespace().any(|word| word == name(at))), "{after}");
        }
    }

    #[test]
    fn a_comment_in_a_long_row_stays() {
        let after = installs(300, Some(20));
        assert!(after.contains("# why") && after.matches("apk add").count() > 1, "{after}");
    }
}
