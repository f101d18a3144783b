//! Makes the tables of `src/known` that are too long to be written by hand, out of what was collected about packages and images, and of `needs.txt`:
//! `cargo run --example known -- FOLDER` writes them; without FOLDER it only takes over what `needs.txt` says; with `--check`, it writes nothing and says what
//! is not what it would write.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The releases of Debian that the collected tables have a column for, from old to new.
const SUITES: [&str; 3] = ["bullseye", "bookworm", "trixie"];

/// The official images in the columns of `base-lost-SUITE.tsv` that have a small variant of their own.
const IMAGES: [(&str, usize); 3] = [("python", 3), ("node", 4), ("ruby", 5)];

/// Starts of names of -dev packages that are for desktops, bindings of languages, or fields where nobody has met them in a Dockerfile.
const LEFT_OUT: &str = "dart gir1.2- libdart libglobus libgnat libignition libkf5 libkf6 libkido liblomiri libmate libmrpt libocct \
    libopencascade libosmo libslepc libtrilinos libukui libvisp lua petsc php ruby slepc";

/// How many packages a -dev package stands for at most.
const PACKAGES_MAX: usize = 25;

/// What stands in the first line of each table.
const MADE: &str = "Made by examples/known.rs, not to be edited; what a package needs is a line of needs.txt.";

/// The table of needs that is written by hand, without `.txt`, and how its facts start.
const NEEDS_BY_HAND: &str = "needs";
const FACTS_BY_HAND: [&str; 3] = ["clean ", "may-need ", "needs "];

/// Where the facts about packages of Debian are from.
fn debian() -> String {
    format!("Debian's package indices (main, amd64; {})", SUITES.join(", "))
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (options, folders): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|it| it.starts_with("--"));
    let known = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/known"));
    let tables = match folders.as_slice() {
        [] => with_needs(&known)?.into(),
        [folder] => Vec::from(tables(&Collected::read(Path::new(folder), &known)?)),
        _ => return Err("usage: known [FOLDER] [--check]".into()),
    };
    let mut is_fresh = true;
    for (name, text) in tables {
        let path = known.join(name);
        if !options.iter().any(|option| option == "--check") {
            std::fs::write(path, text)?;
        } else if std::fs::read_to_string(path).ok().as_ref() != Some(&text) {
            eprintln!("src/known/{name} is not what the collected facts and needs.txt say");
            is_fresh = false;
        }
    }
    Ok(if is_fresh { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The collected tables, and the one that is written by hand: the name of each, without its suffix, and its text.
pub struct Collected(pub BTreeMap<String, String>);

impl Collected {
    /// The tables in a folder, and what is written by hand in the folder `known`.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn read(folder: &Path, known: &Path) -> std::io::Result<Self> {
        let by_hand = std::fs::read_to_string(known.join(NEEDS_BY_HAND).with_extension("txt"))?;
        let mut texts = BTreeMap::from([(NEEDS_BY_HAND.to_owned(), by_hand)]);
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "tsv") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                texts.insert(name, std::fs::read_to_string(path)?);
            }
        }
        Ok(Self(texts))
    }

    /// The rows of a table, as cells; a cell that is left out is `-`.
    fn rows(&self, name: &str) -> impl Iterator<Item = Row<'_>> {
        let text = self.0.get(name).map_or("", String::as_str);
        text.lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty())
            .map(|line| Row(line.split('\t').collect()))
    }

    /// What is written by hand of packages of `ecosystem`: the package, and a fact.
    fn by_hand(&self, ecosystem: &str) -> impl Iterator<Item = (&str, &str)> {
        self.rows(NEEDS_BY_HAND).filter_map(move |row| {
            let (package, fact) = (row.cell(0).strip_prefix(ecosystem)?.strip_prefix(' ')?, row.cell(1));
            Some((package, fact))
        })
    }

    /// The day that a table is as of.
    fn day(&self, name: &str) -> &str {
        let text = self.0.get(name).map_or("", String::as_str);
        text.lines().find_map(|line| line.strip_prefix("# made ")?.get(..10)).unwrap_or("an unknown day")
    }
}

