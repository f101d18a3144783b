//! Whether a program in Java, whoever builds it, does with a JRE where its image has a JDK.

use super::FACTS;
use super::code;
use super::split::{TEMURIN, is_plain_option, jre, release};
use crate::bases::around::{self, Kept};
use crate::programs::files;
use crate::rewrite::{Answer, Context, Obstacle, Obstacles, Question};
use crate::semantics::ImageUse;
use crate::surroundings::Deed;
use crate::syntax::{ImageReference, Keyword};

/// The image with a JRE for the last stage, `stage`, which starts from `image`; `None` if it is no JDK.
///
/// # Errors
/// All that may need the JDK.
pub(super) fn smaller(
    cx: &Context<'_>,
    stage: usize,
    image: &ImageUse<'_>,
    reference: &ImageReference,
) -> Result<Option<String>, Obstacles> {
    let is_jdk =
        reference.official() == Some(TEMURIN) && reference.tag_or_latest().split('-').any(|word| word == "jdk");
    if !is_jdk {
        return Ok(None);
    }
    let from = cx.build.stages[stage].from.text_range();
    let at = |because| (from, because);
    let mut obstacles = Obstacles::default();
    let name = match &reference.digest {
        Some(_) => Err("a digest says which image it is".to_owned()),
        None => jre(cx, image, reference, release(reference)),
    };
    let name = obstacles.note(name.map_err(at));
    let kept = Kept::AllBut(&FACTS, "program of the JDK");
    let wanted = around::wanted(cx, kept);
    obstacles.add(wanted.into_iter().map(at));
    obstacles.add(start_obstacle(cx, stage));
    obstacles.add(variables(cx, stage));
    obstacles.add(health_check(cx, stage, kept));
    obstacles.note(context(cx).map_err(at));
    obstacles.or(name)
}

/// What of what is started takes more than a JRE.
fn start_obstacle(cx: &Context<'_>, stage: usize) -> Option<Obstacle> {
    let line = match cx.build.start(stage).line() {
        Ok(line) => line,
        Err(obstacle) => return Some(obstacle),
    };
    let mut words = line.words.iter();
    let program = words.next()?;
    if !FACTS.has("starter", &program.text) {
        return Some((program.range, format!("it starts `{}`, not `java`", program.text)));
    }
    while let Some(word) = words.next() {
        let text = word.text.trim_matches(['"', '$', '{', '}']);
        let is_plain = if word.is_known { is_plain_option(text) } else { FACTS.has("variable with options", text) };
        if FACTS.has("option with a value", text) {
            words.next();
        } else if text == "-jar" {
            continue;
        } else if word.is_known && !text.starts_with('-') {
            // What is started; all behind it is for the program.
            return text.ends_with(".java").then(|| (word.range, format!("`{text}` is compiled when it is started")));
        } else if !is_plain {
            return Some((word.range, format!("`{text}` may need something of the JDK")));
        }
    }
    None
}

/// What of the health check takes more than a JRE.
fn health_check(cx: &Context<'_>, stage: usize, kept: Kept) -> Option<Obstacle> {
    let checks = cx.build.stages[stage].instructions.iter().filter(|it| it.keyword() == Keyword::Healthcheck);
    let check = checks.last()?;
    let because = around::lacking(cx, &cx.build.part(check)?, kept)?;
    Some((check.text_range(), format!("the health check runs {because}")))
}

/// The first variable with options, of the file or of somebody around, that takes more than a JRE.
fn variables(cx: &Context<'_>, stage: usize) -> Option<Obstacle> {
    let is_plain = |key: &str, value: &str| {
        let mut words = value.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        !FACTS.has("variable with options", key) || words.all(is_plain_option)
    };
    let instructions = cx.build.stages[stage].instructions.iter();
    let own = instructions.filter(|instruction| instruction.keyword() == Keyword::Env).find_map(|instruction| {
        let pairs = instruction.arguments().pairs();
        let pair = pairs.iter().find(|pair| !is_plain(pair.key.text.as_str(), pair.value.text.as_str()))?;
        Some((instruction.text_range(), format!("`{}` may need something of the JDK", pair.key.text)))
    });
    let around = || {
        cx.surroundings()?.uses.iter().find_map(|it| match &it.deed {
            Deed::Variable(key, value) if !is_plain(key, value) => {
                let from = cx.build.stages[stage].from.text_range();
                Some((from, format!("in `{}` `{key}` may need something of the JDK", it.place)))
            }
            _ => None,
        })
    };
    own.or_else(around)
}

/// That neither the code in the build context nor what it is built with names something of the JDK.
fn context(cx: &Context<'_>) -> Result<(), String> {
    let unknown = "what the program needs is in the build context, which is not here";
    let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return Err(unknown.to_owned()) };
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let builds: Vec<_> =
        all.iter().map(String::as_str).filter(|path| FACTS.has("file with libraries", &name(path))).collect();
    if builds.is_empty() {
        return Err("no build file says which libraries the program has".to_owned());
    }
    let code: Vec<_> = all.iter().map(String::as_str).filter(|path| code::is_code(path)).collect();
    let texts = files::texts(cx, &builds).zip(files::texts(cx, &code));
    let (of_builds, of_code) = texts.ok_or("its code is more than is read here, or is not all text")?;
    let named = |key: &str, paths: &[&str], texts: &[String]| {
        paths.iter().zip(texts).find_map(|(path, text)| {
            let sign = FACTS.sign(key, text)?;
            Some(format!("`{path}` has `{sign}`, so that the program may need something of the JDK"))
        })
    };
    let found = named("sign of a library", &builds, &of_builds).or_else(|| named("sign of the JDK", &code, &of_code));
    found.map_or(Ok(()), Err)
}
