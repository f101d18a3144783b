//! One static program in C or C++, for the transform that ships it alone.

use super::super::skeleton::{FOLDERS_OF_PROGRAMS, Runtime, Sole};
use super::code as c;
use crate::bases::bare;
use crate::programs::{self, files};
use crate::rewrite::{Answer, Context, Obstacle, Question};
use crate::semantics::commands::Command;
use crate::semantics::{ImageUse, joined};
use crate::syntax::ImageReference;

const COMPILERS: &[&str] = &["c++", "cc", "clang", "clang++", "g++", "gcc", "musl-gcc"];

const MAKEFILE: &str = "Makefile";

/// Whether a program is linked statically here, as far as that is seen at once.
pub(crate) fn is_built(cx: &Context<'_>) -> bool {
    let is_static = |command: &Command<'_>| {
        command.name().is_some_and(|name| COMPILERS.contains(&name)) && command.has_argument("-static")
    };
    let mut makes = cx.build.commands().filter(|command| command.name() == Some("make")).peekable();
    let by_make = || {
        let Answer::Text(text) = cx.facts.answer(Question::ContextFile(MAKEFILE.to_owned())) else { return false };
        String::from_utf8_lossy(text).contains(" -static ")
    };
    cx.build.commands().any(|command| is_static(&command)) || (makes.peek().is_some() && by_make())
}

pub(crate) fn runtime(sole: &Sole<'_>, image: &ImageUse<'_>, reference: &ImageReference) -> Result<Runtime, Obstacle> {
    let image = bare::static_image(sole.cx, image, reference).map_err(|because| (sole.from, because))?;
    let mut commands_of = Vec::new();
    for run in &sole.cx.build.runs {
        commands_of.push(sole.commands(run)?);
    }
    let mut build = Build { sole, made: Vec::new(), product: None, artifact: String::new() };
    let mut others = Vec::new();
    for command in commands_of.iter().flatten() {
        if !build.take(command).map_err(|because| (command.range(), because))? {
            others.push(command);
        }
    }
    if build.product.is_none() {
        return Err((sole.from, "nothing here makes what it starts".to_owned()));
    }
    let artifact = build.artifact;
    if let Some(other) = others.iter().find(|other| !sole.leaves_nothing(other, &artifact)) {
        let name = other.name().unwrap_or_default();
        return Err((other.range(), format!("`{name}` may leave something behind that is needed at run time")));
    }
    sole.starts(&artifact, "the build", &[])?;
    sources(sole).map_err(|because| (sole.from, because))?;
    Ok(Runtime { image, artifacts: vec![artifact], ..Runtime::default() })
}

/// How the program comes about.
struct Build<'s, 'a> {
    sole: &'s Sole<'a>,
    /// What `make` was told to make, or had to for that.
    made: Vec<String>,
    /// What the compiler makes, in full.
    product: Option<String>,
    /// Where it was put last, in full.
    artifact: String,
}

impl Build<'_, '_> {
    /// Whether the command is one that builds.
    fn take(&mut self, command: &Command<'_>) -> Result<bool, String> {
        let directory = self.sole.directory_of(command);
        let words: Vec<_> = command.words().iter().filter_map(|word| word.literal.as_deref()).collect();
        let name = command.name().unwrap_or_default();
        let is_of_packages = matches!(name, "apk" | "apt" | "apt-get");
        if let Some(assignment) = command.simple.assignments.first().filter(|_| !is_of_packages) {
            return Err(format!("`{}` may change what is built", assignment.name));
        }
        match name {
            _ if is_of_packages => packages(&words).map(|()| true),
            "make" => {
                if self.sole.source_of(&joined(&directory, MAKEFILE)).as_deref() != Some(MAKEFILE) {
                    return Err("what `make` does is not known".to_owned());
                }
                self.make(&words[1..], &directory).map(|()| true)
            }
            _ => self.is_step(&words, &directory),
        }
    }

    /// Whether the command makes the program, or puts it in its place.
    fn is_step(&mut self, words: &[&str], directory: &str) -> Result<bool, String> {
        let is_product = |path: &str| self.product.as_ref().is_some_and(|product| joined(directory, path) == *product);
        match words {
            [compiler, rest @ ..] if COMPILERS.contains(compiler) => {
                if self.product.is_some() {
                    return Err("it is the second program that is built".to_owned());
                }
                self.artifact = joined(directory, compiled(rest)?);
                self.product = Some(self.artifact.clone());
                Ok(true)
            }
            ["cp" | "mv", from, to] | ["install", "-m", "755" | "0755", from, to] | ["install", "-m755", from, to]
                if is_product(from) =>
            {
                let to = joined(directory, to);
                let is_folder = FOLDERS_OF_PROGRAMS.contains(&to.as_str());
                let name = if is_folder { from.rsplit('/').next().unwrap_or_default() } else { "" };
                self.artifact = joined(&to, name);
                Ok(true)
            }
            ["strip", path] => Ok(is_product(path)),
            _ => Ok(false),
        }
    }

    /// What `make` does, if its file is no more than rules with plain commands.
    fn make(&mut self, words: &[&str], directory: &str) -> Result<(), String> {
        let text = files::texts(self.sole.cx, &[MAKEFILE]).ok_or("what `make` does is not known")?.remove(0);
        let rules = rules(&text)?;
        let mut targets = words.to_vec();
        if let Some(option) = targets.iter().find(|word| word.starts_with('-') || word.contains('=')) {
            return Err(format!("what `make` does with `{option}` is not known"));
        }
        if targets.is_empty() {
            let first = rules.iter().find(|rule| !rule.target.starts_with('.'));
            targets.extend(first.map(|rule| rule.target));
        }
        targets.iter().try_for_each(|target| self.make_target(target, &rules, directory))
    }

