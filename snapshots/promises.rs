//! What dockeropt promises, tried on every file of the corpus, with every transform there is.

mod material;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use dockeropt::rewrite::{Chain, Facts, Merge, Options, Outcome, Preserves};
use dockeropt::semantics::Build;
use dockeropt::syntax::Dockerfile;
use dockeropt::text::diff::{lines_changed, unified};
use dockeropt::transforms;
use material::{CorpusFile, say};
use rayon::prelude::*;

/// What runs without flags.
fn default_chain() -> Chain {
    let transforms = transforms::all().map(|(_, transform)| transform).filter(|transform| !transform.opt_in).collect();
    Chain { transforms, options: Options::default() }
}

/// Everything there is, and every merge that is possible.
fn whole_chain() -> Chain {
    let transforms = transforms::all().map(|(_, transform)| transform).collect();
    Chain { transforms, options: Options { merge: Merge::All, ..Options::default() } }
}

fn chains() -> [(&'static str, Chain); 2] {
    [("default", default_chain()), ("everything", whole_chain())]
}

fn run(chain: &Chain, text: &[u8]) -> Outcome {
    let outcome = chain.run(text, &Facts::default()).unwrap();
    assert!(outcome.unstable.is_empty(), "{:?}\n{}", outcome.unstable, String::from_utf8_lossy(text));
    outcome
}

/// Runs `violation` on every corpus file with both chains, and fails with those that return a sentence.
fn every_file(what: &str, violation: impl Fn(&Chain, &CorpusFile) -> Option<String> + Sync) {
    let Some(folder) = material::folder_or_skip(what) else { return };
    let corpus = material::corpus(&folder);
    let mut violations = Vec::new();
    for (name, chain) in chains() {
        violations.par_extend(corpus.par_iter().filter_map(|file| {
            let violation = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| violation(&chain, file)));
            let violation = violation.unwrap_or_else(|_| Some("panic".to_owned()));
            violation.map(|violation| format!("{} ({name}): {violation}", file.id))
        }));
    }
    say(&format!("{what}: {} files, 2 chains, {} violations", corpus.len(), violations.len()));
    assert!(violations.is_empty(), "{what}:\n{}", violations.join("\n"));
}

#[test]
fn reading_loses_nothing() {
    every_file("reading loses nothing", |_, file| {
        let read = Dockerfile::parse(file.text.as_slice());
        let text: Vec<u8> = read.items().iter().flat_map(|item| read.slice(item.range).to_vec()).collect();
        (text != file.text).then(|| "the items do not tile the file".to_owned())
    });
}

#[test]
fn a_second_run_changes_nothing() {
    every_file("a second run changes nothing", |chain, file| {
        let once = run(chain, &file.text).after;
        let twice = run(chain, &once).after;
        (once != twice).then(|| String::from_utf8_lossy(&unified(b"twice", &once, &twice)).into_owned())
    });
}

#[test]
fn what_buildkit_takes_it_takes_after() {
    every_file("what BuildKit takes it takes after", |chain, file| {
        let before = Dockerfile::parse(file.text.as_slice());
        let after = Dockerfile::parse(&*run(chain, &file.text).after);
        let problem = after.problems().first().filter(|_| before.problems().is_empty());
        problem.map(|problem| format!("line {}: {}", problem.line, problem.message))
    });
}

#[test]
fn a_file_that_buildkit_refuses_or_no_transform_fires_on_comes_back_byte_by_byte() {
    every_file("untouched files come back byte by byte", |chain, file| {
        let refused = !Dockerfile::parse(file.text.as_slice()).problems().is_empty();
        let outcome = run(chain, &file.text);
        let stays = refused || outcome.steps.is_empty();
        (stays && *outcome.after != *file.text).then(|| "changed".to_owned())
    });
}

#[test]
fn the_order_within_a_phase_does_not_matter() {
    every_file("the order within a phase does not matter", |chain, file| {
        let ids: Vec<_> = chain.transforms.iter().map(|transform| transform.id).collect();
        let phases = transforms::PHASES.iter().map(|phase| phase.transforms.iter().rev().copied());
        let backwards = phases.flatten().filter(|transform| ids.contains(&transform.id)).collect();
        let backwards = Chain { transforms: backwards, options: chain.options.clone() };
        let (forward, backward) = (run(chain, &file.text).after, run(&backwards, &file.text).after);
        (forward != backward).then(|| String::from_utf8_lossy(&unified(b"order", &forward, &backward)).into_owned())
    });
}

