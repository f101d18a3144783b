//! Keeps the house as `src/README.md` says it is: who may use what, where files are, what stands in lists. `UPDATE=1 cargo test` writes the lists.

mod lists;

use std::fs;
use std::path::{Path, PathBuf};

use crate::rewrite::Transform;
use crate::transforms::{PHASES, Phase};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const LINES_MAX: usize = 500;

/// Lists of words in code, as there are. Fewer are welcome; a new one is a fact for a table.
const LISTS_MAX: usize = 150;

/// A check gives a sentence for each violation, with file and line in front.
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn rooms_use_only_what_the_floor_table_gives_them() {
    let rooms = floor_table();
    let pure = rooms.iter().position(|room| room.name == "world").expect("the floor table has the room `world`");
    let mut violations = table_points_down(&rooms);
    for file in rust_files(&["src", "transforms"]) {
        let Some(index) = rooms.iter().position(|room| file.room() == Some(&room.name)) else {
            violations.extend(file.room().map(|room| format!("{}:1: the floor table has no room `{room}`", file.path)));
            continue;
        };
        violations.extend(imports_of_other_rooms(&file, &rooms[index]));
        violations.extend(imports_of_crates(&file, &rooms[index]));
        if index < pure {
            violations.extend(touches_of_the_world(&file));
        }
    }
    assert_none(&violations);
}

#[test]
fn transforms_stand_alone() {
    let transforms = transform_files();
    let mut violations = transforms.iter().flat_map(pages_and_names).collect::<Vec<_>>();
    violations.extend(pages_without_a_transform(&transforms));
    violations.extend(transforms.iter().flat_map(|file| imports_of_other_transforms(file, &transforms)));
    violations.extend(rust_files(&["src"]).iter().flat_map(|file| mentions(file, &transforms)));
    violations.extend(phases_not_in_the_chain());
    assert_none(&violations);
}

#[test]
fn every_file_is_tidy() {
    let files = rust_files(&["src", "transforms", "snapshots"]);
    assert_none(&files.iter().flat_map(untidy_lines).collect::<Vec<_>>());
}

#[test]
fn facts_stand_in_tables() {
    // The words of the languages that are read are the parsers' own.
    let files: Vec<_> =
        rust_files(&["src", "transforms"]).into_iter().filter(|file| file.room() != Some("syntax")).collect();
    let lists: Vec<_> =
        files.iter().flat_map(|file| lists::lists(file).into_iter().map(move |list| (file, list))).collect();
    let shared = lists.iter().filter(|(_, list)| list.is_shared);
    let mut violations: Vec<_> =
        shared.map(|(file, list)| format!("{}:{}: a list that several use is a table", file.path, list.line)).collect();
    for (index, (file, list)) in lists.iter().enumerate() {
        let twin = lists[..index].iter().find(|(_, other)| other.words == list.words);
        violations.extend(twin.map(|(other, twin)| {
            format!("{}:{}: it is the list of {}:{}", file.path, list.line, other.path, twin.line)
        }));
    }
    if lists.len() > LISTS_MAX {
        let places = lists.iter().map(|(file, list)| format!("{}:{}: {}", file.path, list.line, list.words.join(" ")));
        violations.extend(places);
        violations.push(format!("there are {} lists of words in code, and {LISTS_MAX} before", lists.len()));
    }
    assert_none(&violations);
}

#[test]
fn tables_are_sorted_and_say_where_they_are_from() {
    let tables = ["src", "transforms"].iter().flat_map(|folder| files_below(folder, "txt"));
    let tables = tables.filter(|path| path != "src/catalogue/catalogue.txt");
    assert_none(&tables.flat_map(|path| untidy_facts(&path)).collect::<Vec<_>>());
}

#[test]
fn no_path_of_a_developers_machine_is_written_down() {
    let files = ["rs", "md", "toml", "snap"].iter().flat_map(|suffix| files_below("", suffix));
    assert_none(&files.flat_map(|path| machine_paths(&path)).collect::<Vec<_>>());
}