/// The tables of packages with what is written by hand in the folder `known` today, and all else as it stands there.
///
/// # Errors
/// If one cannot be read.
pub fn with_needs(known: &Path) -> std::io::Result<[(&'static str, String); 4]> {
    let by_hand = std::fs::read_to_string(known.join(NEEDS_BY_HAND).with_extension("txt"))?;
    let by_hand = Collected([(NEEDS_BY_HAND.to_owned(), by_hand)].into());
    let mut tables = ["node.txt", "php.txt", "python.txt", "ruby.txt"].map(|name| (name, String::new()));
    for (name, text) in &mut tables {
        let ecosystem = name.trim_end_matches(".txt");
        let needy = needy(&by_hand, ecosystem);
        let now = std::fs::read_to_string(known.join(&*name))?;
        let (head, facts): (Vec<_>, Vec<_>) = now.lines().partition(|line| line.starts_with('#'));
        let collected = facts.into_iter().filter(|line| {
            let (package, fact) = line.split_once('\t').unwrap_or_default();
            let is_by_hand = FACTS_BY_HAND.iter().any(|start| fact.starts_with(start)) && !fact.ends_with(" debian");
            !is_by_hand && !(fact == "clean debian" && needy.contains(package))
        });
        let mut facts = Facts(collected.map(str::to_owned).collect());
        by_hand.by_hand(ecosystem).for_each(|(package, fact)| facts.add(package, fact));
        let lines = head.into_iter().chain(facts.0.iter().map(String::as_str));
        *text = lines.fold(String::new(), |text, line| text + line + "\n");
    }
    Ok(tables)
}

struct Row<'c>(Vec<&'c str>);

impl<'c> Row<'c> {
    fn cell(&self, index: usize) -> &'c str {
        self.0.get(index).copied().filter(|cell| !cell.is_empty()).unwrap_or("-")
    }

    /// What stands between `separator` in a cell.
    fn list(&self, index: usize, separator: char) -> impl Iterator<Item = &'c str> + use<'c> {
        self.cell(index).split(separator).filter(|part| !part.is_empty() && *part != "-")
    }

    /// Whether a column says that something is needed by Debian's package.
    fn needs(&self, column: usize) -> bool {
        self.list(column, ' ').any(|written| need(written).is_some())
    }

    /// The values of the columns for the suites from `first` on, and the suites that have each: `*` for all.
    fn by_suite(&self, first: usize) -> Vec<(String, &'c str)> {
        let mut suites: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut last = "-";
        for (index, suite) in SUITES.iter().enumerate() {
            last = Some(self.cell(first + index)).filter(|cell| *cell != "=").unwrap_or(last);
            suites.entry(last).or_default().push(*suite);
        }
        suites.remove("-");
        suites.into_iter().map(|(value, suites)| (named(&suites), value)).collect()
    }
}

/// Suites as a table names them.
fn named(suites: &[&str]) -> String {
    if suites.len() == SUITES.len() { "*".to_owned() } else { suites.join(",") }
}

/// Facts of a table: lines of a key, a tab and a value.
#[derive(Default)]
struct Facts(BTreeSet<String>);

impl Facts {
    fn add(&mut self, key: &str, value: impl AsRef<str>) {
        self.0.insert(format!("{key}\t{}", value.as_ref()));
    }

    fn add_list(&mut self, key: &str, property: &str, names: impl Iterator<Item = impl AsRef<str>>) {
        let names: BTreeSet<_> = names.map(|name| name.as_ref().to_owned()).collect();
        if !names.is_empty() {
            self.add(key, format!("{property} {}", Vec::from_iter(names).join(",")));
        }
    }

    fn under(self, head: &str) -> String {
        let mut text =
            std::iter::once(MADE).chain(head.lines()).fold(String::new(), |text, line| text + "# " + line + "\n");
        self.0.iter().for_each(|fact| writeln!(text, "{fact}").expect("a text can be written to"));
        text
    }
}

