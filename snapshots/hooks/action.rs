//! The GitHub Action: the steps of `action.yml` are run by the shell that GitHub runs them in, with the variables that it sets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use crate::harness::{AFTER, BEFORE, Folder, Output};
use crate::tools::{ROOT, are_here, assert_valid, file, fresh, output, printed, tool, yaml};
use crate::wheel::{wheels_or_skip, without_an_index};

fn action(test: &str) -> Option<Value> {
    Some(yaml(&file("action.yml"), test)?.remove(0))
}

#[test]
fn the_file_is_one_that_github_takes_and_an_auditor_has_nothing_to_say() {
    if are_here(&["check-jsonschema", "zizmor"], "the action for GitHub") {
        let path = Path::new(ROOT).join("action.yml");
        assert_valid(&["--builtin-schema", "vendor.github-actions"], &path);
        printed(tool("zizmor", Path::new(ROOT)).args(["--offline", "--no-progress", "action.yml"]));
    }
}

#[test]
fn what_users_write_reaches_the_shell_by_variables_alone() {
    let Some(action) = action("inputs of the action") else { return };
    let steps = action["runs"]["steps"].as_array().unwrap();
    let mut used = Vec::new();
    for step in steps {
        assert!(!step["run"].as_str().unwrap().contains("${{"), "{}", step["name"]);
        used.extend(step["env"].as_object().unwrap().values().map(|value| value.as_str().unwrap().to_owned()));
    }
    used.sort();
    let mut inputs: Vec<_> =
        action["inputs"].as_object().unwrap().keys().map(|name| format!("${{{{ inputs.{name} }}}}")).collect();
    inputs.sort();
    assert_eq!(used, inputs, "each input is used, and nothing else");
}

/// What came of the steps.
struct Run {
    output: Output,
    summary: String,
    outputs: String,
}

/// What the runner lends to the steps. dockeropt is installed into it once, by the first step.
fn runner(action: &Value, wheels: &'static Path) -> &'static Path {
    static RUNNER: OnceLock<PathBuf> = OnceLock::new();
    RUNNER.get_or_init(|| {
        let runner = fresh("runner");
        let run = step(action, 0, &BTreeMap::new(), &runner, &runner, Some(wheels));
        assert_eq!(run.output.code, 0, "{}{}", run.output.text(), run.output.err);
        runner
    })
}

/// Runs a step in `folder`, with defaults for the inputs that are not among `with`.
fn step(
    action: &Value,
    number: usize,
    with: &BTreeMap<&str, &str>,
    folder: &Path,
    runner: &Path,
    wheels: Option<&Path>,
) -> Run {
    let step = &action["runs"]["steps"][number];
    assert_eq!(step["shell"], "bash");
    let files = tempfile::tempdir().unwrap();
    let [script, summary, outputs] = ["step.sh", "summary.md", "outputs"].map(|name| files.path().join(name));
    std::fs::write(&script, step["run"].as_str().unwrap()).unwrap();
    // So `shell: bash` is run.
    let mut bash = tool("bash", folder);
    bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&script);
    bash.env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_OUTPUT", &outputs).env("RUNNER_TEMP", runner);
    if let Some(wheels) = wheels {
        without_an_index(&mut bash, wheels);
    }
    for (name, value) in step["env"].as_object().unwrap() {
        let input = value.as_str().unwrap().trim_start_matches("${{ inputs.").trim_end_matches(" }}");
        let default = action["inputs"][input]["default"].as_str().unwrap();
        bash.env(name, with.get(input).copied().unwrap_or(default));
    }
    let output = output(&mut bash);
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    Run { output, summary: read(summary), outputs: read(outputs) }
}

/// Runs the action in `folder`.
fn run(folder: &Folder, with: &[(&str, &str)], test: &str) -> Option<Run> {
    let (action, wheels) = (action(test)?, wheels_or_skip(test)?);
    let runner = runner(&action, wheels);
    Some(step(&action, 1, &with.iter().copied().collect(), &folder.path(""), runner, None))
}

/// The lines that GitHub takes for commands: not those between `stop-commands` and its token.
fn commands(log: &str) -> Vec<&str> {
    let mut stopped: Option<&str> = None;
    let mut commands = Vec::new();
    for line in log.lines() {
        match stopped {
            Some(token) if line.trim() == format!("::{token}::") => stopped = None,
            Some(_) => {}
            None => match line.strip_prefix("::stop-commands::") {
                Some(token) => stopped = Some(token),
                None if line.trim_start().starts_with("::") => commands.push(line),
                None => {}
            },
        }
    }
    commands
}

#[test]
fn changes_are_annotated_and_summed_up_and_fail_the_job() {
    let folder = Folder::new(&[("Dockerfile", BEFORE), ("web/Dockerfile", AFTER)]);
    let Some(run) = run(&folder, &[], "the action checks") else { return };
    assert_eq!(run.output.code, 1, "{}", run.output.err);
    let commands = commands(run.output.text());
    assert_eq!(commands.len(), 1, "{commands:?}");
    assert!(
        commands[0].starts_with("::warning title=env-equals,file=Dockerfile,line=2,endLine=2,col="),
        "{}",
        commands[0]
    );
    assert_eq!(
        run.summary,
        "### dockeropt\n\nIt would make these changes:\n\n```diff\n--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,2 +1,2 @@\n FROM a\n-ENV A b\n+ENV A=b\n```\n"
    );
    assert_eq!(run.outputs, "changes=true\n");
    assert_eq!(folder.text("Dockerfile"), BEFORE);
}

