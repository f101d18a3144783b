//! One jar that Maven makes and `java -jar` starts, for the transform that ships it alone; and what is so of any jar.

use super::{FACTS, jars};
use crate::bases::lines;
use crate::ecosystems::Sole;
use crate::ecosystems::runs;
use crate::ecosystems::split::{self, Ships, Split, Work};
use crate::programs::files;
use crate::rewrite::{Context, Obstacle};
use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, is_within, joined};
use crate::syntax::ImageReference;
use crate::text::TextRange;

pub(super) const TEMURIN: &str = "eclipse-temurin";

/// Whether Maven or Gradle build something on an image of their own, or of a JDK.
pub(super) fn is_built(cx: &Context<'_>, reference: &ImageReference) -> bool {
    match reference.official() {
        Some("gradle" | "maven") => true,
        Some(TEMURIN) => is_by_gradle(cx, reference) || runs(cx, FACTS, "of Maven"),
        _ => false,
    }
}

pub(super) fn is_by_gradle(cx: &Context<'_>, reference: &ImageReference) -> bool {
    reference.official() == Some("gradle") || (reference.official() == Some(TEMURIN) && runs(cx, FACTS, "of Gradle"))
}

pub(super) const SPLIT: Split = Split {
    ships: Ships::Product,
    pays: |_, _| true,
    image: |sole, image, reference| jre(sole.cx, image, reference, release(reference)),
    step,
    artifacts,
    starts: |sole, _| started(sole).map(drop),
    files,
};

fn step(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>) -> Result<bool, String> {
    match command.name().unwrap_or_default() {
        "mvn" | "mvnw" => {
            if is_packaged(command)? {
                work.makes(joined(&sole.directory, "target"), command.range()).map_err(|_| "it is the second build")?;
            }
            Ok(true)
        }
        _ => Ok(moves(sole, work, command, "target")),
    }
}

/// Whether `command` puts one jar of the build, which is below `folder`, where it is started.
pub(super) fn moves(sole: &Sole<'_>, work: &mut Work, command: &Command<'_>, folder: &str) -> bool {
    let Ok((jar, _)) = started(sole) else { return false };
    let moves = matches!(command.name(), Some("mv" | "cp")) && puts(sole, command, folder, &jar);
    if moves {
        work.place = jar;
    }
    moves
}

fn artifacts(sole: &Sole<'_>, work: &mut Work, commands: &[Command<'_>]) -> Result<(), Obstacle> {
    split::made(sole, work, "no `mvn package` here makes what it starts")?;
    jar(sole, work, commands, || {
        let made = files::texts(sole.cx, &["pom.xml"]).and_then(|pom| jars::of_maven(&pom[0]));
        (made, "`pom.xml`")
    })
}

/// That the jar that is started is the one that the build makes, as `named` says what it is called, and where that is said.
pub(super) fn jar(
    sole: &Sole<'_>,
    work: &mut Work,
    commands: &[Command<'_>],
    named: impl Fn() -> (Option<Vec<String>>, &'static str),
) -> Result<(), Obstacle> {
    let (jar, at) = started(sole)?;
    let folder = work.made.clone().unwrap_or_default();
    let is_moved = work.place == jar;
    if !(jar.ends_with(".jar") && (is_moved || is_within(&jar, &folder))) {
        return Err((at, format!("nothing here says that the build makes `{jar}`")));
    }
    if !is_moved {
        let (made, said) = named();
        is_made(&jar, made).map_err(|because| (at, format!("{said} {because}")))?;
    }
    work.place.clone_from(&jar);
    let served = served(sole, commands.iter())?;
    work.runtime.artifacts = [vec![jar], served].concat();
    Ok(())
}

/// That `jar` is one of those that are `made`.
pub(crate) fn is_made(jar: &str, made: Option<Vec<String>>) -> Result<(), String> {
    let name = jar.rsplit('/').next().unwrap_or(jar);
    match made {
        Some(made) if made.iter().any(|made| made == name) => Ok(()),
        Some(made) => Err(format!("makes `{}`, and `{name}` is started", made[0])),
        None => Err("does not say in plain words what its jar is called".to_owned()),
    }
}

/// Folders of the build context that frameworks in Java look for where the program is started: pages, templates.
pub(crate) fn served<'c>(
    sole: &Sole<'_>,
    commands: impl Iterator<Item = &'c Command<'c>>,
) -> Result<Vec<String>, Obstacle> {
    const FOLDER: &str = "src/main";
    let folder = joined(&sole.directory, FOLDER);
    let (Some(source), Some(paths)) = (sole.source_of(&folder), files::copied(sole.cx, &sole.sources)) else {
        return Ok(Vec::new());
    };
    let inside = paths.iter().filter_map(|path| path.strip_prefix(&source)?.strip_prefix('/')?.split_once('/'));
    let mut names: Vec<_> =
        inside.map(|(name, _)| name).filter(|name| !FACTS.has("folder that goes into the jar", name)).collect();
    names.dedup();
    if let Some(name) =
        names.iter().find(|name| !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)))
    {
        return Err((sole.from, format!("the program may serve `{FOLDER}/{name}` where it is started")));
    }
    let folders: Vec<_> = names.iter().map(|name| joined(&folder, name)).collect();
    for command in commands.filter(|command| command.name() == Some("rm")) {
        if let Some(folder) = folders.iter().find(|folder| !sole.leaves_nothing(command, folder)) {
            return Err((command.range(), format!("it takes away `{folder}`, which the program may serve")));
        }
    }
    Ok(folders)
}

