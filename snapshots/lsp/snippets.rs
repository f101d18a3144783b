//! The set-ups in `examples/editors`: each is read as its editor reads it, and what it names is run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::editor::{CATALOGUE_DAY, fixed};
use crate::material;

const TEXT: &str = "FROM debian:bookworm\nENV A b\n\nRUN apt-get update && apt-get install -y git\n";

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/editors").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(example(name)).unwrap()
}

/// A folder with a Dockerfile in it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Dockerfile"), TEXT).unwrap();
    folder
}

/// Runs `program` in `folder`, with dockeropt on PATH.
#[track_caller]
fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let own = Path::new(env!("CARGO_BIN_EXE_dockeropt")).parent().unwrap();
    let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("PATH", path).env("HOME", folder);
    command.env("SOURCE_DATE_EPOCH", CATALOGUE_DAY).env("TERM", "dumb");
    command.stdin(std::process::Stdio::null());
    let output = command.output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{program} {arguments:?}: {out}\n{err}");
    out
}

/// What a filter with these words gives, where `place` stands for the path of the file.
#[track_caller]
fn filtered(words: &[&str], place: &str) -> String {
    let folder = folder();
    let file = folder.path().join("Dockerfile").display().to_string();
    let words: Vec<_> = words.iter().map(|word| if *word == place { file.as_str() } else { word }).collect();
    assert!(words.contains(&file.as_str()), "{place} is not among {words:?}");
    run(folder.path(), "sh", &["-c", "\"$@\" < Dockerfile", "sh"].iter().chain(&words).copied().collect::<Vec<_>>())
}

fn saved() -> String {
    fixed(folder().path(), &["--safe"], TEXT)
}