/// The tables: the name of each file, and its text.
pub fn tables(collected: &Collected) -> [(&'static str, String); 7] {
    [
        ("brought.txt", brought(collected)),
        ("development.txt", development(collected)),
        ("lost.txt", lost(collected)),
        ("node.txt", node(collected)),
        ("php.txt", php(collected)),
        ("python.txt", python(collected)),
        ("ruby.txt", ruby(collected)),
    ]
}

/// What is told of the needs of a package, in the same words for all ecosystems.
const NEEDS: &str = "\
needs, may-need KIND NAME MARK: a command, a library (by its soname) or a package of Debian that it needs when it runs, or for some of its uses
clean MARK: nothing of the system is needed, as far as MARK tells
MARK: debian (what its package depends on there), wheel (its native code was read), nixpkgs, builders (tables of railpack, nixpacks and fly-apps),
  memory (written down from memory of its documentation, not looked up: no ground for a rewrite that nobody looks at)";

/// `deb?:git[D]`, by Debian's package, is `may-need package git debian`. What has another mark is written by hand.
fn need(written: &str) -> Option<String> {
    let (kind, name) = written.strip_suffix("[D]")?.split_once(':')?;
    let property = if kind.ends_with('?') { "may-need" } else { "needs" };
    Some(format!("{property} {} {name} debian", called(kind.trim_end_matches('?'))))
}

/// What the tables call a kind of thing that is needed.
fn called(kind: &str) -> &str {
    match kind {
        "exec" => "command",
        "soname" => "library",
        _ => "package",
    }
}

impl Facts {
    /// Adds what packages of `ecosystem` need: by Debian's packages, in a column of a collected table, and by hand.
    fn add_needs(&mut self, collected: &Collected, table: &str, column: usize, ecosystem: &str) {
        for row in collected.rows(table) {
            row.list(column, ' ').filter_map(need).for_each(|need| self.add(row.cell(0), need));
        }
        collected.by_hand(ecosystem).for_each(|(package, fact)| self.add(package, fact));
    }
}

/// The packages of `ecosystem` that need something by hand.
fn needy<'c>(collected: &'c Collected, ecosystem: &str) -> BTreeSet<&'c str> {
    let needs = collected.by_hand(ecosystem).filter(|(_, fact)| !fact.starts_with("clean "));
    needs.map(|(package, _)| package).collect()
}

/// Whether the package is in Debian, and without native code there.
fn is_plain_in_debian(cell: &str) -> bool {
    cell.contains("/all/")
}

fn python(collected: &Collected) -> String {
    let needy = needy(collected, "python");
    let mut facts = Facts::default();
    facts.add_needs(collected, "pypi", 7, "python");
    for row in collected.rows("pypi") {
        let (name, kind, debian) = (row.cell(0), row.cell(1), row.cell(9));
        if kind != "unseen" {
            facts.add(name, format!("kind {}", if kind == "pure+wheel" { "both" } else { kind }));
        }
        // Debian's package tells nothing of a wheel with native code.
        let is_same = matches!(kind, "unseen" | "pure" | "source") && row.cell(8) == "-";
        if is_same && is_plain_in_debian(debian) && !row.needs(7) && !needy.contains(name) {
            facts.add(name, "clean debian");
        }
        if debian.contains("/native/") {
            facts.add(name, "native");
        }
        facts.add_list(name, "with", row.list(6, ',').map(|depends| depends.trim_end_matches('?')));
        facts.add_list(name, "links", row.list(8, ','));
    }
    for row in collected.rows("pypi-modules").filter(|row| !row.cell(0).starts_with('-')) {
        facts.add_list(row.cell(0), "modules", row.list(1, ','));
    }
    let debian = debian();
    let day = collected.day("pypi");
    facts.under(&format!(
        "\
Packages of PyPI, by their normalised names: how they are installed on Linux, and what they need of the system. As of {day}; facts from lock files
of public repositories, from {debian}, and from src/known/needs.txt.
kind pure|wheel|both|source|mixed|other-os: the files of its releases in locks: wheels without native code, with native code for Linux, both, only a source
  that is built when installed, different by version, nothing for Linux; no kind: in no lock
native: Debian's package of it has native code
with NAMES: what its newest version in a lock depends on on Linux, under conditions too, without extras; nothing is said of one that is in no lock
links PACKAGES: the packages of Debian's newest release that it links to where it is built from source
modules NAMES: the modules that it brings, where they have other names
{NEEDS}"
    ))
}

