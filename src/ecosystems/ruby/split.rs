//! One folder with a program in Ruby, for the transform that ships it without the compilers that its gems were made with.

use super::FACTS;
use super::code as ruby;
use crate::bases::{lines, siblings};
use crate::ecosystems::Sole;
use crate::ecosystems::split::{Ships, Split, Work};
use crate::known::suites;
use crate::programs::files;
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, is_within};
use crate::syntax::ImageReference;

/// Where the official images have the gems that are installed: `GEM_HOME`.
const GEMS: &str = "/usr/local/bundle";

pub(super) const SPLIT: Split = Split {
    ships: Ships::Folder,
    pays: |_, reference| !siblings::is_small(reference.tag_or_latest()),
    image: |sole, image, reference| {
        let small = small(sole, image, reference)?;
        Ok(siblings::with_tag(&image.text, reference, &small))
    },
    step,
    artifacts: |sole, work, _| {
        work.runtime.artifacts = vec![GEMS.to_owned(), sole.directory.clone()];
        work.carried.add(FACTS.of("package of every program").map(str::to_owned));
        Ok(())
    },
    starts: |sole, _| starts(sole),
    files: |sole, _, _| gems(sole),
};

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

fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    if command.name().is_some_and(|name| FACTS.has("package manager", name)) {
        work.is_about(sole, command);
    }
    let words: Vec<_> = command.arguments().iter().filter_map(|word| word.literal.as_deref()).collect();
    let is_here = sole.directory_of(command) == sole.directory;
    let is_number = |word: &str| word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_option = |word: &&str| {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        (FACTS.has("option", name) && is_number(value))
            || word.strip_prefix("-j").is_some_and(is_number)
            || is_number(word)
    };
    match (command.name().unwrap_or_default(), words.as_slice()) {
        ("bundle" | "bundler", [] | ["install"]) if is_here => Ok(true),
        ("bundle" | "bundler", ["install", rest @ ..]) if is_here => match rest.iter().find(|word| !is_option(word)) {
            Some(option) => Err(format!("`{option}` may put gems elsewhere")),
            None => Ok(true),
        },
        ("bundle" | "bundler", ["config", "set", "--local", key, ..]) if FACTS.has("setting", key) => Ok(true),
        ("gem", ["install", rest @ ..]) => Ok(rest.iter().all(|word| *word == "bundler" || is_option(word))),
        _ => Ok(false),
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
    if !FACTS.has("starter", name) {
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
