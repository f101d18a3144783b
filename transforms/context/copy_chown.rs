//! Says whose files are when they are copied, instead of changing their owner in a layer of their own.

use crate::rewrite::{Context, Effect, Findings, Preserves, Transform};
use crate::semantics::commands::Command;
use crate::semantics::{Copied, Run};
use crate::syntax::Instruction;
use crate::text::Edit;
use crate::transforms::bystanders;
use crate::transforms::filled::{self, Filled};
use crate::transforms::operands::behind_keyword;
use crate::transforms::rights::{self, Moved, Rights};

pub(super) const TRANSFORM: Transform = Transform {
    id: "copy-chown",
    preserves: Preserves::Intent,
    page: include_str!("copy_chown.md"),
    effects: &[Effect::Owners],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    rights::rewrite(cx, "chown", "Copy the files for their owner, not twice", moved)
}

/// What is to be done for the files at `path`; nothing if no COPY brings them.
fn moved(cx: &Context<'_>, rights: &Rights<'_>, path: &str) -> Result<Option<Moved>, Vec<String>> {
    let run = rights.run;
    if !rights.is_recursive() {
        return moved_file(cx, rights, path);
    }
    if filled::last_to(cx, run, path).is_none() {
        return Ok(None);
    }
    let mut because = obstacles(cx, rights);
    let filled = match filled::filled(cx, run, &rights.command, path) {
        Ok(Filled { copies, .. }) if copies.is_empty() => return Ok(None),
        Ok(filled) => filled,
        Err(obstacle) => {
            because.push(obstacle);
            return Err(because);
        }
    };
    because.extend(filled.above.iter().map(|above| format!("the COPY would make `{above}` too, for the same owner")));
    let edits = copied_for(cx, rights, &filled.copies, &mut because);
    if because.is_empty() { Ok(Some(Moved { edits, kept: filled.made })) } else { Err(because) }
}

/// The same for one file, without `-R`.
fn moved_file(cx: &Context<'_>, rights: &Rights<'_>, path: &str) -> Result<Option<Moved>, Vec<String>> {
    let Some(copied) = filled::brought(cx, rights.run, &rights.command, path).map_err(|because| vec![because])? else {
        return Ok(None);
    };
    if copied.options().any(|option| option.name() == "chown") && copied.destination.known() == Some(path) {
        return Ok(None);
    }
    let mut because = obstacles(cx, rights);
    because.extend(filled::not_only(cx, &copied, rights));
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    if !filled::is_there(cx, rights.run.stage, copied.instruction, parent) {
        because.push(format!("the COPY may make `{parent}` too, for the same owner"));
    }
    let edits = copied_for(cx, rights, &[copied], &mut because);
    if because.is_empty() { Ok(Some(Moved { edits, kept: Vec::new() })) } else { Err(because) }
}

/// What stands in the way, whatever the path.
fn obstacles(cx: &Context<'_>, rights: &Rights<'_>) -> Vec<String> {
    let mut because = rights.obstacles(cx);
    if !matches!(rights.run.user.as_deref(), None | Some("root" | "0")) || rights.command.is_privileged() {
        because.push("it is not root who runs it".to_owned());
    }
    because
}

/// The edits that have `copies` say the owner; what stands in the way is added to `because`.
fn copied_for(cx: &Context<'_>, rights: &Rights<'_>, copies: &[Copied<'_>], because: &mut Vec<String>) -> Vec<Edit> {
    let owner = match owner_for_copy(&rights.what) {
        Ok(owner) => owner,
        Err(obstacle) => {
            because.push(obstacle);
            return Vec::new();
        }
    };
    let mut edits = Vec::new();
    for copied in copies {
        let said = copied.options().find(|option| option.name() == "chown").map(|option| option.value());
        match said {
            Some(said) if said == Some(&owner) => {}
            Some(_) => because.push(format!("line {} gives the files to somebody else", copied.instruction.first_line)),
            None => edits.push(Edit::insert(behind_keyword(copied.instruction), format!(" --chown={owner}"))),
        }
        because.extend(obstacle_in_copy(cx, copied));
    }
    if let Some(first) = copies.first() {
        because.extend(missing_account(cx, rights.run, &rights.command, first.instruction, &owner));
    }
    edits
}

/// Why a user or group of `owner` may not be there yet when `copy` runs, or be another one.
fn missing_account(
    cx: &Context<'_>,
    run: &Run<'_>,
    command: &Command<'_>,
    copy: &Instruction,
    owner: &str,
) -> Option<String> {
    let mut names = owner.split(':').filter(|name| !name.bytes().all(|byte| byte.is_ascii_digit()));
    names.find_map(|name| {
        let line = bystanders::decides_account(cx, run, command, copy, name)?;
        Some(format!("`{name}` may be made or changed in line {line}, behind the COPY"))
    })
}

/// What `--chown` is to say; a group that `chown` does not name stays that of root.
fn owner_for_copy(owner: &str) -> Result<String, String> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c == '_' || c.is_ascii_alphanumeric())
            && name.chars().all(|c| c == '_' || c == '-' || c.is_ascii_alphanumeric())
    };
    match owner.split_once(':') {
        None if is_name(owner) => Ok(format!("{owner}:0")),
        Some((user, group)) if is_name(user) && is_name(group) => Ok(owner.to_owned()),
        _ if owner.contains('$') => Err(format!("who `{owner}` is, is not known before the build")),
        _ => Err(format!("`{owner}` is no plain user and group")),
    }
}

fn obstacle_in_copy(cx: &Context<'_>, copied: &Copied<'_>) -> Option<String> {
    if !filled::is_as_copy(cx, copied) {
        return Some("ADD may unpack or fetch what it adds".to_owned());
    }
    if !copied.is_of_context() {
        return Some("what comes from an image may have rights that only `chown` takes away".to_owned());
    }
    if let Some(name) = copied.option_besides(&["chmod", "chown"]) {
        return Some(format!("the COPY has `--{name}`"));
    }
    copied.foreign().map(|source| format!("`{}` is no path in the build context", source.value.written))
}