#[test]
fn carriage_returns_and_byte_order_marks_survive() {
    every_file("CRLF and BOM survive", |chain, file| {
        if file.text.contains(&b'\r')
            || file.text.windows(2).any(|pair| pair == b"<<")
            || file.text.starts_with(b"\xEF\xBB\xBF")
        {
            return None;
        }
        let after = run(chain, &file.text).after;
        let crlf = |text: &[u8]| -> Vec<u8> {
            let lines = text.split_inclusive(|&byte| byte == b'\n');
            lines
                .flat_map(|line| line.strip_suffix(b"\n").map_or(line.to_vec(), |line| [line, b"\r\n"].concat()))
                .collect()
        };
        if run(chain, &crlf(&file.text)).after[..] != crlf(&after) {
            return Some("with CRLF the result is another one".to_owned());
        }
        let marked = |text: &[u8]| [b"\xEF\xBB\xBF", text].concat();
        (run(chain, &marked(&file.text)).after[..] != marked(&after))
            .then(|| "with a byte order mark the result is another one".to_owned())
    });
}

#[test]
fn a_missing_final_newline_stays_missing() {
    every_file("a missing final newline stays missing", |chain, file| {
        let after = run(chain, &file.text).after;
        (after.ends_with(b"\n") != file.text.ends_with(b"\n")).then(|| "the end of the file differs".to_owned())
    });
}

#[test]
fn comments_are_never_lost() {
    every_file("comments are never lost", |chain, file| {
        let outcome = run(chain, &file.text);
        let comments = |text: &[u8]| -> Vec<Vec<u8>> {
            let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
            lines.filter(|line| line.starts_with(b"#")).map(<[u8]>::to_vec).collect()
        };
        let mut after = comments(&outcome.after);
        comments(&outcome.before).into_iter().find_map(|comment| {
            match after.iter().position(|other| *other == comment) {
                Some(at) => {
                    after.swap_remove(at);
                    None
                }
                None => Some(String::from_utf8_lossy(&comment).into_owned()),
            }
        })
    });
}

#[test]
fn a_reason_to_leave_an_image_as_it_is_never_speaks_of_what_was_written_here() {
    /// Of users that are made, and of clean-ups.
    const OURS: &[&str] = &["10001", "useradd", "adduser", "65532", "npm cache clean", "/var/lib/apt/lists/*"];
    every_file("reasons are about the text of the user", |chain, file| {
        let outcome = run(chain, &file.text);
        let before = String::from_utf8_lossy(&outcome.before).into_owned();
        outcome.declined.iter().filter(|placed| placed.transform.preserves == Preserves::Intent).find_map(|placed| {
            let because = &placed.value.because;
            let quoted = because.split('`').skip(1).step_by(2);
            let ours = quoted.filter(|quoted| OURS.iter().any(|our| quoted.contains(our)));
            let strange = ours.into_iter().find(|quoted| !before.contains(*quoted))?;
            Some(format!("{}: {because}: `{strange}` is not in the text", placed.transform.id))
        })
    });
}

#[test]
fn every_command_is_still_there() {
    every_file("every command is still there", |chain, file| {
        let outcome = run(chain, &file.text);
        let (before, after) = (commands(&outcome.before), commands(&outcome.after));
        let replaced = |command: &[String]| match command {
            [cd, folder] if cd == "cd" => has_workdir(&outcome.after, folder),
            [_, cache, ..] if cache == "cache" => has_cache_mount(&outcome.after),
            [chown, ..] if chown == "chown" => outcome.after.windows(9).any(|window| window == b" --chown="),
            [chmod, ..] if chmod == "chmod" => outcome.after.windows(9).any(|window| window == b" --chmod="),
            _ => false,
        };
        // A cache mount takes the place of what keeps a cache small.
        let is_switch = |word: &String| ["--no-cache-dir", "--no-cache"].contains(&word.as_str());
        let without_switch = |command: &[String]| -> Vec<String> {
            let drops = has_cache_mount(&outcome.after);
            command.iter().filter(|word| !(drops && is_switch(word))).cloned().collect()
        };
        let before: Vec<_> = before.iter().map(|command| without_switch(command)).collect();
        let is_there = |command: &[String]| after.iter().any(|other| is_in(command, other)) || replaced(command);
        before.iter().find(|command| !is_there(command)).map(|command| format!("lost: {}", command.join(" ")))
    });
}

