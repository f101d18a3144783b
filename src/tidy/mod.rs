//! Keeps the house as `src/README.md` says it is: who may use what, where files are, what stands in lists. `UPDATE=1 cargo test` writes the lists.

mod lists;
mod reading;

use std::fs;
use std::path::Path;

use self::reading::{Line, RustFile, files_below, has_path, kebab, leading_word, read, rust_files, words};
use crate::rewrite::Transform;
use crate::transforms::{PHASES, Phase};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const LINES_MAX: usize = 500;

/// Lists of words in code, as there are. Fewer are welcome; a new one is a fact for a table.
const LISTS_MAX: usize = 51;

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
    let transforms = transforms();
    let mut violations = transforms.iter().flat_map(pages_and_names).collect::<Vec<_>>();
    violations.extend(pages_without_a_transform(&transforms));
    let files = rust_files(&["transforms"]);
    violations.extend(files.iter().flat_map(|file| imports_of_other_transforms(file, &transforms)));
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
fn what_is_written_by_machine_is_fresh() -> Result<(), Stale> {
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
    if violations.is_empty() { Ok(()) } else { Err(Stale(violations)) }
}

/// What is not as it is written by machine: a step of the work and no fault, so that it is told without a panic.
struct Stale(Vec<String>);

impl std::fmt::Debug for Stale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
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

/// A transform: a file of its phase, or a folder.
struct Named {
    name: String,
    /// Where its constant stands.
    file: RustFile,
}

impl Named {
    /// Where its page stands: beside the file, and with its name.
    fn page(&self) -> String {
        let folder = self.file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{folder}/{}.md", self.name)
    }
}

fn transforms() -> Vec<Named> {
    let named = |file: RustFile| {
        let name = file.transform()?.to_owned();
        let is_head = [format!("/{name}.rs"), format!("/{name}/mod.rs")].iter().any(|end| file.path.ends_with(end));
        is_head.then_some(Named { name, file })
    };
    rust_files(&["transforms"]).into_iter().filter_map(named).collect()
}

fn pages_and_names(transform: &Named) -> Vec<String> {
    let Named { name, file } = transform;
    let mut violations = Vec::new();
    if !Path::new(ROOT).join(transform.page()).is_file() {
        violations.push(format!("{}:1: it has no page: {name}.md", file.path));
    }
    let id = format!("id: \"{}\"", kebab(name));
    let page = format!("include_str!(\"{name}.md\")");
    for (what, why) in [(id, "its id is its file name with dashes"), (page, "its page has its name")] {
        if !file.text.contains(&what) {
            violations.push(format!("{}:1: {why}: `{what}`", file.path));
        }
    }
    violations
}

fn pages_without_a_transform(transforms: &[Named]) -> Vec<String> {
    let pages = files_below("transforms", "md").into_iter().filter(|path| path != "transforms/README.md");
    let lone = pages.filter(|path| !transforms.iter().any(|transform| transform.page() == *path));
    lone.map(|path| format!("{path}:1: a page without a transform")).collect()
}

/// Places in `transforms/`, but for the lists of the phases, that name a transform to which they do not belong.
fn imports_of_other_transforms(file: &RustFile, transforms: &[Named]) -> Vec<String> {
    file.violations(|line| {
        let others = transforms.iter().map(|transform| transform.name.as_str());
        let others = others.filter(|other| file.transform() != Some(*other));
        let used =
            others.filter(|other| has_path(&line.code, other) || line.code.contains(&format!("super::{other};")));
        used.map(|other| format!("a transform never looks at another one: `{other}`")).collect()
    })
}

/// Places outside `transforms/` that name a transform.
fn mentions(file: &RustFile, transforms: &[Named]) -> Vec<String> {
    let mut violations = Vec::new();
    for line in &file.lines {
        let strings = line.code.split('"').skip(1).step_by(2).collect::<Vec<_>>().join(" ");
        for stem in transforms.iter().map(|transform| transform.name.as_str()) {
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
    modules.filter(|folder| !folder.contains('/')).collect()
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

/// The module of a phase: its first lines, then what is in its folder, as modules and as transforms.
fn phase_module(phase: &str, now: &str) -> String {
    let head: String = now.lines().take_while(|line| line.starts_with("//!")).map(|line| format!("{line}\n")).collect();
    let folder = format!("transforms/{phase}/");
    let all: Vec<_> = transforms().into_iter().filter(|transform| transform.file.path.starts_with(&folder)).collect();
    let modules: String = all.iter().map(|transform| format!("mod {};\n", transform.name)).collect();
    let transforms: String = all.iter().map(|transform| format!("    {},\n", transform.name)).collect();
    format!("{head}\n{modules}\nsuper::phase! {{ \"{phase}\":\n{transforms}}}\n")
}

const TABLE_START: &str = "<!-- from here on written by `UPDATE=1 cargo test` -->\n";

/// The page about transforms with the tables of all of them at its end.
fn with_table(page: &str) -> String {
    let (head, _) = page.split_once(TABLE_START).expect("transforms/README.md says where its tables start");
    let named = transforms();
    format!("{head}{TABLE_START}{}", PHASES.iter().map(|phase| section(phase, &named)).collect::<String>())
}

fn section(phase: &Phase, named: &[Named]) -> String {
    let name = phase.name;
    let module = read(&format!("transforms/{name}/mod.rs"));
    let about = module.lines().next().and_then(|line| line.strip_prefix("//! ")).unwrap_or_default();
    let rows: String = phase.transforms.iter().map(|transform| row(transform, named)).collect();
    let head = "| transform | preserves | runs | rules | why |\n| --- | --- | --- | --- | --- |";
    format!("\n### {name}\n\n{about}\n\n{head}\n{rows}")
}

fn row(transform: &Transform, named: &[Named]) -> String {
    let Transform { id, preserves, rules, .. } = transform;
    let named = named.iter().find(|named| kebab(&named.name) == *id).expect("its id is its file name with dashes");
    let page = named.page().replacen("transforms/", "", 1);
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
