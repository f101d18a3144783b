//! Whether something may stand at a path of the image before a COPY writes there.

use crate::rewrite::Context;
use crate::semantics::joined;
use crate::semantics::{Base, is_within};
use crate::syntax::{ImageReference, Instruction};

/// Official images of which is known that they bring nothing but what distributions and languages do.
const PLAIN_IMAGES: &[&str] = &[
    "almalinux",
    "alpine",
    "amazoncorretto",
    "amazonlinux",
    "buildpack-deps",
    "busybox",
    "debian",
    "eclipse-temurin",
    "fedora",
    "golang",
    "node",
    "openjdk",
    "perl",
    "php",
    "python",
    "rockylinux",
    "ruby",
    "rust",
    "ubuntu",
];

/// Folders at the root of an image that belong to a distribution or a language.
const SYSTEM: &[&str] = &[
    "bin", "boot", "dev", "etc", "go", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt", "proc",
    "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];

/// Folders of a distribution that are there, and empty but for [`PRESENT`].
pub(super) const EMPTY: &[&str] = &["/home", "/opt", "/srv"];

/// What images have in [`EMPTY`] folders.
const PRESENT: &[&str] = &["/home/node", "/home/ubuntu", "/opt/java", "/opt/openjdk", "/opt/yarn"];

/// Folders that an official image has, with nothing in them.
const EMPTY_OF_IMAGES: &[(&str, &str)] = &[("php", "/var/www/html")];

/// Accounts that are in all that is built of an official image.
const ACCOUNTS: &[(&str, &str)] = &[("node", "node"), ("php", "www-data")];

/// Whether the image of stage `stage` has the folder `path`, with nothing in it.
pub(super) fn is_empty_folder_of_image(cx: &Context<'_>, stage: usize, path: &str) -> bool {
    official(cx, stage).is_some_and(|image| EMPTY_OF_IMAGES.contains(&(image, path)))
}

/// Whether the image of stage `stage` has the user and the group `name`.
pub(super) fn has_account(cx: &Context<'_>, stage: usize, name: &str) -> bool {
    name == "root" || official(cx, stage).is_some_and(|image| ACCOUNTS.contains(&(image, name)))
}

/// The name of the official image of stage `stage`, if that is of the plain ones.
fn official(cx: &Context<'_>, stage: usize) -> Option<&'static str> {
    if doubt_about_image(cx, stage).is_some() {
        return None;
    }
    let reference = ImageReference::parse(cx.build.image_of(stage)?).ok()?;
    PLAIN_IMAGES.iter().copied().find(|name| reference.official() == Some(name))
}

/// Whether `path` is a folder of a distribution at the root of an image.
pub(super) fn is_system_folder(path: &str) -> bool {
    SYSTEM.contains(&path.trim_matches('/'))
}

/// Whether `path` lies where only the program of the image has its files: `/app`, `/opt/app`, `/usr/src/app`.
pub(super) fn is_own_place(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    let is_present = PRESENT.iter().any(|present| path == *present || (is_within(path, present) && first == "opt"));
    let is_in_empty =
        EMPTY.iter().chain(&["/usr/src", "/go/src"]).any(|folder| path != *folder && is_within(path, folder));
    !first.is_empty() && !path.contains("..") && !is_present && (is_in_empty || !SYSTEM.contains(&first))
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
        reference.official().is_some_and(|name| PLAIN_IMAGES.contains(&name))
            && !reference.tag_or_latest().contains("onbuild")
    });
    (!is_plain || image.contains('$')).then(|| format!("what `{image}` brings is not known"))
}
