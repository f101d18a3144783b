//! Whether something may stand at a path of the image before a COPY writes there.

use crate::known;
use crate::rewrite::Context;
use crate::semantics::joined;
use crate::semantics::{Base, is_within};
use crate::syntax::{ImageReference, Instruction};

/// Folders of a distribution that are there, with little in them.
pub(super) fn empty() -> impl Iterator<Item = &'static str> {
    known::FOLDERS.of("there and empty")
}

/// Whether the official image `name` is known to bring nothing but what distributions and languages do.
fn is_plain(name: &str) -> bool {
    known::OFFICIAL.has("brings what distributions and languages do", name)
}

/// Whether the image of stage `stage` has the folder `path`, with nothing in it.
pub(super) fn is_empty_folder_of_image(cx: &Context<'_>, stage: usize, path: &str) -> bool {
    official(cx, stage).is_some_and(|image| known::OFFICIAL.has(&format!("empty folder of {image}"), path))
}

/// Whether the image of stage `stage` has the user and the group `name`.
pub(super) fn has_account(cx: &Context<'_>, stage: usize, name: &str) -> bool {
    name == "root" || official(cx, stage).is_some_and(|image| known::OFFICIAL.has(&format!("account of {image}"), name))
}

/// The name of the official image of stage `stage`, if that is of the plain ones.
fn official(cx: &Context<'_>, stage: usize) -> Option<String> {
    if doubt_about_image(cx, stage).is_some() {
        return None;
    }
    let reference = ImageReference::parse(cx.build.image_of(stage)?).ok()?;
    reference.official().filter(|name| is_plain(name)).map(str::to_owned)
}

/// Whether `path` is a folder of a distribution at the root of an image.
pub(super) fn is_system_folder(path: &str) -> bool {
    known::FOLDERS.has("of the system", path.trim_matches('/'))
}

/// Whether `path` lies where only the program of the image has its files: `/app`, `/opt/app`, `/usr/src/app`.
pub(super) fn is_own_place(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    let mut present = known::FOLDERS.of("there in what is mostly empty");
    let is_present = present.any(|present| path == present || (is_within(path, present) && first == "opt"));
    let is_in_empty = empty().chain(["/usr/src", "/go/src"]).any(|folder| path != folder && is_within(path, folder));
    let is_own = is_in_empty || !is_system_folder(first);
    !first.is_empty() && !path.contains("..") && !is_present && is_own
}

/// The working directory at `instruction`, as far as the file says.
pub(super) fn directory(cx: &Context<'_>, instruction: &Instruction) -> Option<String> {
    cx.build.directory_at(instruction).map(|folder| joined("/", folder))
}

/// The most instructions before a COPY that are looked at. Past it, a look back from each COPY of a long file would take quadratic time.
const BEFORE_MAX: usize = 1_000;

/// Whether too many instructions stand before `instruction`.
pub(super) fn is_late(cx: &Context<'_>, stage: usize, instruction: &Instruction) -> bool {
    let (mut stage, mut count) = (stage, 0);
    loop {
        let instructions = &cx.build.stages[stage].instructions;
        count += 1 + instructions.partition_point(|other| other.range.start() < instruction.range.start());
        match cx.build.stages[stage].base {
            Base::Stage(base) if count <= BEFORE_MAX => stage = base,
            _ => return count > BEFORE_MAX,
        }
    }
}

/// Why nothing is said of an instruction that is late.
pub(super) fn too_late() -> String {
    format!("more than {BEFORE_MAX} instructions stand before the COPY")
}

/// The instructions that have made what is there at `instruction`, in order, those of the stages it is based on included.
pub(super) fn before<'f>(cx: &Context<'f>, stage: usize, instruction: &Instruction) -> Vec<&'f Instruction> {
    let mut stages = vec![stage];
    while let Base::Stage(base) = cx.build.stages[stages[stages.len() - 1]].base {
        stages.push(base);
    }
    let start = instruction.range.start();
    let before = stages.into_iter().rev().map(|stage| {
        let instructions = &cx.build.stages[stage].instructions;
        &instructions[..instructions.partition_point(|other| other.range.start() < start)]
    });
    before.collect::<Vec<_>>().concat()
}

/// Why it is not known what the image of stage `stage` brings.
pub(super) fn doubt_about_image(cx: &Context<'_>, stage: usize) -> Option<String> {
    let image = cx.build.image_of(stage).unwrap_or("scratch");
    let reference = ImageReference::parse(image).ok();
    let is_plain = reference.is_some_and(|reference| {
        reference.official().is_some_and(is_plain) && !reference.tag_or_latest().contains("onbuild")
    });
    (!is_plain || image.contains('$')).then(|| format!("what `{image}` brings is not known"))
}
