//! One jar that Gradle makes and `java -jar` starts, for the transform that ships it alone.

use super::super::skeleton::{Runtime, Sole};
use super::{jars, split as java};
use crate::bases::siblings;
use crate::known::suites;
use crate::programs::{self, files};
use crate::rewrite::Obstacle;
use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, is_within, joined};
use crate::syntax::ImageReference;
use crate::text::TextRange;

/// Where Gradle puts jars.
const JARS: &str = "build/libs";

/// The first release whose images work as root and are made of Temurin's.
const RELEASE_MIN: &[u32] = &[7, 3];

pub(crate) fn runtime(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<Runtime, Obstacle> {
    let of_image = |because: String| (sole.from, because);
    let release = release(sole, reference).map_err(of_image)?;
    let image = java::jre(sole, image, reference, release).map_err(of_image)?;
    let (jar, at) = java::started(sole)?;
    let mut commands_of = Vec::new();
    for run in &sole.cx.build.runs {
        commands_of.push(sole.commands(run)?);
    }
    let mut built: Option<(TextRange, String)> = None;
    let mut is_moved = false;
    for command in commands_of.iter().flatten() {
        match command.name().unwrap_or_default() {
            "gradle" | "gradlew" => {
                if makes_jar(command).map_err(|because| (command.range(), because))? {
                    if built.is_some() {
                        return Err((command.range(), "it is the second build".to_owned()));
                    }
                    built = Some((command.range(), sole.directory_of(command)));
                }
            }
            "mv" | "cp" if java::puts(sole, command, JARS, &jar) => is_moved = true,
            _ if sole.leaves_nothing(command, &jar) => {}
            name => {
                return Err((
                    command.range(),
                    format!("`{name}` may leave something behind that is needed at run time"),
                ));
            }
        }
    }
    let Some((built, folder)) = built else {
        return Err((sole.from, "no `gradle build` here makes what it starts".to_owned()));
    };
    let is_of_build = jar.ends_with(".jar") && (is_moved || is_within(&jar, &joined(&folder, JARS)));
    if !is_of_build {
        return Err((at, format!("nothing here says that the build makes `{jar}`")));
    }
    let scripts = sources(sole).map_err(|because| (built, because))?;
    if !is_moved {
        let scripts: Vec<_> = scripts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let made = java::is_made(&jar, jars::of_gradle(&folder, &scripts));
        made.map_err(|because| (at, format!("the build {because}")))?;
    }
    let mut artifacts = vec![jar];
    artifacts.extend(java::served(sole, commands_of.iter().flatten())?);
    Ok(Runtime { image, artifacts, ..Runtime::default() })
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

/// Tasks, and whether each makes the jar.
const TASKS: &[(&str, bool)] = &[
    ("assemble", true),
    ("bootJar", true),
    ("build", true),
    ("check", false),
    ("classes", false),
    ("clean", false),
    ("compileJava", false),
    ("compileKotlin", false),
    ("dependencies", false),
    ("jar", true),
    ("shadowJar", true),
    ("test", false),
];
const OPTIONS: &[&str] = &[
    "-Dorg.gradle.daemon=false",
    "-i",
    "-q",
    "-s",
    "-v",
    "--build-cache",
    "--console=plain",
    "--info",
    "--no-build-cache",
    "--no-daemon",
    "--no-parallel",
    "--offline",
    "--parallel",
    "--quiet",
    "--refresh-dependencies",
    "--stacktrace",
    "--version",
    "--warn",
];

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
        match TASKS.iter().find(|(task, _)| *task == word) {
            Some((_, makes)) => makes_jar |= makes,
            None if OPTIONS.contains(&word) => {}
            None => return Err(format!("`{word}` may do more than to make one jar")),
        }
    }
    Ok(makes_jar)
}

/// That the program can need no file of this image; then the scripts of the build, each with its path.
fn sources(sole: &Sole<'_>) -> Result<Vec<(String, String)>, String> {
    let unknown = "what the jar needs beside it is in the build context, which is not here";
    let is_script = |path: &&str| {
        let names = ["build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"];
        names.contains(path) || *path == "gradle.properties" || is_within(path, "gradle") && !path.ends_with(".jar")
    };
    let is_of_gradle = |path: &str| {
        is_script(&path)
            || matches!(path, "gradlew" | "gradlew.bat" | "gradle/wrapper/gradle-wrapper.jar" | "lombok.config")
            || ["src", ".gradle", "build"].iter().any(|folder| is_within(path, folder))
    };
    let paths = files::copied(sole.cx, &sole.sources).ok_or(unknown)?;
    if let Some(path) = paths.iter().find(|path| !is_of_gradle(path) && !files::is_for_people(path)) {
        return Err(format!("the program may read `{path}` of the build context when it runs"));
    }
    let scripts: Vec<_> = paths.iter().map(String::as_str).filter(is_script).collect();
    if !scripts.iter().any(|path| path.starts_with("build.gradle")) {
        return Err(unknown.to_owned());
    }
    let texts = files::texts(sole.cx, &scripts).ok_or(unknown)?;
    for (path, text) in scripts.iter().zip(&texts) {
        if let Some(sign) = OF_SCRIPTS.iter().chain(java::OF_LIBRARIES).find(|sign| text.contains(**sign)) {
            return Err(format!("`{path}` has `{sign}`, so that the program may need something of this image"));
        }
    }
    let needs = programs::needs(sole.cx, &super::LANGUAGE, &paths).ok_or(unknown)?;
    match needs.any() {
        Some(because) => Err(format!("{because}, so that it may need something of this image")),
        None => Ok(scripts.into_iter().map(str::to_owned).zip(texts).collect()),
    }
}

/// What in a script of Gradle makes more than one jar, a jar that needs others beside it, or something that is not seen here.
const OF_SCRIPTS: &[&str] = &[
    "    war\n",
    "`war`",
    "allprojects",
    "apply from",
    "apply(from",
    "buildDir",
    "buildDirectory",
    "buildFile",
    "Class-Path",
    "copy {",
    "Copy",
    "copy{",
    "destinationDir",
    "destinationDirectory",
    "doFirst",
    "doLast",
    "exec {",
    "Exec",
    "exec{",
    "files(",
    "fileTree",
    "flatDir",
    "graalvm",
    "include ",
    "include'",
    "include(",
    "include\"",
    "includeBuild",
    "includeFlat",
    "javaagent",
    "JavaExec",
    "jlink",
    "libsDir",
    "libsDirName",
    "micronaut.aot",
    "native",
    "org.beryx",
    "project(",
    "projectDir",
    "quarkus",
    "subprojects",
    "Sync",
    "war'",
    "war\"",
];
