//! Takes out a stage that no other one starts from or copies from.

use std::collections::BTreeSet;

use crate::bases::around;
use crate::known;
use crate::programs::files;
use crate::rewrite::{Answer, Context, Findings, Preserves, Question, Transform};
use crate::semantics::copies::lender;
use crate::semantics::{Base, Stage};
use crate::syntax::{Arguments, Instruction, ItemKind};
use crate::text::{Edit, TextRange};
use crate::transforms::removal;

pub(super) const TRANSFORM: Transform = Transform {
    id: "drop-unused-stage",
    preserves: Preserves::Image,
    opt_in: true,
    page: include_str!("drop_unused_stage.md"),
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let lenders: Vec<_> = cx.file.instructions().flat_map(lenders).collect();
    let lent_from: BTreeSet<_> = lenders.iter().map(|lender| lender.to_lowercase()).collect();
    let last = cx.build.stages.len().saturating_sub(1);
    let is_used = |index: usize| {
        let name = cx.build.stages[index].name.as_ref();
        let is_base = |stage: &Stage<'_>| stage.base == Base::Stage(index) || stage.possible_bases.contains(&index);
        let lends = name.is_some_and(|name| lent_from.contains(name)) || lent_from.contains(&index.to_string());
        lends || cx.build.stages.iter().any(is_base)
    };
    let unused: Vec<_> = (0..last).filter(|&index| !is_used(index)).collect();
    let named = unused.iter().filter(|&&index| cx.build.stages[index].name.is_some()).count();
    for index in unused {
        let stage = &cx.build.stages[index];
        if named > 1 && stage.name.is_some() {
            findings.decline(
                stage.from.text_range(),
                "several stages that nothing uses have names, so they are there to be built",
            );
            continue;
        }
        let obstacle = obstacle_in_file(index, &lenders).or_else(|| named_elsewhere(cx, stage.name.as_deref(), index));
        match obstacle.map_or_else(|| removed(cx, index), Err) {
            Ok(edit) => {
                let name = stage.name.as_ref().map_or_else(|| format!("number {index}"), |name| format!("`{name}`"));
                findings.rewrite(format!("Drop the stage {name}, which nothing uses"), vec![edit]);
            }
            Err(because) => findings.decline(stage.from.text_range(), because),
        }
    }
    findings
}

/// What an instruction takes files from; what ONBUILD says counts.
fn lenders(instruction: &Instruction) -> Vec<&str> {
    let statement = match instruction.arguments() {
        Arguments::Trigger(trigger) => &**trigger,
        _ => &*instruction.statement,
    };
    statement.flags.iter().filter_map(lender).collect()
}

fn obstacle_in_file(index: usize, lenders: &[&str]) -> Option<String> {
    if let Some(lender) = lenders.iter().find(|lender| lender.contains('$')) {
        return Some(format!("`{lender}` may name it"));
    }
    let later = lenders.iter().find(|lender| lender.parse().is_ok_and(|number: usize| number > index))?;
    Some(format!("the stage that is number {later} now would get another number"))
}

/// Files that say which stage is to be built.
fn says_what_is_built(path: &&String) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_known = |(_, ending): (&str, &str)| known::FILES.has("ending of what says what is built", ending);
    let has_ending = name.rsplit_once('.').is_some_and(is_known);
    known::FILES.has("name of what says what is built", &name) || (has_ending && name != "package-lock.json")
}

/// Where the build context says that the stage is to be built by itself, or may say so.
fn named_elsewhere(cx: &Context<'_>, name: Option<&str>, index: usize) -> Option<String> {
    let number = index.to_string();
    let stage = name.unwrap_or(&number);
    if let Some(around) = cx.surroundings() {
        let mut targets = around.targets.iter();
        let is_it = |target: &str| target.eq_ignore_ascii_case(stage) || target.contains(['$', '{']);
        if let Some((_, place)) = targets.find(|(target, _)| is_it(target)) {
            return Some(format!("`{place}` builds it, or may"));
        }
        if let Some(because) = around::doubt(around) {
            return Some(because);
        }
    }
    let Answer::Paths(files) = cx.facts.answer(Question::ContextFiles) else {
        return Some("what else builds it is only known with the build context".to_owned());
    };
    let paths: Vec<_> = files.iter().filter(says_what_is_built).map(String::as_str).collect();
    let Some(texts) = files::texts(cx, &paths) else {
        return Some("what the files of the build context build cannot be read".to_owned());
    };
    let found = paths.iter().zip(&texts).find(|(_, text)| may_build(&text.to_lowercase(), stage))?;
    Some(format!("`{}` may build it", found.0))
}

/// Whether `text` speaks of a target, and of `stage` or of a variable behind it.
fn may_build(text: &str, stage: &str) -> bool {
    let mut targets = text.match_indices("target").map(|(at, word)| &text[at + word.len()..]);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let is_variable =
        |rest: &str| rest.trim_start_matches(|c: char| "=: \t\"'".contains(c)).starts_with(['$', '{', '[']);
    text.contains("target") && (text.split(|c| !is_part(c)).any(|word| word == stage) || targets.any(is_variable))
}

/// The edit that takes the stage out, up to the comments about the next one.
fn removed(cx: &Context<'_>, index: usize) -> Result<Edit, String> {
    let place = |stage: usize| cx.file.place_of(cx.build.stages[stage].from).unwrap_or_default();
    let (start, next) = (place(index), place(index + 1));
    let items = cx.file.items();
    let is_comment = |at: &usize| matches!(items[*at].kind, ItemKind::Comment);
    let end = next - (start + 1..next).rev().take_while(is_comment).count();
    let is_noted = start.checked_sub(1).is_some_and(|before| is_comment(&before));
    let range = TextRange::new(items[start].range.start(), items[end].range.start());
    if is_noted || removal::has_comment(&String::from_utf8_lossy(cx.file.slice(range))) {
        return Err("comments are about it".to_owned());
    }
    Ok(Edit::delete(range))
}
