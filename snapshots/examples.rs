//! What the default chain makes of every example, and what the commands on the pages for users print. `UPDATE=1 cargo test` writes the pages.

#[path = "material/context.rs"]
mod context;

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use context::Folder;
use dockeropt::rewrite::{Chain, Facts, Options, Outcome};
use dockeropt::text::diff::unified;
use dockeropt::transforms;
use dockeropt::world::context::BuildContext;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The folders of examples, and the names of those in them that have one, sorted.
fn examples() -> Vec<(&'static str, String)> {
    let names = |folder| {
        let entries = std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let examples = entries.filter(|path| path.join("Dockerfile").is_file());
        examples.map(move |path| (folder, path.file_name().unwrap().to_string_lossy().into_owned()))
    };
    let mut names: Vec<_> =
        ["examples", "examples/applications", "examples/study"].into_iter().flat_map(names).collect();
    names.sort();
    names
}

/// What the default chain makes of `text`, which stands at `path`.
fn settled(path: &str, text: &[u8]) -> Outcome {
    let transforms = transforms::all().map(|(_, transform)| transform).filter(|transform| !transform.opt_in).collect();
    let chain = Chain { transforms, options: Options::default() };
    let path = Path::new(ROOT).join(path);
    let mut context = Folder(BuildContext::open(path.parent().unwrap(), &path).unwrap());
    let outcome = chain.settle(text, Facts::default(), &mut context).unwrap();
    assert!(outcome.unstable.is_empty(), "{:?}", outcome.unstable);
    outcome
}

#[test]
fn the_default_chain_makes_this_of_every_example() {
    for (folder, name) in examples() {
        let path = format!("{folder}/{name}/Dockerfile");
        let outcome = settled(&path, &std::fs::read(Path::new(ROOT).join(&path)).unwrap());
        insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name.as_str(), told(&path, &outcome));
        });
        assert_eq!(settled(&path, &outcome.after).steps.len(), 0, "{path}: a second run changes nothing");
    }
}

/// The patch, the steps that led to it, and what was left alone, with carriage returns made visible.
fn told(path: &str, outcome: &Outcome) -> String {
    let line = |offset: usize| 1 + outcome.before[..offset].iter().filter(|&&byte| byte == b'\n').count();
    let mut told = String::from_utf8(unified(path.as_bytes(), &outcome.before, &outcome.after)).unwrap();
    told.push_str("\nChanged:\n");
    for rewrite in outcome.steps.iter().flat_map(|step| &step.rewrites) {
        let (line, id) = (line(rewrite.range.start()), rewrite.transform.id);
        writeln!(told, "{line}: {} ({id})", rewrite.value.title).unwrap();
    }
    told.push_str("\nLeft alone:\n");
    let mut declined: Vec<_> = outcome.declined.iter().collect();
    declined.sort_by_key(|declined| declined.range.start());
    for declined in declined {
        let (line, id) = (line(declined.range.start()), declined.transform.id);
        writeln!(told, "{line}: {} ({id})", declined.value.because).unwrap();
    }
    told.replace('\r', "␍")
}

/// Pages with `console` blocks: commands behind `$ `, each with what it prints on standard output.
const PAGES: &[&str] = &["README.md", "examples/README.md", "examples/scale/README.md"];

#[test]
#[cfg(unix)]
fn the_commands_on_the_pages_print_what_stands_there() {
    for path in PAGES {
        let page = std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
        let there = tempfile::tempdir().unwrap();
        run(there.path(), &format!("git init --quiet && cp -R '{ROOT}/examples' '{ROOT}/Dockerfile' ."));
        let printed = with_answers(&page, |command| run(there.path(), command));
        if printed != page && std::env::var_os("UPDATE").is_some() {
            std::fs::write(Path::new(ROOT).join(path), &printed).unwrap();
        } else {
            let difference = unified(path.as_bytes(), page.as_bytes(), printed.as_bytes());
            assert!(printed == page, "UPDATE=1 cargo test writes it:\n{}", String::from_utf8_lossy(&difference));
        }
    }
}

/// The page with the answer of `run` behind every command.
fn with_answers(page: &str, run: impl Fn(&str) -> String) -> String {
    let mut answered = String::new();
    let mut is_console = false;
    for line in page.split_inclusive('\n') {
        let fence = line.strip_prefix("```");
        if let Some(command) = line.strip_prefix("$ ").filter(|_| is_console) {
            answered.push_str(line);
            answered.push_str(&run(command));
        } else if fence.is_some() || !is_console {
            answered.push_str(line);
        }
        is_console = fence.map_or(is_console, |kind| kind.trim_end() == "console");
    }
    answered
}

/// What `command` prints where the examples are.
fn run(folder: &Path, command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_dockeropt")).parent().unwrap().display();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path)
        .envs([("NO_COLOR", "1"), ("SOURCE_DATE_EPOCH", "1787270400")])
        .stdin(Stdio::null());
    let output = shell.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code().is_some_and(|code| code <= 1), "{command}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}