/// The release of Temurin's JDK that is in an image, by its tag, if it is an image of Temurin or of Maven.
pub(crate) fn release(reference: &ImageReference) -> Option<&str> {
    let words: Vec<_> = reference.tag.as_deref()?.split('-').collect();
    if reference.official() == Some(TEMURIN) {
        return words.contains(&"jdk").then(|| words[0].split(['.', '_', 'u']).next().unwrap_or_default());
    }
    let at = words.windows(2).position(|pair| pair == ["eclipse", "temurin"]);
    at.and_then(|at| words.get(at + 2).copied())
}

/// The image with what runs Java programs of the release `major`, from the same builds, on the same distribution where there is one.
pub(crate) fn jre(
    cx: &Context<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
    major: Option<&str>,
) -> Result<String, String> {
    let catalogue = &cx.facts.catalogue;
    let tag = reference.tag.as_deref().ok_or("it has no tag that says which Java it has")?;
    let words: Vec<_> = tag.split('-').collect();
    let major = major.filter(|major| major.parse::<u8>().is_ok());
    let major = major.ok_or("its tag does not say that it has a JDK of Temurin, and which")?;
    let known = reference.official().and_then(|name| catalogue.image(name)?.build_of(tag));
    let suite = match known.and_then(|build| build.distribution) {
        Some(distribution) if distribution.family == "alpine" => "-alpine".to_owned(),
        // A tag that names no release moves on with those of Ubuntu, and so does that of the JRE.
        Some(distribution) if distribution.family == "ubuntu" && !words.contains(&distribution.release) => {
            String::new()
        }
        Some(distribution) if distribution.family == "ubuntu" => format!("-{}", distribution.release),
        Some(distribution) => return Err(format!("it is made of {distribution}")),
        None if words.iter().any(|word| word.starts_with("alpine")) => "-alpine".to_owned(),
        None if words
            .iter()
            .any(|word| word.starts_with("ubi") || word.starts_with("windows") || *word == "nanoserver") =>
        {
            return Err("it is made of something else than Ubuntu or Alpine".to_owned());
        }
        None => String::new(),
    };
    let temurin = catalogue.image(TEMURIN).ok_or("the catalogue does not have Temurin")?;
    let tags = [format!("{major}-jre{suite}"), format!("{major}-jre")];
    let is_alpine = suite == "-alpine";
    let mut tags =
        tags.iter().filter(|tag| temurin.build_of(tag).is_some() && (!is_alpine || tag.ends_with("-alpine")));
    let date = catalogue.date();
    let tag = tags.next().ok_or(format!("the catalogue of {date} has no `{TEMURIN}:{major}-jre{suite}`"))?;
    if let Some(platform) = image.platform().filter(|platform| !lines::is_built(temurin, tag, platform)) {
        return Err(format!("the catalogue of {date} has no `{TEMURIN}:{tag}` for {platform}"));
    }
    Ok(format!("{TEMURIN}:{tag}"))
}