fn has_cache_mount(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).contains("--mount=type=cache")
}

#[test]
fn a_cache_is_mounted_or_kept_small_but_not_both() {
    every_file("a cache is mounted or kept small", |chain, file| {
        let after = Dockerfile::parse(&*run(chain, &file.text).after);
        let has = |text: &[u8], part: &str| String::from_utf8_lossy(text).contains(part);
        let contradictions = [
            ("id=pip-", "--no-cache-dir"),
            ("id=pip-", "pip cache purge"),
            ("target=/root/.npm", "npm cache clean"),
            ("id=go-build-", "go clean"),
        ];
        // What the file says itself is for its author.
        let added = contradictions.iter().filter(|(mount, _)| !has(&file.text, mount));
        let both = Build::of(&after).runs.iter().find_map(|run| {
            let text = String::from_utf8_lossy(after.slice(run.instruction.range)).into_owned();
            let plain: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
            let plain = plain.join("\n");
            added.clone().find(|(mount, small)| plain.contains(*mount) && plain.contains(*small))
        });
        both.map(|(mount, small)| format!("`{mount}` and `{small}`"))
    });
}

/// Whether a WORKDIR says what a `cd` said.
fn has_workdir(text: &[u8], folder: &str) -> bool {
    String::from_utf8_lossy(text).lines().any(|line| line.trim_end() == format!("WORKDIR {folder}"))
}

