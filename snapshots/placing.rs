//! A command that is added to a script changes nothing else: scripts are run with and without it, in real shells.

mod material;

use std::process::{Command, Stdio};

use dockeropt::semantics::{Build, Placement};
use dockeropt::syntax::Dockerfile;
use dockeropt::text::EditSet;
use material::say;

/// Scripts whose commands `A`, `B` and `C` are each tried as one that succeeds and one that fails.
const SCRIPTS: &[&str] = &[
    "A",
    "A && B",
    "A || B",
    "A && B || C",
    "A || B && C",
    "A; B",
    "A; B && C",
    "A; B || C",
    "set -e; A; B",
    "set -e; A; B && C",
    "set -e; A && B; C",
    "set -e; A; B || C",
    "set -eux; A; B; C",
    "set -ex && A && B",
    "set -e; A; ! B",
    "set -e; ! A; ! B",
    "! A",
    "! A && B",
    "A; ! B",
    "set -e; A; ! { B; C; }",
    "set -e; A; (B; C)",
    "A; (B; C)",
    "A; (set -e; B; C)",
    "A; { B; C; }",
    "set -e; A; { B; C; }",
    "set -e; A; if B; then C; fi",
    "A; if B; then C; fi",
    "A; if B; then C; else A; fi",
    "set -e; for x in 1 2; do A; B; done",
    "for x in 1 2; do A; B; done",
    "set -e; case x in x) A; B;; esac",
    "f() { A; B; }; f",
    "set -e; f() { A; B; }; f",
    "set -e; f() { A; B; }; f && C",
    "set -e; A | B",
    "A | B",
    "set +e; A; B",
    "set -e; set +e; A; B",
    "A; set -e; B; C",
    "set -e; A; exit 0",
    "set -e; A; exec true",
    "A & wait; B",
    "A; B &",
    "A; B;",
    "set -e; A; B # done",
    "A && B # done",
    "set -e; x=$(A); B",
    "x=$(A)",
    "set -o errexit; A; B",
    "[ -n x ] && A",
    "set -e; A; [ -n '' ] && B",
    "while A; do B; break; done",
    "set -e; until A; do B; break; done",
    "test -d / && { A; B; }",
    "set -e; test -d / && { A; B; }",
    "A >/dev/null; B 2>&1",
    "set -e; A; cat <<X\ntext\nX\n",
];

/// The script with `touch MARK` appended, as a RUN's script is changed; `None` if that is declined.
fn appended(script: &str) -> Option<String> {
    let text = format!("FROM x\nRUN <<EOF_OF_SCRIPT\n{script}\nEOF_OF_SCRIPT\n");
    let file = Dockerfile::parse(text);
    assert!(file.problems().is_empty(), "{script}");
    let build = Build::of(&file);
    let edit = Placement::of(&file, &build.runs[0])?.append("touch MARK").ok()?;
    let mut edits = EditSet::default();
    edits.add(&[edit]).unwrap();
    let after = Dockerfile::parse(edits.apply(file.source()));
    Build::of(&after).runs[0].text().map(|text| text.trim_end().to_owned())
}

/// Whether the script succeeds, and whether it has left the mark.
fn run(shell: &[&str], script: &str) -> (bool, bool) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(["-c", script]).current_dir(folder.path());
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    (status.success(), folder.path().join("MARK").exists())
}

#[test]
fn an_appended_command_runs_exactly_if_the_script_succeeds_and_changes_no_result() {
    let shells: Vec<&[&str]> = [&["dash"][..], &["bash"], &["busybox", "sh"]]
        .into_iter()
        .filter(|shell| {
            Command::new(shell[0]).arg("-c").arg(":").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
        })
        .collect();
    say(&format!("appending: in {}", shells.iter().map(|shell| shell[0]).collect::<Vec<_>>().join(", ")));
    let (mut runs, mut declined) = (0, Vec::new());
    for template in SCRIPTS {
        for results in 0..8 {
            let names = ["A", "B", "C"];
            let result = |index: usize| if results & (1 << index) == 0 { "true" } else { "false" };
            let script = names
                .iter()
                .enumerate()
                .fold((*template).to_owned(), |script, (index, name)| replaced(&script, name, result(index)));
            let Some(after) = appended(&script) else {
                declined.push(*template);
                break;
            };
            for shell in &shells {
                let (succeeds, _) = run(shell, &script);
                runs += 1;
                assert_eq!(run(shell, &after), (succeeds, succeeds), "{shell:?}\nbefore:\n{script}\nafter:\n{after}");
            }
        }
    }
    say(&format!("appending: {runs} scripts run before and after, 0 differ; declined: {}", declined.join(" · ")));
    assert!(declined.len() < SCRIPTS.len() / 3);
}

/// `script` with the word `name` replaced.
fn replaced(script: &str, name: &str, by: &str) -> String {
    let words = script.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(|word| match word.strip_prefix(name) {
            Some(rest) if rest.chars().all(|c| !c.is_ascii_alphanumeric()) => format!("{by}{rest}"),
            _ => word.to_owned(),
        })
        .collect()
}