/// The jar that the image starts, in full, and where it is named.
pub(crate) fn started(sole: &Sole<'_>) -> Result<(String, TextRange), Obstacle> {
    let (program, at) = &sole.start[0];
    if program != "java" {
        return Err((*at, format!("it starts `{program}`, not `java`")));
    }
    let mut words = sole.start[1..].iter();
    let jar = loop {
        match words.next() {
            Some((word, _)) if word == "-jar" => break words.next(),
            Some((word, at)) if !is_plain_option(word) => {
                return Err((*at, format!("`{word}` may need something of this image")));
            }
            Some(_) => {}
            None => break None,
        }
    };
    let Some((jar, at)) = jar else { return Err((*at, "it starts no jar".to_owned())) };
    if let Some((word, at)) = words.find(|(word, _)| word.contains(['/', '$']) || word.contains('.')) {
        return Err((*at, format!("`{word}` may be a file in this image")));
    }
    if jar.contains(['$', '*', '?']) {
        return Err((*at, format!("`{jar}` is no name of one file")));
    }
    Ok((joined(&sole.directory, jar), *at))
}

/// Options of `java` that name no file, no agent and no module that only a JDK has.
pub(super) fn is_plain_option(word: &str) -> bool {
    let is_about_files = FACTS.sign("sign of a file in an option", word).is_some();
    FACTS.has("option", word)
        || (!is_about_files && FACTS.of("start of an option").any(|start| word.starts_with(start)))
}

/// Whether Maven makes the jar here.
///
/// # Errors
/// What else it may do.
fn is_packaged(command: &Command<'_>) -> Result<bool, String> {
    if let Some(other) = command.simple.assignments.iter().find(|assignment| assignment.name != "MAVEN_OPTS") {
        return Err(format!("`{}` may change what is built", other.name));
    }
    let mut is_packaged = false;
    for word in command.arguments().iter().filter_map(|word| word.literal.as_deref()) {
        let is_known = FACTS.has("goal", word)
            || FACTS.has("option of Maven", word)
            || FACTS.of("start of an option of Maven").any(|start| word.starts_with(start));
        if !is_known {
            return Err(format!("`{word}` may do more than to make one jar"));
        }
        is_packaged |= FACTS.has("packaging goal", word);
    }
    Ok(is_packaged)
}

/// Whether `mv` or `cp` puts one jar of the build, which is below `folder`, at `jar`.
pub(crate) fn puts(sole: &Sole<'_>, command: &Command<'_>, folder: &str, jar: &str) -> bool {
    let directory = sole.directory_of(command);
    let words: Option<Vec<_>> = command.arguments().iter().map(|word| word.literal.as_deref()).collect();
    let Some([from, to]) = words.as_deref() else { return false };
    let from = joined(&directory, from);
    is_within(&from, &joined(&directory, folder)) && from.ends_with(".jar") && joined(&directory, to) == jar
}

/// That no file of the build context may be read when the program runs, and that nothing is known of Maven's files that is in the way.
fn files(sole: &Sole<'_>, _: &Work, paths: &[String]) -> Result<(), String> {
    let is_of_maven = |path: &str| {
        FACTS.has("file of Maven", path) || ["src", ".mvn", "target"].iter().any(|folder| is_within(path, folder))
    };
    if let Some(path) = paths.iter().find(|path| !is_of_maven(path) && !files::is_for_people(path)) {
        return Err(format!("the program may read `{path}` of the build context when it runs"));
    }
    let unknown = "what the jar needs beside it is in the build context, which is not here";
    let pom = files::texts(sole.cx, &["pom.xml"]).ok_or(unknown)?;
    let sign = FACTS.sign("sign of Maven", &pom[0]).or_else(|| FACTS.sign("sign of a library", &pom[0]));
    if let Some(sign) = sign {
        return Err(format!("`pom.xml` has `{sign}`, so that the program may need something of this image"));
    }
    match pom[0].contains("<parent>") && !pom[0].contains("<artifactId>spring-boot-starter-parent</artifactId>") {
        true => Err("what the parent in `pom.xml` puts beside the jar is not known".to_owned()),
        false => Ok(()),
    }
}