    fn make_target(&mut self, target: &str, rules: &[Rule<'_>], directory: &str) -> Result<(), String> {
        let Some(rule) = rules.iter().find(|rule| rule.target == target) else { return Ok(()) };
        if self.made.iter().any(|made| made == target) {
            return Ok(());
        }
        self.made.push(target.to_owned());
        rule.needs.iter().try_for_each(|needed| self.make_target(needed, rules, directory))?;
        for line in &rule.commands {
            let words: Vec<_> = line.split_whitespace().collect();
            if !self.is_step(&words, directory)? {
                return Err(format!("what `make` does with `{line}` is not known"));
            }
        }
        Ok(())
    }
}

/// One rule of a Makefile.
struct Rule<'t> {
    target: &'t str,
    needs: Vec<&'t str>,
    commands: Vec<&'t str>,
}

/// The rules of a Makefile without variables, patterns and conditions.
fn rules(text: &str) -> Result<Vec<Rule<'_>>, String> {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let Some(sign) =
            line.chars().find(|sign| "$\\`'\"*?[]|;&<>%=(){}~!#".contains(*sign) && !is_option(line, *sign))
        {
            return Err(format!("what `make` does is not known: its file has `{sign}`"));
        }
        match (line.strip_prefix('\t'), rules.last_mut(), line.split_once(':')) {
            (Some(command), Some(rule), _) => rule.commands.push(command.trim_start_matches('@').trim()),
            (None, _, Some((target, needs))) if !target.trim().contains([' ', '\t']) && !needs.contains(':') => {
                rules.push(Rule {
                    target: target.trim(),
                    needs: needs.split_whitespace().collect(),
                    commands: Vec::new(),
                });
            }
            _ => return Err(format!("what `make` does is not known: its file has `{}`", line.trim())),
        }
    }
    Ok(rules)
}

/// Whether `=` only stands in options of a command.
fn is_option(line: &str, sign: char) -> bool {
    sign == '='
        && line.starts_with('\t')
        && line.split_whitespace().filter(|word| word.contains('=')).all(|word| word.starts_with('-'))
}

/// What the compiler makes, if it is a program that needs no library.
fn compiled<'w>(words: &[&'w str]) -> Result<&'w str, String> {
    const OPTIONS: &[&str] = &[
        "-ansi",
        "-fdata-sections",
        "-ffunction-sections",
        "-flto",
        "-fomit-frame-pointer",
        "-g",
        "-lm",
        "-lpthread",
        "-lrt",
        "-pedantic",
        "-pipe",
        "-pthread",
        "-s",
        "-static",
        "-static-libgcc",
        "-static-libstdc++",
        "-w",
        "-Wl,--gc-sections",
        "-Wl,-s",
    ];
    const STARTS: &[&str] = &["-O", "-W", "-fno-", "-march=", "-mtune=", "-std="];
    let mut product = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let is_for_tools = ["-Wl,", "-Wa,", "-Wp,"].iter().any(|start| word.starts_with(start));
        match *word {
            "-o" if product.is_none() => product = rest.next().copied(),
            word if OPTIONS.contains(&word) => {}
            word if !is_for_tools && STARTS.iter().any(|start| word.starts_with(start)) => {}
            word if !word.starts_with('-') && c::is_code(word) => {}
            word => return Err(format!("what the compiler makes with `{word}` is not known")),
        }
    }
    if !words.contains(&"-static") {
        return Err("the program is linked to libraries of this image".to_owned());
    }
    match product {
        Some(path) if !path.ends_with(['/', '.']) => Ok(path),
        _ => Err("it does not say where it puts the program".to_owned()),
    }
}

/// That only what a build needs is installed.
fn packages(words: &[&str]) -> Result<(), String> {
    const PACKAGES: &[&str] = &[
        "binutils",
        "build-base",
        "build-essential",
        "clang",
        "g++",
        "gcc",
        "libc-dev",
        "libc6-dev",
        "make",
        "musl-dev",
        "musl-tools",
    ];
    let rest = match words {
        ["apt" | "apt-get", rest @ ..] | ["apk", rest @ ..] => rest,
        _ => words,
    };
    let mut plain = rest.iter().filter(|word| !word.starts_with('-'));
    match plain.next() {
        Some(&("update" | "clean")) => Ok(()),
        Some(&("install" | "add")) => match plain.find(|package| !PACKAGES.contains(package)) {
            Some(package) => Err(format!("the program may need the package `{package}`")),
            None => Ok(()),
        },
        _ => Err(format!("`{}` may change more than is needed to build", words.join(" "))),
    }
}

/// That the program can need no file of this image: neither of the build context nor of the base.
fn sources(sole: &Sole<'_>) -> Result<(), String> {
    let unknown = "whether the program reads files or starts others is in the build context, which is not here";
    let paths = files::copied(sole.cx, &sole.sources).ok_or(unknown)?;
    let needs = programs::needs(sole.cx, &super::LANGUAGE, &paths).ok_or(unknown)?;
    if let Some(because) = needs.any() {
        return Err(format!("{because}, so that it may need something of this image"));
    }
    match paths.iter().find(|path| !c::is_code(path) && !files::is_for_people(path)) {
        Some(path) => Err(format!("the program may read `{path}` of the build context when it runs")),
        None => Ok(()),
    }
}