#[test]
fn what_is_written_by_machine_is_fresh() {
    let lists = folders_of_phases().into_iter().map(|phase| {
        let path = format!("transforms/{phase}/mod.rs");
        let written = phase_module(&phase, &read(&path));
        (path, written)
    });
    let mut violations: Vec<_> = lists.filter_map(|(path, written)| stale(&path, &written)).collect();
    if is_update() {
        // What is compiled has changed with them: the pages and the table follow.
        violations.iter_mut().for_each(|list| list.push_str("; it is written now, run the tests again"));
    }
    let table = stale("transforms/README.md", &with_table(&read("transforms/README.md")));
    violations.extend(table.filter(|_| !is_update()));
    assert_none(&violations);
}

// --- the floor table

/// A row of the floor table.
struct Room {
    name: String,
    may_use: Vec<String>,
    crates: Vec<String>,
}

fn floor_table() -> Vec<Room> {
    let page = read("src/README.md");
    let rows = page.lines().skip_while(|line| !line.starts_with("| room |")).skip(2);
    let cells = rows.map_while(|row| row.strip_prefix('|')).map(|row| row.split('|').map(in_backticks));
    cells
        .map(|mut cells| Room {
            name: cells.next().unwrap_or_default().concat(),
            may_use: cells.nth(1).unwrap_or_default(),
            crates: cells.next().unwrap_or_default(),
        })
        .collect()
}