#[test]
fn helix_runs_the_filter_and_the_server() {
    let languages: toml::Table = text("helix-languages.toml").parse().unwrap();
    assert_eq!(languages["language-server"]["dockeropt"]["args"][0].as_str(), Some("lsp"));
    let formatter = &languages["language"][0]["formatter"];
    let mut words = vec![formatter["command"].as_str().unwrap()];
    words.extend(formatter["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()));
    assert_eq!(filtered(&words, "%{buffer_name}"), saved());
}

#[test]
fn zed_runs_the_filter() {
    let settings: serde_json::Value = serde_json::from_str(&text("zed-settings.json")).unwrap();
    let formatter = &settings["languages"]["Dockerfile"]["formatter"]["external"];
    let mut words = vec![formatter["command"].as_str().unwrap()];
    words.extend(formatter["arguments"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()));
    assert_eq!(filtered(&words, "{buffer_path}"), saved());
}

#[test]
fn jetbrains_runs_fix_over_the_saved_file() {
    let watcher = text("jetbrains-watcher.xml");
    let option = |name: &str| {
        let start = format!("<option name=\"{name}\" value=\"");
        let (_, rest) = watcher.split_once(&start).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let folder = folder();
    let file = folder.path().join("Dockerfile");
    let arguments = option("arguments").replace("$FilePath$", &file.display().to_string());
    run(folder.path(), &option("program"), &arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(fs::read_to_string(file).unwrap(), saved());
}

#[test]
fn visual_studio_code_knows_what_is_set() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let extension = fs::read_to_string(root.join("editors/vscode/package.json")).unwrap();
    let extension: serde_json::Value = serde_json::from_str(&extension).unwrap();
    let settings: serde_json::Value = serde_json::from_str(&text("vscode-settings.json")).unwrap();
    let id = ["publisher", "name"].map(|key| extension[key].as_str().unwrap()).join(".");
    assert_eq!(settings["[dockerfile]"]["editor.defaultFormatter"], id);
    let limits = &extension["capabilities"]["untrustedWorkspaces"];
    assert_eq!(limits["supported"], "limited");
    assert!(limits["restrictedConfigurations"].as_array().unwrap().contains(&"dockeropt.path".into()));
    assert!(extension["contributes"].get("configurationDefaults").is_none(), "it does not seize the formatter");
    let package = env!("CARGO_PKG_VERSION");
    assert_eq!(extension["version"], package, "the extension has the version of the program");
}

#[test]
fn vim_filters_on_save_and_keeps_the_place() {
    if !material::is_here("vim", "Vim as an editor") {
        return;
    }
    let folder = folder();
    let file = example("vim.vim").display().to_string();
    let keep = "call cursor(4, 7) | write | call writefile([join(getcurpos()[1:2], ':')], 'place') | quit!";
    let has = run(folder.path(), "vim", &["-es", "-u", "NONE", "--cmd", "verbose echo has('eval')", "-c", "quit!"]);
    if has.contains('0') || !run(folder.path(), "vim", &["--version"]).contains("+eval") {
        material::say("skipped: Vim as an editor: this one was built without scripts");
        return;
    }
    let source = format!("source {file}");
    run(folder.path(), "vim", &["-es", "-u", "NONE", "-N", "-n", "-c", &source, "-c", "edit Dockerfile", "-c", keep]);
    assert_eq!(fs::read_to_string(folder.path().join("Dockerfile")).unwrap(), saved());
    assert_eq!(fs::read_to_string(folder.path().join("place")).unwrap(), "4:7\n");
}

#[test]
fn vim_keeps_cursor_and_marks_with_their_lines() {
    if !material::is_here("vim", "Vim as an editor") {
        return;
    }
    if !run(folder().path(), "vim", &["--version"]).contains("+eval") {
        return material::say("skipped: Vim as an editor: this one was built without scripts");
    }
    let before =
        "FROM debian:bookworm\nRUN apt-get update\nRUN apt-get install -y git\n\nENV A b\nUSER 1\nCMD [\"git\"]\n";
    let folder = folder();
    fs::write(folder.path().join("Dockerfile"), before).unwrap();
    let source = format!("source {}", example("vim.vim").display());
    let marks = "1mark f | 5mark e | 7mark c | call cursor(6, 3)";
    let lines = "[line('$'), getline('.'), col('.'), getline(\"'f\"), getline(\"'e\"), getline(\"'c\")]";
    let save = format!("write | call writefile(map({lines}, 'string(v:val)'), 'kept') | quit!");
    let arguments = ["-es", "-u", "NONE", "-N", "-n", "-c", &source, "-c", "edit Dockerfile", "-c", marks, "-c", &save];
    run(folder.path(), "vim", &arguments);
    let after = fixed(folder.path(), &["--safe"], before);
    assert_eq!(fs::read_to_string(folder.path().join("Dockerfile")).unwrap(), after);
    let count = after.lines().count();
    assert_ne!(count, before.lines().count(), "lines were to move: {after}");
    let kept = fs::read_to_string(folder.path().join("kept")).unwrap();
    let expected = ["'USER 1'", "3", "'FROM debian:bookworm'", "'ENV A=b'", "'CMD [\"git\"]'"];
    assert_eq!(kept.lines().collect::<Vec<_>>(), [&[count.to_string().as_str()], &expected[..]].concat(), "{after}");
}

/// Neovim as it is on PATH, and a newer one where `.ci/run` puts programs for the tests.
fn neovims() -> Vec<String> {
    let newer = material::tools().join("bin/nvim").display().to_string();
    let all = ["nvim".to_owned(), newer];
    all.into_iter().filter(|nvim| material::is_here(nvim, "the set-ups for Neovim")).collect()
}

/// Whether this Neovim has what the set-up for its own client needs.
fn has_client(nvim: &str) -> bool {
    let ask = "call writefile([has('nvim-0.8')], 'has')";
    let folder = folder();
    run(folder.path(), nvim, &["--headless", "--clean", "-n", "-c", ask, "-c", "qall!"]);
    fs::read_to_string(folder.path().join("has")).unwrap() == "1\n"
}

#[test]
fn neovim_is_served_and_formats_once_on_save() {
    for nvim in neovims().iter().filter(|nvim| has_client(nvim)) {
        let count = "lua local format = vim.lsp.buf.format; count = 0; \
            vim.lsp.buf.format = function(options) count = count + 1; options.timeout_ms = 20000; format(options) end";
        let source = format!("luafile {}", example("neovim-lsp.lua").display());
        let save = "lua vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 5) vim.cmd('write') \
            vim.fn.writefile({ tostring(count) }, 'count') vim.cmd('qall!')";
        let folder = folder();
        let mut arguments = vec!["--headless", "--clean", "-n", "-c", count, "-c", &source, "-c", &source];
        arguments.extend(["-c", "edit Dockerfile", "-c", "edit!", "-c", "edit!", "-c", "edit!", "-c", save]);
        run(folder.path(), nvim, &arguments);
        assert_eq!(fs::read_to_string(folder.path().join("Dockerfile")).unwrap(), saved(), "{nvim}");
        assert_eq!(fs::read_to_string(folder.path().join("count")).unwrap(), "1\n", "{nvim}");
    }
}

#[test]
fn an_old_neovim_is_told_in_one_line_what_is_needed() {
    for nvim in neovims().iter().filter(|nvim| !has_client(nvim)) {
        let file = example("neovim-lsp.lua").display().to_string();
        let source = format!("lua vim.fn.writefile({{ vim.fn.execute('luafile {file}') }}, 'said')");
        let folder = folder();
        run(folder.path(), nvim, &["--headless", "--clean", "-n", "-c", &source, "-c", "edit Dockerfile", "-c", "wq"]);
        let said = fs::read(folder.path().join("said")).unwrap();
        let said = String::from_utf8_lossy(&said).replace('\0', "\n");
        assert_eq!(said.trim(), "dockeropt: neovim-lsp.lua needs Neovim 0.8 or later; vim.vim works here");
        assert_eq!(fs::read_to_string(folder.path().join("Dockerfile")).unwrap(), TEXT);
    }
}

#[test]
fn conform_runs_the_filter() {
    if !material::is_here("nvim", "the set-ups for Neovim") {
        return;
    }
    let stand_in = "lua package.preload.conform = function() return { setup = function(options) \
        local formatter = options.formatters[options.formatters_by_ft.dockerfile[1]] \
        local words = { formatter.command, unpack(formatter.args) } \
        io.stdout:write(table.concat(words, '\\n')) end } end";
    let source = format!("luafile {}", example("neovim-conform.lua").display());
    let printed =
        run(folder().path(), "nvim", &["--headless", "--clean", "-c", stand_in, "-c", &source, "-c", "qall!"]);
    assert_eq!(filtered(&printed.lines().collect::<Vec<_>>(), "$FILENAME"), saved());
}

#[test]
fn emacs_runs_the_filter_and_the_server() {
    if !material::is_here("emacs", "the set-ups for Emacs") {
        return;
    }
    let load = |name: &str, before: &str, after: &str| {
        let file = example(name).display().to_string();
        run(folder().path(), "emacs", &["-Q", "--batch", "--eval", before, "-l", &file, "--eval", after])
    };
    let server = load(
        "emacs-eglot.el",
        "(progn (defvar eglot-server-programs nil) (provide 'eglot))",
        "(princ (mapconcat #'identity (cdar eglot-server-programs) \" \"))",
    );
    assert_eq!(server, "dockeropt lsp");
    let format = |is_managed: &str| {
        let before = format!(
            "(progn (defvar eglot-server-programs nil) (provide 'eglot) (defun eglot-ensure ()) \
             (defun eglot-managed-p () {is_managed}) (defun eglot-format-buffer () (princ \"formatted\")))"
        );
        let save = "(with-temp-buffer (dockeropt-serve) (run-hooks 'before-save-hook))";
        load("emacs-eglot.el", &before, save)
    };
    assert_eq!([format("t"), format("nil")], ["formatted", ""], "a text is saved also where nobody serves it");
    let words = load(
        "emacs-apheleia.el",
        "(progn (require 'map) (defvar apheleia-formatters nil) (defvar apheleia-mode-alist nil) (provide 'apheleia))",
        "(dolist (word (alist-get (alist-get 'dockerfile-mode apheleia-mode-alist) apheleia-formatters)) (princ (format \"%s\\n\" word)))",
    );
    assert_eq!(filtered(&words.lines().collect::<Vec<_>>(), "filepath"), saved());
}
