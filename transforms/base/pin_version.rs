//! Writes down the line of releases that an image without a version means.

use crate::bases::{around, lines, lost};
use crate::catalogue::Line;
use crate::ecosystems;
use crate::rewrite::{Answer, Context, Effect, ExactTag, Findings, Pin, Preserves, Question, Transform};
use crate::semantics::{ImageUse, Named, Part, comments};
use crate::surroundings;
use crate::syntax::{DEFAULT_TAG, ImageReference};

pub(super) const TRANSFORM: Transform = Transform {
    id: "pin-version",
    preserves: Preserves::Intent,
    page: include_str!("pin_version.md"),
    rules: &["DL3006", "DL3007"],
    effects: &[Effect::Anything],
    reads_catalogue: true,
    asks_registries: |options| options.pin == Pin::Exact,
    rewrite,
    ..Transform::PLAIN
};

/// Where the user names no platform, the full version is proven for this one.
const USUAL_PLATFORM: &str = "linux/amd64";

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    if cx.options.pin == Pin::None {
        return findings;
    }
    for image in cx.build.image_uses() {
        match &image.named {
            Named::Image(reference) => pin(cx, image, reference, &mut findings),
            Named::PossibleContext(_) => {
                findings
                    .decline(image.shown(), format!("`{}` may be a context given by `--build-context`", image.text));
            }
            Named::Variable(Some(argument)) if matches!(lines::line(cx, image, &argument.reference), Ok(Some(_))) => {
                findings
                    .decline(image.shown(), format!("the variable `{}` decides, whatever its default", argument.name));
            }
            Named::Variable(_) => {}
        }
    }
    findings
}

fn pin(cx: &Context<'_>, image: &ImageUse<'_>, reference: &ImageReference, findings: &mut Findings) {
    let line = lines::line(cx, image, reference);
    if matches!(line, Ok(None)) {
        return;
    }
    let Some(range) = image.range else {
        return findings.decline(image.shown(), "its name is not written in one piece");
    };
    if comments::above(cx.file, image.instruction).any(|comment| comments::wants_the_newest(cx.file.slice(comment))) {
        return findings.decline(range, "the comment above it says that it may become another image");
    }
    let exact = (cx.options.pin == Pin::Exact).then(|| exact_tag(cx, image, reference, line.as_ref().ok())).flatten();
    let (tag, source) = match (&exact, &line) {
        (Some((tag, platform)), _) => (tag.as_str(), format!("the same image for {platform} by its registry")),
        (None, Ok(Some(line))) => (line.tag, format!("by the catalogue of {}", cx.facts.catalogue.date())),
        (None, Ok(None)) => return,
        (None, Err(because)) => return findings.decline(range, because.clone()),
    };
    if let Some(called) = given_up(cx, image, reference, tag) {
        let because = format!("{called}, and images of the line `{tag}` no longer have it");
        return findings.decline(range, because);
    }
    if let Err(because) = around::is_image(cx, image) {
        return findings.decline(range, because);
    }
    let title = format!("Write down what `{}` means: `{tag}`, {source}", image.text);
    findings.rewrite(title, vec![lines::tag_edit(range, reference, tag)]);
}

/// Who calls a program that images of the line of `tag` do not hold any more: a RUN on `image`, the start, somebody around, or a script of the project.
fn given_up(cx: &Context<'_>, image: &ImageUse<'_>, reference: &ImageReference, tag: &str) -> Option<String> {
    let name = reference.official()?;
    let is_here = |stage: usize| stage == image.stage || cx.build.is_based_on(stage, image.stage);
    let runs = cx.build.runs.iter().filter(|run| is_here(run.stage));
    let commands: Vec<_> = runs.flat_map(|run| run.commands()).collect();
    let installs = |program: &str| {
        let mut operands =
            commands.iter().filter_map(|command| command.package_command()).filter(|package| package.installs());
        operands.any(|package| {
            package.operands().any(|word| word.literal.as_deref().is_some_and(|it| it.starts_with(program)))
        })
    };
    let given_up = lost::given_up(name, tag).filter(|program| !installs(program));
    let given_up: Vec<_> = given_up.collect();
    let is_named = |text: &str, program: &str| {
        text.match_indices(program).any(|(at, _)| {
            let is_end = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || "-_./".contains(c)));
            is_end(text[..at].chars().next_back()) && is_end(text[at + program.len()..].chars().next())
        })
    };
    let called = |program: &str| format!("`{program}` is called");
    let last = cx.build.stages.len().checked_sub(1).filter(|last| is_here(*last));
    let starts = || {
        let starts = last.map(|last| cx.build.start(last));
        let texts: Vec<_> = starts.iter().flat_map(|start| start.parts()).flat_map(Part::pieces).collect();
        given_up.iter().copied().find(|program| texts.iter().any(|text| is_named(text, program))).map(called)
    };
    let by_others = || {
        let around = cx.surroundings().filter(|_| last.is_some())?;
        around.commands().find_map(|(place, words)| {
            let programs = surroundings::programs(&words);
            let program = programs.iter().find(|program| given_up.contains(&program.as_str()))?;
            Some(format!("`{place}` calls `{program}`"))
        })
    };
    let by_scripts = || {
        let Answer::Paths(all) = cx.facts.answer(Question::ContextFiles) else { return None };
        let is_script = |path: &&String| path.ends_with(".sh") || path.rsplit('/').next() == Some("package.json");
        all.iter().filter(is_script).take(SCRIPTS_MAX).find_map(|path| {
            let Answer::Text(text) = cx.facts.answer(Question::ContextFile(path.clone())) else { return None };
            let text = String::from_utf8_lossy(text);
            let scripts = if path.ends_with(".sh") {
                text.into_owned()
            } else {
                ecosystems::scripts(path, &text).unwrap_or_default()
            };
            let program = given_up.iter().find(|program| is_named(&scripts, program))?;
            Some(format!("`{path}` calls `{program}`"))
        })
    };
    if given_up.is_empty() {
        return None;
    }
    let mut names = commands.iter().filter_map(|command| command.name());
    let by_runs = names.find(|name| given_up.contains(name)).map(called);
    by_runs.or_else(starts).or_else(by_others).or_else(by_scripts)
}

/// Most scripts of a project that are read for what they call.
const SCRIPTS_MAX: usize = 64;

/// The tag with the full version, if a registry proves it, and the platform it is proven for.
fn exact_tag(
    cx: &Context<'_>,
    image: &ImageUse<'_>,
    reference: &ImageReference,
    line: Option<&Option<Line<'_>>>,
) -> Option<(String, String)> {
    let is_floating = reference.official().is_some() || reference.tag_or_latest() == DEFAULT_TAG;
    if !is_floating || lines::is_on_windows(cx, image) {
        return None;
    }
    let platform = image.platform().unwrap_or(USUAL_PLATFORM).to_owned();
    let candidate = line.and_then(|line| line.as_ref()).map(|line| line.exact.to_owned());
    let question = ExactTag { reference: reference.canonical(), platform: platform.clone(), candidate };
    match cx.facts.answer(Question::ExactTag(question)) {
        Answer::Tag(tag) => Some((tag.clone(), platform)),
        _ => None,
    }
}