fn in_backticks(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn table_points_down(rooms: &[Room]) -> Vec<String> {
    let is_below = |index: usize, name: &String| rooms[..index].iter().any(|room| room.name == *name);
    let upward = rooms.iter().enumerate().flat_map(|(index, room)| {
        room.may_use.iter().filter(move |name| !is_below(index, name)).map(|name| (room.name.as_str(), name))
    });
    upward
        .map(|(room, name)| format!("src/README.md: `{room}` may not use `{name}`, which does not stand below it"))
        .collect()
}

fn imports_of_other_rooms(file: &RustFile, room: &Room) -> Vec<String> {
    let wrong = |line: &Line| {
        let used = line.code.match_indices("crate::").map(|(at, found)| leading_word(&line.code[at + found.len()..]));
        let wrong = used.filter(|used| *used != room.name && !room.may_use.iter().any(|name| name == used));
        wrong
            .map(|used| match used {
                "" => "import one room a line, so that it is seen which".to_owned(),
                _ => format!("`{}` may not use `{used}`", room.name),
            })
            .collect::<Vec<_>>()
    };
    file.violations(wrong)
}

fn imports_of_crates(file: &RustFile, room: &Room) -> Vec<String> {
    let crates = dependencies();
    let wrong = |line: &Line| {
        let foreign = crates.iter().filter(|name| !room.crates.contains(name) && has_path(&line.code, name));
        foreign.map(|name| format!("`{}` is not given the crate `{name}`", room.name)).collect::<Vec<_>>()
    };
    file.violations(wrong)
}

/// The crates that the package depends on, as Rust spells them.
fn dependencies() -> Vec<String> {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("Cargo.toml is TOML");
    let names = manifest["dependencies"].as_table().expect("dependencies are a table").keys();
    names.map(|name| name.replace('-', "_")).collect()
}

/// What only rooms from `world` upward may do.
const OF_THE_WORLD: &[&str] =
    &["std::fs", "std::net", "std::process", "std::env", "println!", "print!", "eprintln!", "eprint!"];

fn touches_of_the_world(file: &RustFile) -> Vec<String> {
    file.violations(|line| {
        let touches = OF_THE_WORLD.iter().filter(|what| words(&line.code, what).next().is_some());
        let touches = touches.map(|what| format!("`{what}` below `world`, where nothing touches the world"));
        let hidden = line
            .code
            .contains("std::{")
            .then(|| "import one module of `std` a line, so that it is seen which".to_owned());
        touches.chain(hidden).collect()
    })
}

// --- transforms

/// The files of the phases: each is a transform.
fn transform_files() -> Vec<RustFile> {
    let files = rust_files(&["transforms"]).into_iter();
    files.filter(|file| file.path.matches('/').count() > 1 && file.stem() != "mod").collect()
}

fn pages_and_names(file: &RustFile) -> Vec<String> {
    let stem = file.stem();
    let mut violations = Vec::new();
    if !Path::new(ROOT).join(&file.path).with_extension("md").is_file() {
        violations.push(format!("{}:1: it has no page: {stem}.md", file.path));
    }
    let id = format!("id: \"{}\"", kebab(stem));
    let page = format!("include_str!(\"{stem}.md\")");
    for (what, why) in [(id, "its id is its file name with dashes"), (page, "its page has its name")] {
        if !file.text.contains(&what) {
            violations.push(format!("{}:1: {why}: `{what}`", file.path));
        }
    }
    violations
}

fn pages_without_a_transform(transforms: &[RustFile]) -> Vec<String> {
    let pages = files_below("transforms", "md").into_iter().filter(|path| path != "transforms/README.md");
    let lone =
        pages.filter(|path| !transforms.iter().any(|file| file.path.strip_suffix(".rs") == path.strip_suffix(".md")));
    lone.map(|path| format!("{path}:1: a page without a transform")).collect()
}

fn imports_of_other_transforms(file: &RustFile, transforms: &[RustFile]) -> Vec<String> {
    file.violations(|line| {
        let others = transforms.iter().map(RustFile::stem).filter(|other| *other != file.stem());
        let used =
            others.filter(|other| has_path(&line.code, other) || line.code.contains(&format!("super::{other};")));
        used.map(|other| format!("a transform never looks at another one: `{other}`")).collect()
    })
}

/// Places outside `transforms/` that name a transform.
fn mentions(file: &RustFile, transforms: &[RustFile]) -> Vec<String> {
    let mut violations = Vec::new();
    for line in &file.lines {
        let strings = line.code.split('"').skip(1).step_by(2).collect::<Vec<_>>().join(" ");
        for stem in transforms.iter().map(RustFile::stem) {
            let is_path = line.code.contains("transforms::") && words(&line.code, stem).next().is_some();
            if is_path || [stem, &kebab(stem)].iter().any(|name| words(&strings, name).next().is_some()) {
                violations.push(format!("{}:{}: it names the transform `{}`", file.path, line.number, kebab(stem)));
            }
        }
    }
    violations
}

fn phases_not_in_the_chain() -> Vec<String> {
    let missing = folders_of_phases().into_iter().filter(|folder| !PHASES.iter().any(|phase| phase.name == folder));
    missing.map(|folder| format!("transforms/mod.rs:1: PHASES does not have `{folder}::PHASE`")).collect()
}

fn folders_of_phases() -> Vec<String> {
    let modules = files_below("transforms", "rs")
        .into_iter()
        .filter_map(|path| path.strip_prefix("transforms/")?.strip_suffix("/mod.rs").map(str::to_owned));
    modules.collect()
}

// --- what is written by machine

fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// A sentence if the file is not as it is written by machine. Writes it if that is wanted.
fn stale(path: &str, written: &str) -> Option<String> {
    if read(path) == written {
        return None;
    }
    if is_update() {
        fs::write(Path::new(ROOT).join(path), written).expect("the file can be written");
    }
    Some(format!("{path}:1: it is not what `UPDATE=1 cargo test` writes"))
}

/// The module of a phase: its first lines, then the files of its folder, as modules and as transforms.
fn phase_module(phase: &str, now: &str) -> String {
    let head: String = now.lines().take_while(|line| line.starts_with("//!")).map(|line| format!("{line}\n")).collect();
    let folder = format!("transforms/{phase}/");
    let files: Vec<_> = transform_files().into_iter().filter(|file| file.path.starts_with(&folder)).collect();
    let modules: String = files.iter().map(|file| format!("mod {};\n", file.stem())).collect();
    let transforms: String = files.iter().map(|file| format!("    {},\n", file.stem())).collect();
    format!("{head}\n{modules}\nsuper::phase! {{ \"{phase}\":\n{transforms}}}\n")
}

const TABLE_START: &str = "<!-- from here on written by `UPDATE=1 cargo test` -->\n";

/// The page about transforms with the tables of all of them at its end.
fn with_table(page: &str) -> String {
    let (head, _) = page.split_once(TABLE_START).expect("transforms/README.md says where its tables start");
    format!("{head}{TABLE_START}{}", PHASES.iter().map(section).collect::<String>())
}

fn section(phase: &Phase) -> String {
    let name = phase.name;
    let module = read(&format!("transforms/{name}/mod.rs"));
    let about = module.lines().next().and_then(|line| line.strip_prefix("//! ")).unwrap_or_default();
    let rows: String = phase.transforms.iter().map(|transform| row(name, transform)).collect();
    let head = "| transform | preserves | runs | rules | why |\n| --- | --- | --- | --- | --- |";
    format!("\n### {name}\n\n{about}\n\n{head}\n{rows}")
}

fn row(phase: &str, transform: &Transform) -> String {
    let Transform { id, preserves, rules, .. } = transform;
    let page = format!("{phase}/{}.md", id.replace('-', "_"));
    let runs = if transform.opt_in { "opt-in" } else { "default" };
    let cells = [
        format!("[`{id}`]({page})"),
        preserves.name().to_owned(),
        runs.to_owned(),
        rules.join(" "),
        transform.summary(),
    ];
    let cells =
        cells.map(|cell| if cell.is_empty() { String::new() } else { format!(" {}", cell.replace('|', "\\|")) });
    format!("|{} |\n", cells.join(" |"))
}

// --- every file

fn untidy_lines(file: &RustFile) -> Vec<String> {
    let mut violations = file.violations(|line| {
        // Written apart, so that this file does not find itself.
        let unfinished = ["todo", "unimplemented", "dbg"].iter().map(|name| format!("{name}!"));
        let mut found: Vec<_> = unfinished.filter(|name| words(&line.code, name).next().is_some()).collect();
        if line.code.contains(concat!(".un", "wrap()")) {
            found.push("unwrap outside tests".to_owned());
        }
        found
    });
    for (index, line) in file.text.lines().enumerate() {
        if line.contains('\t') || line.ends_with(' ') {
            violations.push(format!("{}:{}: a tab, or blanks at the end", file.path, index + 1));
        }
    }
    if !file.text.starts_with("//! ") {
        violations
            .push(format!("{}:1: it does not open with a sentence that says what lives here: `//! …`", file.path));
    }
    let count = file.text.lines().count();
    if count > LINES_MAX {
        violations.push(format!("{}:{count}: more than {LINES_MAX} lines; it is two files", file.path));
    }
    violations
}

fn untidy_facts(path: &str) -> Vec<String> {
    let text = read(path);
    let head = text.lines().take_while(|line| line.starts_with('#')).count();
    let facts: Vec<_> = (head + 1..).zip(text.lines().skip(head)).collect();
    let mut violations = Vec::new();
    if head == 0 || !text.ends_with('\n') {
        violations.push(format!("{path}:1: it does not say at its head what it is and where it is from"));
    }
    let is_fact = |line: &str| line.split_once('\t').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty());
    let odd = facts.iter().filter(|(_, line)| !is_fact(line) || line.ends_with(' '));
    violations.extend(odd.map(|(number, _)| format!("{path}:{number}: no key, tab and value")));
    let late = facts.windows(2).filter(|pair| pair[0].1.as_bytes() >= pair[1].1.as_bytes());
    violations.extend(late.map(|pair| format!("{path}:{}: it is not sorted, or there twice", pair[1].0)));
    violations
}

