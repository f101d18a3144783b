//! One jar that Gradle makes and `java -jar` starts, for the transform that ships it alone.

use super::{FACTS, jars, split as java};
use crate::bases::siblings;
use crate::ecosystems::Sole;
use crate::ecosystems::split::{self, Ships, Split, Work};
use crate::known::suites;
use crate::programs::files;
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::{is_within, joined};
use crate::syntax::ImageReference;

/// Where Gradle puts jars.
const JARS: &str = "build/libs";

/// The first release whose images work as root and are made of Temurin's.
const RELEASE_MIN: &[u32] = &[7, 3];

pub(super) const SPLIT: Split = Split {
    ships: Ships::Product,
    pays: |_, _| true,
    image: |sole, image, reference| java::jre(sole.cx, image, reference, release(sole, reference)?),
    step,
    artifacts,
    starts: |sole, _| java::started(sole).map(drop),
    files,
};

fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    match command.name().unwrap_or_default() {
        "gradle" | "gradlew" => {
            if makes_jar(command)? {
                let jars = joined(&sole.directory_of(command), JARS);
                work.makes(jars, command.range()).map_err(|_| "it is the second build")?;
            }
            Ok(true)
        }
        _ => Ok(java::moves(sole, work, command, JARS)),
    }
}

fn artifacts(sole: &Sole<'_>, work: &mut Work, commands: &[Command<'_>]) -> Result<(), Obstacle> {
    split::made(sole, work, "no `gradle build` here makes what it starts")?;
    let folder = work.made.clone().unwrap_or_default();
    let folder = folder.strip_suffix(&format!("/{JARS}")).unwrap_or("/").to_owned();
    java::jar(sole, work, commands, || {
        let scripts = files::copied(sole.cx, &sole.sources).and_then(|paths| scripts(sole, &paths));
        let made = scripts.and_then(|scripts| {
            let scripts: Vec<_> = scripts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            jars::of_gradle(&folder, &scripts)
        });
        (made, "the build")
    })
}

/// The release of Temurin's JDK that is in the image, by its tag.
fn release<'t>(sole: &Sole<'_>, reference: &'t ImageReference) -> Result<Option<&'t str>, String> {
    if reference.official() != Some("gradle") {
        return Ok(java::release(reference));
    }
    let tag = reference.tag_or_latest();
    let is_built = sole.cx.facts.catalogue.image("gradle").is_some_and(|known| known.build_of(tag).is_some());
    let mut version = siblings::version(tag);
    // `gradle:8` has the last release of 8.
    if let [_] = version.as_slice() {
        version.push(u32::MAX);
    }
    if !is_built && version.as_slice() < RELEASE_MIN {
        return Err("its tag does not say that it has a JDK of Temurin, and works as root".to_owned());
    }
    let mut java = None;
    for word in tag.split('-').skip_while(|word| word.starts_with(|first: char| first.is_ascii_digit())) {
        match word.strip_prefix("jdk") {
            Some(major) => java = Some(major),
            None if word == "alpine" || suites::suite(word).is_some_and(|suite| suite.is("has Temurin images")) => {}
            None => return Err(format!("`{word}` in its tag may say that its JDK is none of Temurin")),
        }
    }
    Ok(java)
}

/// Whether Gradle makes the jar here.
///
/// # Errors
/// What else it may do.
fn makes_jar(command: &Command<'_>) -> Result<bool, String> {
    if let Some(other) = command.simple.assignments.iter().find(|assignment| assignment.name != "GRADLE_OPTS") {
        return Err(format!("`{}` may change what is built", other.name));
    }
    let mut words = command.arguments().iter().filter_map(|word| word.literal.as_deref());
    let mut makes_jar = false;
    while let Some(word) = words.next() {
        if matches!(word, "-x" | "--exclude-task") {
            let task = words.next().unwrap_or_default();
            if !matches!(task, "check" | "test") {
                return Err(format!("what is built without `{task}` is not known"));
            }
            continue;
        }
        makes_jar |= FACTS.has("task that makes a jar", word);
        let is_known = ["option of Gradle", "task", "task that makes a jar"].iter().any(|key| FACTS.has(key, word));
        if !is_known {
            return Err(format!("`{word}` may do more than to make one jar"));
        }
    }
    Ok(makes_jar)
}

fn is_script(path: &str) -> bool {
    FACTS.has("script of Gradle", path) || (is_within(path, "gradle") && !path.ends_with(".jar"))
}

/// The scripts of the build, each with its path.
fn scripts(sole: &Sole<'_>, paths: &[String]) -> Option<Vec<(String, String)>> {
    let scripts: Vec<_> = paths.iter().map(String::as_str).filter(|path| is_script(path)).collect();
    let is_there = scripts.iter().any(|path| path.starts_with("build.gradle"));
    let texts = files::texts(sole.cx, &scripts).filter(|_| is_there)?;
    Some(scripts.into_iter().map(str::to_owned).zip(texts).collect())
}

/// That no file of the build context may be read when the program runs, and that nothing is known of Gradle's scripts that is in the way.
fn files(sole: &Sole<'_>, _: &Work, paths: &[String]) -> Result<(), String> {
    let is_of_gradle = |path: &str| {
        is_script(path)
            || FACTS.has("file of Gradle", path)
            || ["src", ".gradle", "build"].iter().any(|folder| is_within(path, folder))
    };
    if let Some(path) = paths.iter().find(|path| !is_of_gradle(path) && !files::is_for_people(path)) {
        return Err(format!("the program may read `{path}` of the build context when it runs"));
    }
    let unknown = "what the jar needs beside it is in the build context, which is not here";
    for (path, text) in scripts(sole, paths).ok_or(unknown)? {
        let of_wars = ["    war\n", "`war`"].into_iter().find(|sign| text.contains(sign));
        let sign = of_wars.or_else(|| FACTS.sign("sign of Gradle", &text));
        if let Some(sign) = sign.or_else(|| FACTS.sign("sign of a library", &text)) {
            return Err(format!(
                "`{path}` has `{}`, so that the program may need something of this image",
                sign.trim()
            ));
        }
    }
    Ok(())
}