fn node(collected: &Collected) -> String {
    let needy = needy(collected, "node");
    let mut facts = Facts::default();
    facts.add_needs(collected, "npm", 7, "node");
    for row in collected.rows("npm") {
        let (name, script, debian) = (row.cell(0), row.cell(1), row.cell(8));
        let told_until = row.list(9, ';').find_map(|note| note.trim().strip_prefix("script: said up to "));
        if script != "?" {
            facts.add(name, format!("script {script} {}", told_until.unwrap_or_default()).trim_end());
        }
        for kind in row.list(4, ' ') {
            facts.add(name, if kind.starts_with("gyp:") { "native" } else { "platform" });
        }
        row.list(5, ' ').for_each(|built| facts.add(name, format!("built {}", built.replacen(':', " ", 1))));
        if !matches!(row.cell(6), "-" | "?") {
            // `,+3` stands for three more.
            facts.add_list(
                name,
                "brings",
                row.list(6, ',').map(|brings| if brings.starts_with('+') { "..." } else { brings }),
            );
        }
        let is_plain = row.cell(4) == "-" && !matches!(script, "yes" | "mixed");
        if is_plain && is_plain_in_debian(debian) && !row.needs(7) && !needy.contains(name) {
            facts.add(name, "clean debian");
        }
    }
    let debian = debian();
    let day = collected.day("npm");
    facts.under(&format!(
        "\
Packages of npm: whether they run a script when installed, have native code, and what they need of the system. As of {day}; facts from lock files of
public repositories, from {debian}, and from src/known/needs.txt.
script no|yes|mixed [VERSION]: whether npm runs a script of it when it is installed (mixed: different by version); VERSION: told up to that one only
native: depends on a helper that builds or loads native code
platform: is itself the build of another package for one platform
built LIBC MACHINES: depends on builds for these machines with Linux, of which one is taken
brings NAMES: those among all it depends on that have a script, native code or needs (`...` for more); where a script is told and
  nothing is brought, there are none
{NEEDS}"
    ))
}

fn ruby(collected: &Collected) -> String {
    let mut facts = Facts::default();
    facts.add_needs(collected, "gems", 6, "ruby");
    for row in collected.rows("gems") {
        let name = row.cell(0);
        match row.cell(1) {
            "yes[D]" => facts.add(name, "native debian"),
            "yes[L]" => facts.add(name, "native lock"),
            "yes[H]" => facts.add(name, "native memory"),
            "no[D]" => facts.add(name, "plain debian"),
            _ => {}
        }
        facts.add_list(name, "built", row.list(4, ','));
    }
    let debian = debian();
    let day = collected.day("gems");
    facts.under(&format!(
        "\
Gems of Ruby: whether they have native code, and what they need of the system. As of {day}; facts from lock files of public repositories, from
{debian}, and from src/known/needs.txt.
native, plain MARK: it has native code or has none, by Debian's package, a lock (it comes for platforms) or memory; a lock alone does not say that there is none
built PLATFORMS: the platforms with Linux or Java that locks name
{NEEDS}"
    ))
}

fn php(collected: &Collected) -> String {
    let mut facts = Facts::default();
    facts.add_needs(collected, "composer", 8, "php");
    for row in collected.rows("composer") {
        let (name, kind) = (row.cell(0), row.cell(1));
        if kind != "-" {
            facts.add(name, format!("kind {kind}"));
        }
        // In brackets: those that are compiled in.
        let extensions = row.list(4, ' ').flat_map(|part| part.trim_matches(['(', ')']).split(','));
        facts.add_list(name, "extensions", extensions);
        facts.add_list(name, "may-extensions", row.list(5, ','));
    }
    for row in collected.rows("php-ext") {
        let key = format!("ext-{}", row.cell(0));
        facts.add(&key, if row.cell(1) == "y" { "inside" } else { "outside" });
        for (suites, libraries) in row.by_suite(2) {
            facts.add(&key, format!("libraries {suites} {libraries}"));
        }
    }
    let debian = debian();
    let day = collected.day("composer");
    facts.under(&format!(
        "\
Packages of Composer and extensions of PHP (`ext-NAME`). As of {day}; facts from lock files of public repositories, from {debian}, from the
Dockerfiles of docker-library/php (MIT), and from src/known/needs.txt.
kind TYPE: its type; composer-plugin runs code when packages are installed
extensions, may-extensions NAMES: the extensions that its newest version in a lock requires, or suggests
inside, outside: whether the official images have the extension compiled in
libraries SUITES PACKAGES: the packages of Debian that the package with the extension links to, which may hold others too; `*` for all suites, or `none`
{NEEDS}"
    ))
}

fn development(collected: &Collected) -> String {
    let is_left_out = |name: &str| {
        LEFT_OUT.split(' ').any(|start| name.starts_with(start))
            || ["-ocaml-dev", "-private-dev"].iter().any(|end| name.ends_with(end))
    };
    let mut facts = Facts::default();
    for row in collected.rows("debian-dev").filter(|row| !is_left_out(row.cell(0))) {
        for (suites, links) in row.by_suite(1) {
            let packages: BTreeSet<_> = links.split(' ').filter_map(|link| link.split(':').next()).collect();
            // Whole families in one package; only that of Boost is met.
            if packages.len() > PACKAGES_MAX && !row.cell(0).starts_with("libboost") {
                continue;
            }
            facts.add(row.cell(0), format!("{suites} {}", Vec::from_iter(packages).join(",")));
        }
    }
    let debian = debian();
    let day = collected.day("debian-dev");
    facts.under(&format!(
        "\
The packages of Debian that what is built with a -dev package links to when it runs: the -dev package, and suites and packages; `*` for all suites.
As of {day}; from {debian}. A suite that is not named has no such package, or nothing is linked to."
    ))
}