fn machine_paths(path: &str) -> Vec<String> {
    // A checkout directly below the root has a name like those that Dockerfiles use: `/app`.
    let own = Path::new(ROOT).components().count() > 2;
    let homes = [concat!("/", "Users/"), concat!("\\", "Users\\")];
    let found =
        |line: &str| (own && words(line, ROOT).next().is_some()) || homes.iter().any(|home| line.contains(home));
    let text = read(path);
    let lines = text.lines().enumerate().filter(|(_, line)| found(line));
    lines.map(|(index, _)| format!("{path}:{}: a path of a developer's machine", index + 1)).collect()
}

// --- reading files

/// A Rust file, with its path from the root of the repository.
struct RustFile {
    path: String,
    text: String,
    /// Without comments and tests.
    lines: Vec<Line>,
}

struct Line {
    /// From 1.
    number: usize,
    code: String,
}

impl RustFile {
    /// The folder below `src`, or `transforms`. Files directly in `src` belong to no room.
    fn room(&self) -> Option<&str> {
        match self.path.split('/').collect::<Vec<_>>().as_slice() {
            // This test is no part of the house.
            ["src", "tidy", ..] => None,
            ["src", room, _, ..] | [room @ "transforms", ..] => Some(room),
            _ => None,
        }
    }

    fn stem(&self) -> &str {
        Path::new(&self.path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
    }

    fn violations(&self, violations: impl Fn(&Line) -> Vec<String>) -> Vec<String> {
        let with_place =
            |line| violations(line).into_iter().map(|what| format!("{}:{}: {what}", self.path, line.number));
        self.lines.iter().flat_map(with_place).collect()
    }
}

/// Files that exist for tests alone, beside every `tests.rs`.
const TEST_FILES: &[&str] = &["src/tidy/mod.rs", "src/tidy/lists.rs", "transforms/pages.rs"];

fn rust_files(folders: &[&str]) -> Vec<RustFile> {
    let paths = folders.iter().flat_map(|folder| files_below(folder, "rs"));
    paths
        .map(|path| {
            let text = read(&path);
            let is_test =
                path.starts_with("snapshots/") || path.ends_with("/tests.rs") || TEST_FILES.contains(&path.as_str());
            let lines = if is_test { Vec::new() } else { code_lines(&text) };
            RustFile { path, text, lines }
        })
        .collect()
}

/// The lines outside comments and outside items that are compiled for tests alone.
fn code_lines(text: &str) -> Vec<Line> {
    let mut code = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        if line.trim().starts_with("#[cfg(") && words(line, "test").next().is_some() {
            let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
            let is_block = lines.next().is_some_and(|(_, line)| line.ends_with('{'));
            if is_block {
                lines.by_ref().take_while(|(_, line)| *line != end).for_each(drop);
            }
        } else if !line.trim_start().starts_with("//") {
            let line = line.split_once(" // ").map_or(line, |(code, _)| code);
            code.push(Line { number, code: line.to_owned() });
        }
    }
    code
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files with this suffix, sorted, as paths from the root of the repository with `/`. Hidden folders, `target` and `node_modules` are not searched.
fn files_below(folder: &str, suffix: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == suffix) {
                let below = path.strip_prefix(ROOT).expect("the walk starts at the root");
                found.push(below.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

// --- reading lines

fn kebab(stem: &str) -> String {
    stem.replace('_', "-")
}

fn leading_word(text: &str) -> &str {
    &text[..text.find(|c: char| !is_word(c)).unwrap_or(text.len())]
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

/// Where `word` stands in `text` and is not part of a longer word.
fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> {
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |&at| !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word))
}

/// Whether `code` has a path that starts with `name`.
fn has_path(code: &str, name: &str) -> bool {
    words(code, name).any(|at| {
        code[at + name.len()..].starts_with("::") && (!code[..at].ends_with("::") || code[..at].ends_with("super::"))
    })
}
