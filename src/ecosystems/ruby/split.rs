//! One folder with a program in Ruby, for the transform that ships it without the compilers that its gems were made with.

use super::super::skeleton::{Runtime, Sole};
use super::code as ruby;
use crate::bases::{lines, siblings};
use crate::known::suites;
use crate::programs::{self, files};
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, is_within};
use crate::syntax::ImageReference;

/// Where the official images have the gems that are installed: `GEM_HOME`.
const GEMS: &str = "/usr/local/bundle";

/// Brings the time zones and the names of services, which every program may ask for and the small image may not have.
const OF_SYSTEM: &str =
    "apt-get update && apt-get install -y --no-install-recommends netbase tzdata && rm -rf /var/lib/apt/lists/*";

/// Programs that start a program in Ruby.
const STARTERS: &[&str] = &["puma", "rackup", "ruby"];

/// `None` if there is nothing to leave behind.
pub(crate) fn runtime(
    sole: &Sole<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
) -> Result<Option<Runtime>, Obstacle> {
    let is_bundler = |command: &Command<'_>| matches!(command.name(), Some("bundle" | "bundler"));
    let install = sole.cx.build.commands().find(is_bundler).map(|command| command.range());
    let Some(install) = install.filter(|_| !siblings::is_small(reference.tag_or_latest())) else { return Ok(None) };
    let of_install = |because: String| (install, because);
    let unknown = || of_install("what the program needs is in the build context, which is not here".to_owned());
    let small = small(sole, image, reference).map_err(|because| (sole.from, because))?;
    for run in &sole.cx.build.runs {
        for command in sole.commands(run)? {
            build_step(sole, &command).map_err(|because| (command.range(), because))?;
        }
    }
    sole.works_in_one()?;
    if sole.directory == "/" || is_within(&sole.directory, "/usr/local") {
        return Err((sole.from, format!("it works in `{}`, which is not its own", sole.directory)));
    }
    if let Some(obstacle) = sole.brought_outside(std::slice::from_ref(&sole.directory)) {
        return Err(obstacle);
    }
    starts(sole)?;
    let paths = files::copied(sole.cx, &sole.sources).ok_or_else(unknown)?;
    gems(sole).map_err(of_install)?;
    let needs = programs::needs(sole.cx, &super::LANGUAGE, &paths).ok_or_else(unknown)?;
    if let Some(because) = needs.system {
        return Err(of_install(format!("{because}, so that it may need something of this image")));
    }
    Ok(Some(Runtime {
        image: siblings::with_tag(&image.text, reference, &small),
        artifacts: vec![GEMS.to_owned(), sole.directory.clone()],
        install: Some(OF_SYSTEM.to_owned()),
        ..Runtime::default()
    }))
}

/// The tag of the image that is shipped.
fn small(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<String, String> {
    let tag = reference.tag_or_latest();
    if reference.digest.is_some() {
        return Err("a digest says which image it is".to_owned());
    }
    let known = sole.cx.facts.catalogue.image("ruby").ok_or("the catalogue does not have it")?;
    let small = siblings::slim(known, tag)?;
    if let Some(platform) = image.platform().filter(|platform| !lines::is_built(known, &small, platform)) {
        return Err(format!("`ruby:{small}` is not known to be built for {platform}"));
    }
    // Packages are fetched, which older releases of Debian have no more.
    let suite = siblings::exact(known, &small).and_then(|exact| suites::suite(exact.rsplit('-').next()?));
    match suite.filter(|suite| suite.is("is served")) {
        Some(_) => Ok(small),
        None => Err(format!("what `ruby:{small}` has is not known")),
    }
}

/// That `command` leaves nothing behind besides gems, and files in the folder of the program.
fn build_step(sole: &Sole<'_>, command: &Command<'_>) -> Result<(), String> {
    let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
    let is_here = sole.directory_of(command) == sole.directory;
    let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_option = |word: &&str| {
        const OPTIONS: &[&str] = &["--jobs", "--no-document", "--quiet", "--retry", "--version", "-N", "-j", "-v"];
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        (OPTIONS.contains(&name) && is_number(value))
            || word.strip_prefix("-j").is_some_and(is_number)
            || is_number(word)
    };
    let name = command.name().unwrap_or_default();
    match (name, words.as_slice()) {
        ("bundle" | "bundler", [] | ["install"]) if is_here => Ok(()),
        ("bundle" | "bundler", ["install", rest @ ..]) if is_here => match rest.iter().find(|word| !is_option(word)) {
            Some(option) => Err(format!("`{option}` may put gems elsewhere")),
            None => Ok(()),
        },
        ("bundle" | "bundler", ["config", "set", "--local", key, ..])
            if ["without", "deployment", "frozen", "jobs", "retry"].contains(key) =>
        {
            Ok(())
        }
        ("gem", ["install", rest @ ..]) if rest.iter().all(|word| *word == "bundler" || is_option(word)) => Ok(()),
        _ if sole.stays_in(command, &sole.directory) => Ok(()),
        _ => Err(format!("`{name}` may leave something behind that is needed at run time")),
    }
}

/// That the image starts a program in Ruby, with files of its folder.
fn starts(sole: &Sole<'_>) -> Result<(), Obstacle> {
    let words: Vec<_> = sole.start.iter().map(|(word, range)| (word.as_str(), *range)).collect();
    let program = match words.as_slice() {
        [("bundle", _), ("exec", _), rest @ ..] => rest,
        all => all,
    };
    let Some(((name, at), rest)) = program.split_first() else {
        return Err((sole.start[0].1, "it starts nothing".to_owned()));
    };
    if !STARTERS.contains(name) {
        return Err((*at, format!("it starts `{name}`, of which nothing is known")));
    }
    let is_foreign = |word: &str| {
        let is_outside = word.contains("..") || (word.starts_with('/') && !is_within(word, &sole.directory));
        is_outside || ["-e", "-r", "-I", "-C"].iter().any(|option| *name == "ruby" && word.starts_with(option))
    };
    match rest.iter().find(|(word, _)| is_foreign(word)) {
        Some((word, at)) => Err((*at, format!("`{word}` may need something of this image"))),
        None => Ok(()),
    }
}

/// That all gems are known.
fn gems(sole: &Sole<'_>) -> Result<(), String> {
    let text = |name: &str| {
        let source = sole.source_of(&format!("{}/{name}", sole.directory))?;
        Some(files::texts(sole.cx, &[source.as_str()])?.remove(0))
    };
    let (gemfile, lock) = (text("Gemfile"), text("Gemfile.lock"));
    let lock = lock.ok_or("no `Gemfile.lock` says which gems are installed")?;
    let gemfile = gemfile.ok_or("the `Gemfile` is in the build context, which is not here")?;
    let locked = ruby::locked(&lock).ok_or("`Gemfile.lock` has gems that are not of the registry")?;
    let named = ruby::named(&gemfile).ok_or("the `Gemfile` says more than names and versions")?;
    match locked.iter().chain(&named).find(|gem| !ruby::is_plain_gem(gem)) {
        Some(gem) => Err(format!("what the gem `{gem}` needs when it is used is not known")),
        None => Ok(()),
    }
}