fn lost(collected: &Collected) -> String {
    let mut suites: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for suite in SUITES {
        for row in collected.rows(&format!("base-lost-{suite}")) {
            let images =
                IMAGES.iter().filter(|(image, column)| row.cell(*column) == "1" && !is_its_own(row.cell(1), image));
            let images: Vec<_> = images.map(|(image, _)| *image).collect();
            if !images.is_empty() {
                suites.entry((row.cell(0), row.cell(1), images.join(","))).or_default().push(suite);
            }
        }
    }
    let mut facts = Facts::default();
    for ((kind, name, images), suites) in suites {
        facts.add(&format!("{} {name}", called(kind)), format!("{} {images}", named(&suites)));
    }
    let debian = debian();
    let day = collected.day("base-lost-trixie");
    facts.under(&format!(
        "\
What the full official images on Debian have and their slim variants lack: a command in the PATH, a library by its soname, or a package; then suites and
images; `*` for all suites. As of {day}; what the image brings of its own language stays. Facts from {debian}
and from the lists of packages in docker-library/buildpack-deps (MIT), docker-library/python (MIT), docker-library/ruby (BSD-2-Clause) and nodejs/docker-node
(MIT)."
    ))
}

/// Whether the image brings the command itself, in `/usr/local`, beside Debian's.
fn is_its_own(name: &str, image: &str) -> bool {
    image == "python" && matches!(name, "python3" | "pydoc3")
}

fn brought(collected: &Collected) -> String {
    let mut packages: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    // What a full image has is from the package that brings it there.
    for suite in SUITES {
        for row in collected.rows(&format!("base-lost-{suite}")).filter(|row| row.cell(0) != "package") {
            packages.entry((row.cell(0), row.cell(1))).or_default().insert(suite, row.cell(2));
        }
    }
    let needs = [("pypi", 7), ("npm", 7), ("gems", 6), ("composer", 8)];
    let by_debian = needs.iter().flat_map(|(name, column)| {
        collected.rows(name).flat_map(|row| row.list(*column, ' ').filter_map(need).collect::<Vec<_>>())
    });
    let by_hand = collected.rows(NEEDS_BY_HAND).map(|row| row.cell(1).to_owned());
    let needed: BTreeSet<_> = by_debian
        .chain(by_hand)
        .filter_map(|need| {
            let [_, kind, name, _] = need.split(' ').collect::<Vec<_>>()[..] else { return None };
            Some((kind.to_owned(), name.to_owned()))
        })
        .collect();
    for (kind, table) in [("exec", "debian-exec"), ("soname", "debian-soname")] {
        for row in
            collected.rows(table).filter(|row| needed.contains(&(called(kind).to_owned(), row.cell(0).to_owned())))
        {
            for (suites, package) in row.by_suite(1) {
                for suite in SUITES.iter().filter(|suite| suites == "*" || suites.split(',').any(|it| it == **suite)) {
                    // `,+`: others have one of that name too, so it is not said which is meant.
                    if !package.contains('+') || !package.contains(',') {
                        let package = package.trim_end_matches('*');
                        packages.entry((kind, row.cell(0))).or_default().entry(*suite).or_insert(package);
                    }
                }
            }
        }
    }
    let mut facts = Facts::default();
    for ((kind, name), found) in packages {
        let mut suites: BTreeMap<_, Vec<_>> = BTreeMap::new();
        SUITES.iter().for_each(|suite| {
            if let Some(package) = found.get(suite) {
                suites.entry(*package).or_default().push(*suite);
            }
        });
        let key = format!("{} {name}", called(kind));
        for (package, suites) in suites {
            facts.add(&key, format!("{} {package}", named(&suites)));
        }
    }
    let debian = debian();
    let day = collected.day("debian-exec");
    facts.under(&format!(
        "\
The package of Debian that brings a command or a library, by its soname: suites and the package; `*` for all suites. Commands and libraries that slim images
lack, or that a package in python.txt, node.txt, ruby.txt or php.txt needs. As of {day}; from {debian}."
    ))
}
