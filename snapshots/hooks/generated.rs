//! The manual pages and completions in the wheel: `UPDATE=1 cargo test --test hooks` writes them, and shells load them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::harness::Folder;
use crate::material::is_here;
use crate::tools::{ROOT, printed, tool};

const SHARE: &str = "packaging/wheel/data/share";

/// Where each shell looks below `share`.
const COMPLETIONS: &[(&str, &str)] = &[
    ("bash", "bash-completion/completions/dockeropt"),
    ("fish", "fish/vendor_completions.d/dockeropt.fish"),
    ("zsh", "zsh/site-functions/_dockeropt"),
];

/// All files of `folder`, by their names in it.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap());
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

/// What the program writes now: the text of each file by its path below `share`.
fn generated() -> BTreeMap<String, String> {
    let folder = Folder::new(&[]);
    assert_eq!(folder.run("man pages").code, 0);
    let pages = files(&folder.path("pages")).into_iter().map(|(name, text)| (format!("man/man1/{name}"), text));
    let completions = COMPLETIONS
        .iter()
        .map(|(shell, path)| ((*path).to_owned(), folder.run(&format!("completions {shell}")).text().to_owned()));
    pages.chain(completions).collect()
}

#[test]
fn what_is_in_the_wheel_is_what_the_program_writes() {
    let share = Path::new(ROOT).join(SHARE);
    let generated = generated();
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&share);
        for (path, text) in &generated {
            fs::create_dir_all(share.join(path).parent().unwrap()).unwrap();
            fs::write(share.join(path), text).unwrap();
        }
    }
    for (path, text) in &generated {
        let found = fs::read_to_string(share.join(path)).unwrap_or_default();
        assert!(found == *text, "{SHARE}/{path} is stale: UPDATE=1 cargo test --test hooks");
    }
    for name in files(&share.join("man/man1")).keys() {
        assert!(
            generated.contains_key(&format!("man/man1/{name}")),
            "{name} is of no command: UPDATE=1 cargo test --test hooks"
        );
    }
}

/// What a shell offers for `dockeropt fi` must be `fix`, after it has loaded the completions as it does by itself.
#[track_caller]
fn completes(shell: &str, arguments: &[&str], script: &str) {
    if is_here(shell, &format!("completions in {shell}")) {
        let share = Path::new(ROOT).join(SHARE);
        let offered = printed(
            tool(shell, Folder::new(&[]).path("").as_path()).args(arguments).args(["-c", script]).env("SHARE", share),
        );
        assert!(
            offered.lines().any(|line| line.split_whitespace().next() == Some("fix")),
            "{shell} offers {offered:?}"
        );
    }
}

#[test]
fn bash_completes_commands() {
    completes(
        "bash",
        &["--norc"],
        r#"
        source "$SHARE/bash-completion/completions/dockeropt"
        read -r -a words <<<"$(complete -p dockeropt)"
        for at in "${!words[@]}"; do [[ ${words[at]} != -F ]] || function=${words[at + 1]}; done
        COMP_WORDS=(dockeropt fi) COMP_CWORD=1 COMP_LINE='dockeropt fi' COMP_POINT=12
        "$function" dockeropt fi dockeropt
        printf '%s\n' "${COMPREPLY[@]}"
        "#,
    );
}

#[test]
fn zsh_completes_commands() {
    // What zsh offers is seen only on its terminal, so what it would describe is printed instead.
    completes(
        "zsh",
        &["-f"],
        r#"
        fpath=("$SHARE/zsh/site-functions" $fpath)
        autoload -U compinit && compinit -u -D
        [[ ${_comps[dockeropt]} = _dockeropt ]] || exit 1
        autoload +X _dockeropt
        _describe() { print -l -- ${(P)4//:/ }; }
        source "$SHARE/zsh/site-functions/_dockeropt"
        _dockeropt_commands
        "#,
    );
}

#[test]
fn fish_completes_commands() {
    completes(
        "fish",
        &["--no-config"],
        r#"source "$SHARE/fish/vendor_completions.d/dockeropt.fish"; complete -C 'dockeropt fi'"#,
    );
}

#[test]
fn manual_pages_are_read_without_a_warning() {
    if !is_here("man", "manual pages") || !is_here("groff", "manual pages") {
        return;
    }
    let folder = Path::new(ROOT).join(SHARE).join("man/man1");
    for name in files(&folder).keys() {
        let output =
            crate::tools::output(tool("man", &folder).args(["--warnings", "-E", "UTF-8", "-l"]).arg(folder.join(name)));
        assert_eq!((output.code, output.err.as_str()), (0, ""), "{name}");
        assert!(output.text().contains("SYNOPSIS"), "{name}");
    }
}
