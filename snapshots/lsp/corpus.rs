//! Over the whole corpus: what an editor makes of a file by an action is what the command line makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use dockeropt::syntax::Dockerfile;
use rayon::prelude::*;
use serde_json::Value;

use crate::editor::{Editor, able, applied, carried_out, fixed, program, uri};
use crate::material;

const SAFE: &str = "source.fixAll.dockeropt";
const ALL: &str = "source.fixAll.dockeropt.all";

/// A file of the corpus in a folder of its own, and what the editor was offered.
struct Case {
    path: PathBuf,
    text: String,
    /// By the arguments of the command line that do the same.
    offered: BTreeMap<String, String>,
    /// What formatting gives.
    formatted: String,
}

#[test]
fn every_action_gives_what_the_command_line_gives() {
    let Some(shared) = material::folder_or_skip("actions over the corpus") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut cases: Vec<_> = material::corpus(&shared)
        .into_iter()
        .filter_map(|file| {
            let text = String::from_utf8(file.text).ok()?;
            let path = folder.path().join(&file.id).join("Dockerfile");
            std::fs::create_dir(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
            Some(Case { path, text, offered: BTreeMap::new(), formatted: String::new() })
        })
        .collect();
    let half = cases.len().div_ceil(2);
    cases.par_chunks_mut(half).for_each(|cases| {
        let mut editor = Editor::start(folder.path(), able());
        cases.iter_mut().for_each(|case| case.fill(&mut editor));
    });

    let wrong = Mutex::new(Vec::new());
    cases.par_iter().for_each(|case| {
        let arguments = ["--safe", "--stdin-filename", "Dockerfile"];
        let is_refused = !Dockerfile::parse(case.text.as_str()).problems().is_empty();
        assert!(!is_refused || case.offered.is_empty(), "{}: it is refused", case.path.display());
        let there = case.path.parent().unwrap();
        let safe = if is_refused { case.text.clone() } else { fixed(there, &arguments, &case.text) };
        let offered = case.offered.get("--safe").unwrap_or(&case.text);
        if *offered != safe || case.formatted != safe {
            wrong.lock().unwrap().push(format!("{}: --safe", case.path.display()));
        }
    });
    let arguments: BTreeSet<_> = cases.iter().flat_map(|case| case.offered.keys()).collect();
    let mut count = 0;
    for arguments in arguments.into_iter().filter(|arguments| *arguments != "--safe") {
        let cases: Vec<_> = cases.iter().filter(|case| case.offered.contains_key(arguments)).collect();
        fix(folder.path(), arguments, &cases);
        for case in &cases {
            if std::fs::read_to_string(&case.path).unwrap() != case.offered[arguments] {
                wrong.lock().unwrap().push(format!("{}: {arguments}", case.path.display()));
            }
            std::fs::write(&case.path, &case.text).unwrap();
        }
        count += cases.len();
    }
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    material::say(&format!(
        "{} files, {count} actions and as many formattings as files: as the command line",
        cases.len()
    ));
}

/// Runs the program in place over the files of `cases`.
fn fix(folder: &Path, arguments: &str, cases: &[&Case]) {
    let mut command = program(folder);
    command.args(["fix", "--quiet", "--max-file-size", "100000000"]).args(arguments.split_whitespace());
    command.args(cases.iter().map(|case| &case.path));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Case {
    fn fill(&mut self, editor: &mut Editor) {
        let uri = uri(&self.path);
        editor.open(&uri, &self.text);
        let actions = editor.actions(&uri, [0, u32::MAX], None);
        for action in &actions {
            let (after, others) = carried_out(&action["edit"], &uri, &self.text);
            assert!(others.is_empty(), "{}: a file beside a Dockerfile that stands alone", self.path.display());
            match arguments(action) {
                Some(arguments) => drop(self.offered.insert(arguments, after)),
                None => assert!(Dockerfile::parse(after).problems().is_empty(), "{}: {action:#}", self.path.display()),
            }
        }
        self.formatted = applied(&self.text, &editor.formatting(&uri));
        editor.close(&uri);
    }
}

/// What to tell the command line for the same; one rewrite alone it can only be told interactively.
fn arguments(action: &Value) -> Option<String> {
    let title = action["title"].as_str().unwrap();
    match action["kind"].as_str().unwrap() {
        SAFE => Some("--safe".to_owned()),
        ALL => Some(String::new()),
        _ => {
            let id = title.strip_prefix("All of ")?.strip_suffix(" in this file")?;
            Some(format!("--select {id}"))
        }
    }
}
