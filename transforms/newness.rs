//! Whether something may stand at a path of the image before a COPY writes there.

use crate::rewrite::Context;
use crate::semantics::joined;
use crate::semantics::{Base, By, Copied, Run, is_within, is_written_out};
use crate::syntax::{ImageReference, Instruction, Keyword};

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
const EMPTY: &[&str] = &["/home", "/opt", "/srv"];

/// What images have in [`EMPTY`] folders.
const PRESENT: &[&str] = &["/home/node", "/home/ubuntu", "/opt/java", "/opt/openjdk", "/opt/yarn"];

/// Programs that make no folder that their command line does not name.
const HARMLESS: &[&str] = &[
    ":",
    "[",
    "addgroup",
    "adduser",
    "apt-key",
    "cat",
    "cd",
    "chmod",
    "chown",
    "curl",
    "echo",
    "export",
    "groupadd",
    "ln",
    "locale-gen",
    "mkdir",
    "printf",
    "rm",
    "sed",
    "set",
    "test",
    "touch",
    "true",
    "update-ca-certificates",
    "useradd",
    "usermod",
    "wget",
];

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

/// Why it is not sure that nothing stands at `path`, and its folder is there, when `copy` of stage `stage` runs.
pub(super) fn doubt(cx: &Context<'_>, stage: usize, copy: &Instruction, path: &str) -> Option<String> {
    if let Some(because) = doubt_about_image(cx, stage) {
        return Some(because);
    }
    if !is_own_place(path) {
        return Some(format!("`{path}` may be there before"));
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut folders = vec![String::new()];
    folders.extend(EMPTY.iter().map(|&empty| empty.to_owned()));
    for instruction in before(cx, stage, copy) {
        match instruction.keyword() {
            Keyword::Workdir => {
                let made = joined("/", cx.build.directory_behind(instruction).unwrap_or_default());
                if !is_written_out(&made) || is_within(&made, path) {
                    return Some(format!("WORKDIR makes `{made}` before"));
                }
                folders.push(made);
            }
            Keyword::Copy | Keyword::Add
                if cx.build.copied_by(instruction).is_none_or(|copied| may_reach(&copied, path)) =>
            {
                return Some(format!("line {} may write to `{path}` before", instruction.first_line));
            }
            Keyword::Run => {
                let run = cx.build.run_of(instruction);
                if run.is_none_or(|run| !spares(run, name)) {
                    return Some(format!("line {} may make `{path}` before", instruction.first_line));
                }
            }
            Keyword::Volume | Keyword::Onbuild => {
                return Some(format!("what is at `{path}` before is not known from line {}", instruction.first_line));
            }
            _ => {}
        }
    }
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let is_there = folders.iter().any(|folder| is_within(folder, parent) || (parent.is_empty() && folder.is_empty()));
    (!is_there).then(|| format!("the COPY would make `{parent}` too, for the same owner"))
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

/// Whether a COPY or ADD before may bring something to `path`.
fn may_reach(copied: &Copied<'_>, path: &str) -> bool {
    let destination = &copied.destination;
    let are_files = copied.by == By::Copy
        && copied.sources.iter().all(|source| {
            let name = source.name();
            name.trim_start_matches('.').contains('.') && !path.ends_with(name)
        });
    destination.known().is_none()
        || is_within(&destination.path, path)
        || (is_within(path, &destination.path) && !are_files)
}

/// Whether a RUN makes nothing called `name`: it does not say it, and starts nothing of which more is to be expected.
fn spares(run: &Run<'_>, name: &str) -> bool {
    let Some(text) = run.text() else { return false };
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
    let is_plain = run.commands().iter().all(|command| {
        command.name().is_some_and(|name| HARMLESS.contains(&name)) || command.package_command().is_some()
    });
    is_plain && run.mounts.is_empty() && words.all(|word| word != name)
}
