//! One folder with a program in PHP, for the transform that ships it without Composer and what extensions were compiled with.

use super::FACTS;
use super::code::{self, Manifest};
use crate::bases::lines;
use crate::ecosystems::Sole;
use crate::ecosystems::split::{Ships, Split, Work};
use crate::known::php;
use crate::programs::files;
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::{is_within, joined};

/// Where the official images have extensions, and what switches them on.
const EXTENSIONS: &str = "/usr/local/lib/php/extensions";
const SETTINGS: &str = "/usr/local/etc";
/// Where those with Apache have what switches its modules on.
const APACHE: &str = "/etc/apache2";

pub(super) const SPLIT: Split = Split {
    ships: Ships::Folder,
    pays: |_, _| true,
    image: |_, image, reference| match reference.tag_or_latest().split('-').any(|word| word.starts_with("alpine")) {
        true => Err("which packages its extensions need on Alpine is not known".to_owned()),
        false => Ok(image.text.to_string()),
    },
    step,
    artifacts,
    starts: |sole, _| match sole.start.iter().find(|(word, _)| FACTS.has("package of a build", name_of(word))) {
        Some((word, at)) => Err((*at, format!("it starts `{word}`, which only the build needs"))),
        None => Ok(()),
    },
    files: |sole, _, _| packages(sole),
};

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `command` brings packages of Composer or Debian, makes extensions, or takes caches away.
fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
    let name = command.name().unwrap_or_default();
    if FACTS.has("package manager", name) {
        work.is_about(sole, command);
        return composer(sole, command, &words).map(|()| true);
    }
    Ok(FACTS.has("maker of extensions", name)
        || (name == "pecl" && words.first() == Some(&"install"))
        || is_of_apache(name))
}

fn is_of_apache(name: &str) -> bool {
    FACTS.has("switch of Apache", name)
}

/// That Composer works in the folder of the program, and runs nothing but PHP.
fn composer(sole: &Sole<'_>, command: &Command<'_>, words: &[&str]) -> Result<(), String> {
    let verb = words.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
    if !FACTS.has("verb of Composer", verb) {
        return Err(format!("`composer {verb}` may leave something behind that is needed at run time"));
    }
    if let Some(option) = words.iter().find(|word| word.starts_with('-') && !FACTS.has("option of Composer", word)) {
        return Err(format!("what `composer` does with `{option}` is not known"));
    }
    if sole.directory_of(command) != sole.directory {
        return Err("packages come into another folder than the one in which the program is started".to_owned());
    }
    let manifest = manifest(sole, "composer.json")?;
    if manifest.has_other_repositories() {
        return Err("`composer.json` has packages that are not of the registry".to_owned());
    }
    let asks = !["--no-scripts", "--no-autoloader"].iter().any(|option| words.contains(option));
    let is_of_php = |command: &str| {
        let first = command.split(' ').next().unwrap_or_default();
        FACTS.has("start of a command of PHP", first) || first.contains("::")
    };
    match manifest.unasked_commands().into_iter().find(|command| asks && !is_of_php(command)) {
        Some(other) => Err(format!("Composer runs `{other}` by itself, which may do more than to build")),
        None => Ok(()),
    }
}

fn manifest(sole: &Sole<'_>, name: &str) -> Result<Manifest, String> {
    let unknown = || format!("what `{name}` says is not known");
    let path = sole.source_of(&joined(&sole.directory, name)).ok_or_else(unknown)?;
    let text = files::texts(sole.cx, &[path.as_str()]).ok_or_else(unknown)?.remove(0);
    Manifest::of(&text).ok_or_else(unknown)
}

/// That the packages that are installed need no program of the system.
fn packages(sole: &Sole<'_>) -> Result<(), String> {
    let lock = manifest(sole, "composer.lock").map_err(|_| "no `composer.lock` says which packages are installed")?;
    let locked = lock.locked().ok_or("`composer.lock` does not say which packages are installed")?;
    match locked.iter().find_map(|package| code::need(package)) {
        Some(because) => Err(format!("{because}, which the smaller image may not have")),
        None => Ok(()),
    }
}

fn artifacts(sole: &Sole<'_>, work: &mut Work, commands: &[Command<'_>]) -> Result<(), Obstacle> {
    let suite = sole.reference().and_then(|reference| lines::suite(sole.cx, reference));
    let name_of_suite = suite.map_or("", |suite| suite.name);
    let (mut is_extended, mut has_apache) = (false, false);
    for command in commands {
        let of_command = |because: String| (command.range(), because);
        has_apache |= command.name().is_some_and(is_of_apache);
        for extension in extensions(command) {
            is_extended = true;
            if php::needs_libraries(extension) == Some(false) {
                continue;
            }
            let unknown = || of_command(format!("which libraries the extension `{extension}` needs here is not known"));
            work.carried.add(php::libraries_of(extension, name_of_suite).ok_or_else(unknown)?.map(str::to_owned));
        }
    }
    if work.carried.installs() && !suite.is_some_and(|suite| suite.is("is served")) {
        let because = "its tag names no release of Debian whose packages are where its image looks for them";
        return Err((sole.from, because.to_owned()));
    }
    let is_changed = |folder: &str| sole.brought.iter().any(|brought| is_within(&brought.destination, folder));
    let mut artifacts = vec![sole.directory.clone()];
    artifacts.extend(is_extended.then(|| EXTENSIONS.to_owned()));
    artifacts.extend((is_extended || is_changed(SETTINGS)).then(|| SETTINGS.to_owned()));
    artifacts.extend((has_apache || is_changed(APACHE)).then(|| APACHE.to_owned()));
    work.runtime.artifacts = artifacts;
    Ok(())
}

/// The extensions that `command` makes.
fn extensions<'c>(command: &'c Command<'_>) -> Vec<&'c str> {
    let is_maker = command.name().is_some_and(|name| FACTS.has("maker of extensions", name));
    let first = usize::from(command.name() == Some("pecl"));
    if !is_maker && first == 0 {
        return Vec::new();
    }
    let words = command.arguments().iter().skip(first).filter_map(|word| word.literal.as_deref());
    // `-j$(nproc)` and `--with-jpeg` are options, `redis-5.3.7` has a version.
    let names = words.filter(|word| !word.starts_with('-') && word.starts_with(|c: char| c.is_ascii_alphabetic()));
    names.map(|word| word.split('-').next().unwrap_or(word)).collect()
}