#[test]
fn nothing_to_do_is_said_and_fails_nothing() {
    let Some(run) = run(&Folder::new(&[("Dockerfile", AFTER)]), &[], "the action has nothing to do") else { return };
    assert_eq!((run.output.code, run.summary.as_str()), (0, "### dockeropt\n\nNothing to do.\n"), "{}", run.output.err);
    assert_eq!((commands(run.output.text()), run.outputs.as_str()), (Vec::new(), "changes=false\n"));
}

#[test]
fn the_action_fixes_the_paths_it_is_given_with_the_options_it_is_given() {
    let before = "FROM a\nENV A b\nADD a.txt /\n";
    let folder = Folder::new(&[
        ("a b/Dockerfile", before),
        ("web/Dockerfile", before),
        ("c/Dockerfile", before),
        ("a b/a.txt", ""),
    ]);
    let with = [("mode", "fix"), ("paths", "a b\n\nweb/Dockerfile\n"), ("args", "--ignore add-to-copy\n  --offline")];
    let Some(run) = run(&folder, &with, "the action fixes") else { return };
    assert_eq!(run.output.code, 0, "{}{}", run.output.text(), run.output.err);
    let fixed = "FROM a\nENV A=b\nADD a.txt /\n";
    assert_eq!(["a b", "web", "c"].map(|path| folder.text(&format!("{path}/Dockerfile"))), [fixed, fixed, before]);
    assert!(run.summary.contains("It made these changes:\n\n```diff\n--- a/a b/Dockerfile\t\n"), "{}", run.summary);
    assert_eq!(run.outputs, "changes=true\n");
}

#[test]
fn findings_are_written_as_sarif_too() {
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    let Some(run) = run(&folder, &[("sarif-file", "dockeropt.sarif")], "the action writes SARIF") else { return };
    assert_eq!(run.output.code, 1, "{}", run.output.err);
    let sarif: Value = serde_json::from_str(&folder.text("dockeropt.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "env-equals");
}

#[test]
fn files_that_cannot_be_read_fail_the_job_and_the_others_are_still_told() {
    let folder = Folder::new(&[("Dockerfile", BEFORE), ("bad/Dockerfile", "RUNN x\n")]);
    let Some(run) = run(&folder, &[("sarif-file", "dockeropt.sarif")], "the action fails") else { return };
    assert_eq!(run.output.code, 2, "{}", run.output.err);
    let commands = commands(run.output.text());
    assert!(commands[0].starts_with("::error title=dockeropt,file=bad/Dockerfile,line=1::"), "{commands:?}");
    assert!(commands[1].starts_with("::warning title=env-equals,file=Dockerfile,"), "{commands:?}");
    assert!(run.summary.contains("It failed on some files") && run.summary.contains("+ENV A=b"), "{}", run.summary);
}

#[test]
fn the_contents_of_a_repository_give_no_orders_to_the_workflow_or_its_shell() {
    let text = "FROM a\n# ```` <script>\nENV A b\n# $(touch ran) `touch ran`\n";
    let folder = Folder::new(&[
        ("::error::a/Dockerfile", text),
        ("::error::a/Dockerfile.j2", text),
        ("::error::b/bad.Dockerfile", "RUNN ::error::c\n"),
        ("x\n::error::d/Dockerfile", text),
        ("-o/Dockerfile", text),
        ("$(touch ran)/Dockerfile", text),
    ]);
    let with = [("args", "--verbose * $(touch${IFS}ran)"), ("paths", ".\n-o\n$(touch ran)\n")];
    for with in [&[("args", "--verbose")][..], &with] {
        let Some(run) = run(&folder, with, "the action is given what is hostile") else { return };
        assert!(!folder.path("ran").exists());
        let commands = commands(run.output.text());
        let is_ours = |line: &&str| line.contains(" title=") && !line.starts_with("::error::");
        assert!(commands.iter().all(is_ours), "{commands:?}");
        assert_eq!(commands.iter().filter(|line| line.starts_with("::error ")).count(), usize::from(with.len() == 1));
        assert!(!run.output.err.lines().any(|line| line.trim_start().starts_with("::")), "{}", run.output.err);
        // Nothing in the patch ends the block that it stands in.
        let fence = run.summary.lines().find_map(|line| line.strip_suffix("diff"));
        assert_eq!(fence, (with.len() == 1).then_some("`````"), "{}", run.summary);
    }
}

#[test]
fn inputs_that_are_wrong_are_refused() {
    let test = "the action refuses";
    let (Some(action), Some(wheels)) = (action(test), wheels_or_skip(test)) else { return };
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    for (number, name, value) in [(0, "version", "0.1.0 --index-url=x"), (0, "version", ""), (1, "mode", "destroy")] {
        let run =
            step(&action, number, &BTreeMap::from([(name, value)]), &folder.path(""), &folder.path(""), Some(wheels));
        assert_eq!(run.output.code, 2, "{name} {value}");
        assert!(
            commands(run.output.text())[0].starts_with("::error title=dockeropt::the input "),
            "{}",
            run.output.text()
        );
    }
    assert_eq!(folder.text("Dockerfile"), BEFORE);
}

#[test]
fn options_that_are_wrong_are_named_in_the_log() {
    let folder = Folder::new(&[("Dockerfile", BEFORE)]);
    let with = [("args", "--no-such-option"), ("sarif-file", "dockeropt.sarif")];
    let Some(run) = run(&folder, &with, "the action is given no option") else { return };
    assert_eq!(run.output.code, 2);
    assert!(run.output.text().contains("'--no-such-option'"), "{}", run.output.text());
}