/// The words of every simple command of every RUN.
fn commands(text: &[u8]) -> Vec<Vec<String>> {
    let file = Dockerfile::parse(text);
    let build = Build::of(&file);
    build
        .commands()
        .map(|command| command.simple.words.iter().map(|word| command.text(word.range).to_owned()).collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .collect()
}

/// Whether `command` is `other` or was made it by more options, by a merge of installs, or by another spelling of the same program.
fn is_in(command: &[String], other: &[String]) -> bool {
    let same =
        |a: &String, b: &String| a == b || (a.strip_suffix("apt").is_some_and(|path| format!("{path}apt-get") == *b));
    let mut rest = other.iter();
    if command.iter().all(|word| rest.any(|other| same(word, other))) {
        return true;
    }
    // Operands that stood in both of two merged installs are there once.
    same(&command[0], &other[0]) && command.iter().all(|word| other.iter().any(|other| same(word, other)))
}

#[test]
fn no_script_that_a_shell_read_before_is_refused_after() {
    let mut shells = vec!["bash", "dash"];
    shells.retain(|shell| takes(shell, ":") || material::is_here(shell, &format!("scripts read by {shell}")));
    every_file("no script that a shell read is refused after", |chain, file| {
        let outcome = run(chain, &file.text);
        if !outcome.is_changed() {
            return None;
        }
        let (before, after) = (scripts(&outcome.before), scripts(&outcome.after));
        let changed: Vec<_> = after.iter().filter(|script| !before.contains(script)).collect();
        shells.iter().find_map(|shell| {
            let refused = changed.iter().find(|script| !takes(shell, script))?;
            // A script that was refused before may be part of it.
            let was_fine = before.iter().filter(|script| !after.contains(script)).all(|script| takes(shell, script));
            was_fine.then(|| format!("{shell} refuses:\n{refused}"))
        })
    });
}

fn scripts(text: &[u8]) -> Vec<String> {
    let file = Dockerfile::parse(text);
    let build = Build::of(&file);
    build.runs.iter().filter_map(|run| run.text().map(str::to_owned)).collect()
}

fn takes(shell: &str, script: &str) -> bool {
    let mut command = Command::new(shell);
    command.args(["-n", "-c", script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[test]
fn one_patch_of_the_whole_corpus_applies_with_git_and_with_patch() {
    let Some(folder) = material::folder_or_skip("one patch of the whole corpus") else { return };
    let corpus = material::corpus(&folder);
    for (name, chain) in chains() {
        let afters: Vec<_> = corpus.par_iter().map(|file| run(&chain, &file.text).after).collect();
        let patch: Vec<u8> = corpus
            .iter()
            .zip(&afters)
            .flat_map(|(file, after)| unified(file.id.as_bytes(), &file.text, after))
            .collect();
        for tool in [&["git", "apply"][..], &["patch", "-p1", "--binary", "--silent"]] {
            if !material::is_here(tool[0], &format!("one patch of the whole corpus applied with {}", tool[0])) {
                continue;
            }
            let there = tempfile::tempdir().unwrap();
            corpus.iter().for_each(|file| std::fs::write(there.path().join(&file.id), &file.text).unwrap());
            apply(tool, there.path(), &patch);
            let differing = corpus
                .iter()
                .zip(&afters)
                .filter(|(file, after)| std::fs::read(there.path().join(&file.id)).unwrap()[..] != ***after);
            let differing: Vec<_> = differing.map(|(file, _)| &file.id).collect();
            say(&format!(
                "{name}: {} applied the patch of {} files, {} differ",
                tool[0],
                corpus.len(),
                differing.len()
            ));
            assert!(differing.is_empty(), "{differing:?}");
        }
    }
}

fn apply(tool: &[&str], folder: &Path, patch: &[u8]) {
    use std::io::Write;
    let mut child = Command::new(tool[0]).args(&tool[1..]).current_dir(folder).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(patch).unwrap();
    assert!(child.wait().unwrap().success(), "{tool:?} refuses the patch");
}

#[test]
fn the_figures() {
    let Some(folder) = material::folder_or_skip("the figures") else { return };
    let corpus = material::corpus(&folder);
    for (name, chain) in chains() {
        let outcomes: Vec<_> = corpus.par_iter().map(|file| run(&chain, &file.text)).collect();
        let changed: Vec<_> = outcomes.iter().filter(|outcome| outcome.is_changed()).collect();
        let mut lines: Vec<_> = changed.iter().map(|outcome| lines_changed(&outcome.before, &outcome.after)).collect();
        lines.sort_by_key(|lines| lines.added);
        let added = lines.get(lines.len() / 2).map_or(0, |lines| lines.added);
        lines.sort_by_key(|lines| lines.removed);
        let removed = lines.get(lines.len() / 2).map_or(0, |lines| lines.removed);
        say(&format!(
            "\n{name}: {} of {} files changed, median +{added} -{removed} lines",
            changed.len(),
            corpus.len()
        ));
        let mut counts: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for outcome in &outcomes {
            outcome
                .steps
                .iter()
                .for_each(|step| counts.entry(step.transform.id).or_default()[0] += step.rewrites.len());
            outcome.declined.iter().for_each(|declined| counts.entry(declined.transform.id).or_default()[1] += 1);
        }
        say(&format!("{:<22} {:>8} {:>8}", "transform", "rewrites", "declined"));
        counts.iter().for_each(|(id, [rewrites, declined])| say(&format!("{id:<22} {rewrites:>8} {declined:>8}")));
        assert!(name != "default" || (added <= 3 && removed <= 3), "the median patch is small");
    }
}

#[test]
fn every_example_cut_at_every_byte_runs() {
    let chain = whole_chain();
    let examples = examples();
    let cuts = Mutex::new(0usize);
    examples.par_iter().for_each(|text| {
        for end in 0..=text.len() {
            run(&chain, &text.as_bytes()[..end]);
        }
        *cuts.lock().unwrap() += text.len();
    });
    say(&format!("truncation: {} examples, {} cuts, no panic", examples.len(), cuts.lock().unwrap()));
}

/// The Dockerfiles on all pages.
fn examples() -> Vec<String> {
    let pages = transforms::all().flat_map(|(_, transform)| transform.page.split("```dockerfile\n").skip(1));
    pages.filter_map(|rest| rest.split_once("```").map(|(example, _)| example.to_owned())).collect()
}
