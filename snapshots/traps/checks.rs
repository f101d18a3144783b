//! What must hold of every result, each for something that a tool is known to do.

use dockeropt::rewrite::Outcome;
use dockeropt::semantics::commands::Command;
use dockeropt::semantics::{Build, Run};
use dockeropt::syntax::{Arguments, Dockerfile, Instruction, ItemKind, Keyword};
use dockeropt::text::diff;

/// Both texts, read.
struct Both<'o> {
    outcome: &'o Outcome,
    before: Dockerfile,
    after: Dockerfile,
}

type Check = fn(&Both<'_>) -> Option<String>;

const CHECKS: &[(&str, Check)] = &[
    ("BuildKit takes it", accepted),
    ("the patch leads there", patched),
    ("bytes at both ends stay", ends),
    ("directives stay", |both| differ(both, directives)),
    ("lines outside of rewrites stay", untouched_lines),
    ("no blank line is added", blank_lines),
    ("comments stay lines of their own", |both| differ(both, comments)),
    ("comments behind commands stay behind them", trailing_comments),
    ("heredocs only grow", heredocs),
    ("ONBUILD stays", |both| differ(both, |file| slices(file, |each| each.keyword() == Keyword::Onbuild))),
    ("exec form RUN stays", |both| differ(both, |file| slices(file, is_exec_run))),
    ("flags of RUN stay behind it", |both| differ(both, run_flags)),
    ("SHELL stays", |both| differ(both, |file| slices(file, |each| each.keyword() == Keyword::Shell))),
    ("USER stays", |both| differ(both, |file| slices(file, |each| each.keyword() == Keyword::User))),
    ("FROM stays but for a version", froms),
    ("a stage that is added only ships what the first one builds", split),
    ("COPY stays", copies),
    ("ADD stays where it may download or unpack", adds),
    ("CMD and ENTRYPOINT that need a shell keep it", processes),
    ("values stay", values),
    ("maintainers stay", maintainers),
    ("no option or command is invented", inventions),
    ("sudo stays", sudo),
    ("what stands between RUNs stays between them", order),
    ("a RUN whose shell is changed ends there", borders),
    ("no RUN lacks the apt lists it installs from", apt_lists),
];

pub fn wrongs(outcome: &Outcome) -> Vec<String> {
    let (before, after) = (Dockerfile::parse(&*outcome.before), Dockerfile::parse(&*outcome.after));
    if !before.problems().is_empty() {
        let same = outcome.before == outcome.after;
        return if same { Vec::new() } else { vec!["what BuildKit refuses is changed".to_owned()] };
    }
    let both = Both { outcome, before, after };
    let wrong = |(name, check): &(&str, Check)| check(&both).map(|what| format!("{name}: {what}"));
    CHECKS.iter().filter_map(wrong).collect()
}

fn differ<T: PartialEq + std::fmt::Debug>(both: &Both<'_>, of: fn(&Dockerfile) -> Vec<T>) -> Option<String> {
    let (before, after) = (of(&both.before), of(&both.after));
    (before != after).then(|| format!("{before:?} became {after:?}"))
}

fn slices(file: &Dockerfile, is: fn(&Instruction) -> bool) -> Vec<String> {
    file.instructions().filter(|each| is(each)).map(|each| text(file, each)).collect()
}

fn text(file: &Dockerfile, instruction: &Instruction) -> String {
    String::from_utf8_lossy(file.slice(instruction.range)).into_owned()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').collect()
}

fn accepted(both: &Both<'_>) -> Option<String> {
    both.after.problems().first().map(|problem| format!("line {}: {}", problem.line, problem.message))
}

/// `git apply` and `patch` themselves are tried on the corpus; the same patch is read here.
fn patched(both: &Both<'_>) -> Option<String> {
    let mut edits = dockeropt::text::EditSet::default();
    let added = edits.add(&diff::edits(&both.outcome.before, &both.outcome.after));
    (added.is_err() || edits.apply(&both.outcome.before)[..] != *both.outcome.after).then(|| "elsewhere".to_owned())
}

fn ends(both: &Both<'_>) -> Option<String> {
    let (before, after) = (&both.outcome.before, &both.outcome.after);
    let mark = b"\xEF\xBB\xBF";
    if before.starts_with(mark) != after.starts_with(mark) {
        return Some("the byte order mark".to_owned());
    }
    if before.ends_with(b"\n") != after.ends_with(b"\n") {
        return Some("the final newline".to_owned());
    }
    let ends = |text: &[u8], end: &[u8]| lines(text).iter().filter(|line| line.ends_with(end)).count();
    let (crlf, all) = (ends(before, b"\r\n"), ends(before, b"\n"));
    let (crlf_after, all_after) = (ends(after, b"\r\n"), ends(after, b"\n"));
    ((crlf == 0 && crlf_after > 0) || (crlf == all && crlf_after < all_after)).then(|| "line endings".to_owned())
}

/// Whether the build has got a stage of its own.
fn is_split(both: &Both<'_>) -> bool {
    let mut rewrites = both.outcome.steps.iter().flat_map(|step| &step.rewrites);
    rewrites.any(|placed| placed.transform.id == "split-build")
}

fn split(both: &Both<'_>) -> Option<String> {
    if !is_split(both) {
        return None;
    }
    let keywords = |file: &Dockerfile| -> Vec<_> { file.instructions().map(Instruction::keyword).collect() };
    let (before, after) = (keywords(&both.before), keywords(&both.after));
    let last = after.iter().rposition(|keyword| *keyword == Keyword::From).unwrap_or_default();
    let count = |keywords: &[Keyword], one: Keyword| keywords.iter().filter(|keyword| **keyword == one).count();
    let is_right = count(&before, Keyword::From) == 1
        && count(&after, Keyword::From) == 2
        && count(&after[last..], Keyword::Run) == 0
        && count(&after[last..], Keyword::Copy) == 1
        && count(&after[..last], Keyword::Copy) + count(&after[..last], Keyword::Add)
            == count(&before, Keyword::Copy) + count(&before, Keyword::Add);
    (!is_right).then(|| format!("{before:?} became {after:?}"))
}

fn directives(file: &Dockerfile) -> Vec<String> {
    let is_directive = |kind: &ItemKind| matches!(kind, ItemKind::Directive(_));
    file.items().iter().filter(|item| is_directive(&item.kind)).map(|item| lossy(file.slice(item.range))).collect()
}

/// Lines that no rewrite touches are there again, as they were and in the same order.
fn untouched_lines(both: &Both<'_>) -> Option<String> {
    let steps = both.outcome.steps.iter();
    let touched: Vec<_> = steps.flat_map(|step| step.rewrites.iter().map(|placed| placed.range)).collect();
    let mut after = lines(&both.outcome.after).into_iter();
    let mut start = 0;
    for line in lines(&both.outcome.before) {
        let end = start + line.len();
        let is_touched = touched.iter().any(|range| range.start() <= end && start <= range.end());
        if !is_touched && !after.any(|other| other == line) {
            return Some(lossy(line));
        }
        start = end;
    }
    None
}

fn blank_lines(both: &Both<'_>) -> Option<String> {
    if is_split(both) {
        return None;
    }
    let count = |text: &[u8]| lines(text).iter().filter(|line| line.trim_ascii().is_empty()).count();
    (count(&both.outcome.after) > count(&both.outcome.before)).then(|| "more than before".to_owned())
}

fn comments(file: &Dockerfile) -> Vec<String> {
    let lines = lines(file.source()).into_iter().map(<[u8]>::trim_ascii);
    lines.filter(|line| line.starts_with(b"#")).map(lossy).collect()
}

/// A comment behind a command reaches to the end of its line, and must go on to do so.
fn trailing_comments(both: &Both<'_>) -> Option<String> {
    let of = |file: &Dockerfile| -> Vec<String> {
        let build = Build::of(file);
        let scripts = build.runs.iter().filter_map(|run| Some((run.script.as_ref().ok()?, run)));
        let comments = scripts.flat_map(|(script, _)| {
            script.tree().comments.iter().map(|comment| {
                let range = script.text.source_range(*comment);
                let rest = &file.source()[range.start()..];
                lossy(rest.split(|&byte| byte == b'\n').next().unwrap_or_default())
            })
        });
        comments.collect()
    };
    let (before, after) = (of(&both.before), of(&both.after));
    (before != after).then(|| format!("{before:?} became {after:?}"))
}

/// Bodies of heredocs are files or scripts: nothing leaves them, and files stay as they are.
fn heredocs(both: &Both<'_>) -> Option<String> {
    let of = |file: &Dockerfile| -> Vec<(Keyword, String)> {
        let bodies = file.instructions().flat_map(|each| {
            each.heredocs.iter().map(move |heredoc| (each.keyword(), lossy(file.slice(heredoc.body))))
        });
        bodies.collect()
    };
    let (before, after) = (of(&both.before), of(&both.after));
    if before.len() != after.len() {
        return Some(format!("{} became {}", before.len(), after.len()));
    }
    let wrong = before.iter().zip(&after).find(|((keyword, before), (_, after))| {
        let mut words = after.split_ascii_whitespace();
        let has_all =
            before.split_ascii_whitespace().all(|word| words.any(|other| other == word || other == "apt-get"));
        if *keyword == Keyword::Run { !has_all } else { before != after }
    });
    wrong.map(|((_, before), (_, after))| format!("{before:?} became {after:?}"))
}

fn is_exec_run(instruction: &Instruction) -> bool {
    instruction.keyword() == Keyword::Run && instruction.arguments().is_json()
}

/// The flags of each RUN as they stand there, once for RUNs in a row that have the same.
fn run_flags(file: &Dockerfile) -> Vec<Vec<String>> {
    let runs = file.instructions().filter(|each| each.keyword() == Keyword::Run);
    let flags = runs.map(|run| run.flags().iter().map(|flag| run.line.text(flag.range)).collect::<Vec<_>>());
    let mut flags: Vec<_> = flags.filter(|flags| !flags.is_empty()).collect();
    flags.dedup();
    flags
}

/// Every COPY is there, and keeps its flags; ADDs may have become more of them.
fn copies(both: &Both<'_>) -> Option<String> {
    let is = |each: &Instruction| each.keyword() == Keyword::Copy;
    let after = slices(&both.after, is);
    let mut after = after.iter();
    slices(&both.before, is).into_iter().find(|copy| !after.any(|other| other == copy || is_versioned(copy, other)))
}

fn froms(both: &Both<'_>) -> Option<String> {
    if is_split(both) {
        return None;
    }
    let is = |each: &Instruction| each.keyword() == Keyword::From;
    let (before, after) = (slices(&both.before, is), slices(&both.after, is));
    let same = before.len() == after.len()
        && before.iter().zip(&after).all(|(before, after)| before == after || is_versioned(before, after));
    (!same).then(|| format!("{before:?} became {after:?}"))
}

/// Whether `after` is `before` with an image that had no version named with one, or with one that took the place of a retired one.
fn is_versioned(before: &str, after: &str) -> bool {
    const SUCCESSORS: &[(&str, &str)] = &[
        ("openjdk:", "eclipse-temurin:"),
        ("java:", "eclipse-temurin:"),
        ("adoptopenjdk:", "eclipse-temurin:"),
        ("k8s.gcr.io/", "registry.k8s.io/"),
    ];
    let words = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let (before, after) = (words(before), words(after));
    let is_fine = |old: &str, new: &str| {
        let name = old.rsplit('/').next().unwrap_or(old);
        let tag = name.split_once(':').map_or("", |(_, tag)| tag);
        let has_version = old.contains(['$', '@']) || tag.starts_with(|c: char| c.is_ascii_digit());
        let gets_version =
            new.strip_prefix(old.split(':').next().unwrap_or(old)).is_some_and(|tag| tag.starts_with(':'));
        let is_successor = |(retired, successor): &(&str, &str)| old.contains(retired) && new.contains(successor);
        (gets_version && !has_version && old != "scratch") || SUCCESSORS.iter().any(is_successor)
    };
    before.len() == after.len() && before.iter().zip(&after).all(|(old, new)| old == new || is_fine(old, new))
}

/// Sources that ADD may treat otherwise than COPY, or that cannot be told without the build context.
fn adds(both: &Both<'_>) -> Option<String> {
    const FILES: &[&str] = &["Dockerfile", "Gemfile", "LICENSE", "Makefile", "Pipfile", "Procfile", "Rakefile"];
    const ARCHIVES: &[&str] = &["tar", "tgz", "tbz", "tbz2", "txz", "gz", "bz2", "xz", "zst", "lz", "lzma", "zip", "Z"];
    let is_told = |source: &str| {
        let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let kind = name.rsplit_once('.').map(|(_, kind)| kind);
        let is_folder = source.ends_with('/') || matches!(name, "." | "..");
        let is_file = FILES.contains(&name)
            || source.starts_with("<<")
            || kind.is_some_and(|kind| !ARCHIVES.contains(&kind) && !kind.contains(['*', '?', '[']));
        !source.contains("://") && !source.starts_with("git@") && !source.contains('$') && (is_folder || is_file)
    };
    let after = slices(&both.after, |each| each.keyword() == Keyword::Add);
    let adds = both.before.instructions().filter(|each| each.keyword() == Keyword::Add);
    let kept = adds.filter(|add| {
        let operands = add.arguments().list();
        let sources = operands.split_last().map_or(&[][..], |(_, sources)| sources);
        !sources.iter().all(|source| is_told(source))
    });
    kept.map(|add| text(&both.before, add)).find(|add| !after.contains(add))
}

/// Shell form that a shell must read, and an ENTRYPOINT that lets no CMD through.
fn processes(both: &Both<'_>) -> Option<String> {
    const BUILTINS: &[&str] =
        &["exec", "source", ".", "cd", "export", "set", "ulimit", "umask", "trap", "eval", "[", "if"];
    let is_process = |each: &&Instruction| matches!(each.keyword(), Keyword::Cmd | Keyword::Entrypoint);
    let has_cmd = both.before.instructions().any(|each| each.keyword() == Keyword::Cmd);
    let after: Vec<_> = both.after.instructions().filter(is_process).map(|each| text(&both.after, each)).collect();
    let stages_alike = |keyword| both.before.instructions().filter(|each| each.keyword() == keyword).count() == 1;
    let needs_shell = |each: &&Instruction| {
        let Arguments::Text(command) = each.arguments() else { return false };
        let first = command.text.split_ascii_whitespace().next().unwrap_or_default();
        command.text.contains(['$', '&', '|', ';', '>', '<', '*', '`', '~', '('])
            || BUILTINS.contains(&first)
            || (each.keyword() == Keyword::Entrypoint && has_cmd)
    };
    let kept = both.before.instructions().filter(is_process).filter(needs_shell);
    // Of several only the last counts, and the others may go.
    kept.filter(|each| stages_alike(each.keyword()))
        .map(|each| text(&both.before, each))
        .find(|each| !after.contains(each))
}

/// Keys and values of ENV and LABEL, as the image gets them.
fn values(both: &Both<'_>) -> Option<String> {
    let of = |file: &Dockerfile| -> Vec<(String, Option<String>)> {
        let pairs = file.instructions().flat_map(|each| each.arguments().pairs());
        let values = pairs.map(|pair| (pair.key.text.clone(), pair.evaluated(file.escape())));
        values.filter(|(key, _)| key != AUTHORS).collect()
    };
    let (before, after) = (of(&both.before), of(&both.after));
    (before != after).then(|| format!("{before:?} became {after:?}"))
}

const AUTHORS: &str = "org.opencontainers.image.authors";

/// Whoever a MAINTAINER names is named by the label, with nothing in it that would be expanded.
fn maintainers(both: &Both<'_>) -> Option<String> {
    let labels = both.after.instructions().flat_map(|each| each.arguments().pairs());
    let labels: Vec<_> = labels.filter(|pair| pair.key.text == AUTHORS).map(|pair| pair.value.text.as_str()).collect();
    let is_plain = |label: &str| !label.replace("\\$", "").replace("`$", "").contains('$');
    let expanded = labels.iter().copied().find(|label| !is_plain(label) && both.outcome.is_changed());
    let names = both.before.instructions().filter(|each| each.keyword() == Keyword::Maintainer);
    let names: Vec<_> = names.filter_map(|each| each.arguments().shell_form()).map(|word| word.text.clone()).collect();
    let remain: Vec<_> = both.after.instructions().filter(|each| each.keyword() == Keyword::Maintainer).collect();
    let plain = |text: &str| text.replace(['\\', '`', '"', '\''], "");
    let is_named = |name: &String| labels.iter().any(|label| plain(label).contains(&plain(name)));
    let lost = names.iter().find(|name| !is_named(name)).filter(|_| remain.len() != names.len());
    expanded.filter(|_| !names.is_empty()).or(lost.map(String::as_str)).map(str::to_owned)
}

/// Texts that must not become more, and texts that must not become fewer.
fn inventions(both: &Both<'_>) -> Option<String> {
    const NOT_MORE: &[&str] = &[
        "--progress",
        "https://",
        "pipefail",
        "apt-get list",
        "--chmod",
        "--chown",
        "--mount",
        "HEALTHCHECK",
        "depcheck",
    ];
    let count = |text: &[u8], what: &str| lossy(text).matches(what).count();
    let (before, after) = (&both.outcome.before, &both.outcome.after);
    let more = NOT_MORE.iter().find(|what| count(after, what) > count(before, what));
    let fewer = ["http://", "https://"].into_iter().find(|what| count(after, what) < count(before, what));
    more.map(|what| format!("more `{what}`")).or_else(|| fewer.map(|what| format!("fewer `{what}`")))
}

/// What ran with sudo does so still; what is added to clean up behind it may have to.
fn sudo(both: &Both<'_>) -> Option<String> {
    let of = |file: &Dockerfile| -> Vec<String> {
        let build = Build::of(file);
        let commands = build.commands().filter(Command::is_privileged);
        commands.filter_map(|command| command.name().map(|name| name.replace("apt-get", "apt"))).collect()
    };
    let after = of(&both.after);
    of(&both.before).into_iter().find(|name| !after.contains(name))
}

/// Keywords in order, RUNs in a row being one, and LABELs. What may go or become another one counts as such.
fn order(both: &Both<'_>) -> Option<String> {
    if is_split(both) {
        return None;
    }
    let moves_workdir = both.outcome.steps.iter().any(|step| step.transform.owns.contains(&Keyword::Workdir));
    let of = |file: &Dockerfile| -> Vec<Keyword> {
        let counted = file.instructions().map(Instruction::keyword).map(|keyword| match keyword {
            Keyword::Add => Keyword::Copy,
            Keyword::Maintainer => Keyword::Label,
            keyword => keyword,
        });
        let mut keywords: Vec<_> = counted
            .filter(|keyword| !matches!(keyword, Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck))
            .collect();
        keywords.dedup_by(|second, first| matches!(first, Keyword::Run | Keyword::Label) && second == first);
        keywords
    };
    let (before, after) = (of(&both.before), of(&both.after));
    (!moves_workdir && before != after).then(|| format!("{before:?} became {after:?}"))
}

/// What a RUN leaves behind in its shell must end with it: the next one still starts with a RUN of its own.
fn borders(both: &Both<'_>) -> Option<String> {
    let (before, after) = (Build::of(&both.before), Build::of(&both.after));
    let mut starts: Vec<_> = after.runs.iter().filter_map(|run| first_word(run)).collect();
    for pair in before.runs.windows(2) {
        let [first, second] = pair else { continue };
        if !(leaves_something(first) || cannot_be_joined(second)) {
            continue;
        }
        let Some(start) = first_word(second) else { continue };
        // A `cd` may become a WORKDIR.
        let Some(at) = starts.iter().position(|other| *other == start || start == "cd") else {
            return Some(format!("no RUN starts with `{start}` where one is kept apart"));
        };
        starts.remove(at);
    }
    None
}

fn first_word(run: &Run<'_>) -> Option<String> {
    let text = run.text()?;
    let word = text.split_ascii_whitespace().next()?;
    Some(if word == "apt" { "apt-get".to_owned() } else { word.to_owned() })
}

/// Whether the shell that has run it is not as one that has just started, or would swallow what follows.
fn leaves_something(run: &Run<'_>) -> bool {
    const STATE: &[&str] =
        &["cd", "pushd", "export", "umask", "trap", "exec", "source", ".", "alias", "ulimit", "exit"];
    let Ok(script) = &run.script else { return true };
    let in_list = |item: &dockeropt::syntax::shell::ListItem| item.in_background();
    !run.instruction.heredocs.is_empty()
        || !script.tree().comments.is_empty()
        || script.tree().body.items.iter().any(in_list)
        || run.commands().iter().any(|command| {
            let name = command.words().first().and_then(|word| word.literal.as_deref());
            let is_assignment = command.words().is_empty();
            command.path.len() == 2 && (is_assignment || name.is_some_and(|name| STATE.contains(&name)))
        })
}

/// Whether `&&` in front of it would reach further than to its first command.
fn cannot_be_joined(run: &Run<'_>) -> bool {
    let Ok(script) = &run.script else { return true };
    !run.instruction.heredocs.is_empty()
        || script.text.bytes().windows(2).any(|pair| pair == b"||")
            && run.text().is_some_and(|text| !text.contains(['(', '{', '\'', '"']) && !text.contains("if "))
}

/// An install must find lists: those of its own RUN, or those of an earlier one that are still there.
fn apt_lists(both: &Both<'_>) -> Option<String> {
    let of = |file: &Dockerfile| -> usize {
        let build = Build::of(file);
        let mut without = 0;
        for (index, run) in build.runs.iter().enumerate() {
            let removes = run.text().is_some_and(|text| text.contains("/var/lib/apt/lists"));
            if !removes {
                continue;
            }
            let later = build.runs[index + 1..].iter().filter(|later| build.may_be_in(later.stage, run.stage));
            for later in later.take_while(|later| !fetches(later)) {
                without += usize::from(installs(later));
            }
        }
        without
    };
    let (before, after) = (of(&both.before), of(&both.after));
    (after > before).then(|| format!("{after} installs without lists, {before} before"))
}

fn fetches(run: &Run<'_>) -> bool {
    run.text().is_some_and(|text| ["apt-get", "apt"].iter().any(|apt| text.contains(apt)) && text.contains("update"))
}

fn installs(run: &Run<'_>) -> bool {
    run.commands()
        .iter()
        .any(|command| matches!(command.name(), Some("apt" | "apt-get")) && command.has_argument("install"))
}
