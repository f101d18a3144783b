//! Starts the program as a user without rights, where nothing that it does can need root.

mod code;
mod environments;
mod made;
mod ownership;
mod programs;
mod scripts;
mod signs;
mod starts;
mod surrounded;

use self::code::Code;
use self::ownership::{Ownership, Placed};
use self::programs::Known;
use self::starts::Start;
use crate::bases::accounts::{self, Account, Kind};
use crate::bases::around::{self, Kept};
use crate::bases::lines;
use crate::ecosystems::Made;
use crate::known::{Table, table};
use crate::rewrite::{Context, Effect, Findings, Obstacle, Obstacles, Preserves, Transform};
use crate::semantics::{Base, Named, Origin, Stage};
use crate::surroundings::Surroundings;
use crate::syntax::{DEFAULT_TAG, Instruction, ItemKind, Keyword};
use crate::text::{Edit, Newline, indent_at, line_start};
use crate::transforms::operands;

pub(super) const TRANSFORM: Transform = Transform {
    id: "non-root-user",
    preserves: Preserves::Intent,
    page: include_str!("non_root_user.md"),
    rules: &["DL3002"],
    owns: &[Keyword::User],
    effects: &[
        Effect::Owners,
        Effect::Files("/etc/{passwd,group,shadow,gshadow,subuid,subgid}*"),
        Effect::Files("/home/**"),
        Effect::Files("/var/log/**"),
    ],
    is_deep: true,
    rewrite,
    ..Transform::PLAIN
};

static FACTS: Table = table!("facts.txt");

/// Programs that are left as they are, and why.
static PROGRAMS: Table = table!("programs.txt");

/// A change that has no obstacle.
struct Plan<'f> {
    account: Account,
    ownership: Ownership<'f>,
    start: Start<'f>,
    /// For each copy, whether the program is given what it brings.
    given: Vec<bool>,
}

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    let Some(last) = cx.build.stages.len().checked_sub(1) else { return findings };
    if cx.build.stages[last].base.is_windows() || has_user(cx, last) {
        return findings;
    }
    match plan(cx, last) {
        Ok(None) => {}
        Ok(Some(plan)) => {
            let title = format!("Start `{}` as a user without rights", plan.start.words.join(" "));
            findings.rewrite(title, edits(cx, &cx.build.stages[last], &plan));
        }
        Err(obstacles) => findings.decline_all(obstacles),
    }
    findings
}

/// Whether USER means root by `name`.
fn is_root(name: &str) -> bool {
    name.is_empty() || name == "root" || name == "0"
}

/// Whether the program has a user already, by the last USER of the stage and of those it is based on.
fn has_user(cx: &Context<'_>, stage: usize) -> bool {
    let mut stage = &cx.build.stages[stage];
    loop {
        let mut users = stage.instructions.iter().rev().filter(|instruction| instruction.keyword() == Keyword::User);
        if let Some(user) = users.next() {
            let user = user.arguments().list().concat();
            let name = user.split(':').next().unwrap_or_default();
            return !is_root(name);
        }
        match stage.base {
            Base::Stage(base) => stage = &cx.build.stages[base],
            _ => return false,
        }
    }
}

/// What is to be done; nothing where the base image has a user.
fn plan<'f>(cx: &Context<'f>, last: usize) -> Result<Option<Plan<'f>>, Obstacles> {
    let stage = &cx.build.stages[last];
    let is_elsewhere =
        stage.from.flag("platform").is_some_and(|platform| platform.to_ascii_lowercase().starts_with("windows"));
    if is_elsewhere || cx.file.escape().byte() == b'`' {
        return Ok(None);
    }
    let from = stage.from.text_range();
    let mut obstacles = Obstacles::default();
    let account = obstacles.note(accounts::account(cx, last).map_err(|because| (from, because)));
    if matches!(account, Some(None)) {
        return Ok(None);
    }
    let account = account.flatten();
    if let Some(image) = cx.build.base_image(last) {
        obstacles.note(around::is_image(cx, image).map_err(|because| (from, because)));
    }
    let stages: Vec<_> = environments::stages(cx, last).into_iter().map(|stage| &cx.build.stages[stage]).collect();
    obstacles.add(signs::of_name(stage));
    obstacles.add(stages.iter().flat_map(|stage| signs::in_instructions(cx, stage)));
    obstacles.add(stages.iter().filter_map(|stage| signs::in_text(cx, stage)));
    let Some(mut ownership) = obstacles.note(ownership::ownership(cx, last, false)) else { return obstacles.or(None) };
    let Some(start) = obstacles.note(starts::start(cx, last, &ownership)) else { return obstacles.or(None) };
    let own: Vec<_> = ownership.folder.iter().cloned().collect();
    let code = match code::code(cx, &start, &ownership, &own) {
        Code::Read(code) => Some(code),
        Code::Unknown => None,
        Code::Hidden(because) => {
            obstacles.add([(start.range, because)]);
            None
        }
    };
    let is_service = code.as_ref().is_some_and(|code| code.is_service) || programs::service_of(&start.words).is_some();
    let known = if is_service { Known::Service } else { Known::Nothing };
    obstacles.add(starts::missing(cx, &start, &ownership).map(|because| (start.range, because)));
    obstacles.note(programs::needs_no_root(cx, &start, &ownership, known));
    let program = start.words.first().map_or("", String::as_str);
    obstacles.add(surrounded::obstacles(cx, program, &own).into_iter().map(|because| (from, because)));
    obstacles.add(made::by_root(cx, last, &mut ownership));
    let ports: Vec<_> = stages.iter().flat_map(|stage| signs::ports(stage)).collect();
    let is_exposed = stages.iter().any(|stage| signs::exposes(stage));
    obstacles.add(ports);
    let is_served = is_service || is_exposed || cx.surroundings().is_some_and(Surroundings::serves);
    let reads_files = code.as_ref().is_none_or(code::Read::may_open_files);
    if !is_served && reads_files {
        let because = "no EXPOSE says that it is a service; what is no service is run with folders of its user mounted";
        obstacles.add([(from, because.to_owned())]);
    }
    obstacles.add(code::in_home_of_root(cx, code.as_ref()).map(|because| (start.range, because)));
    if let Some(code) = &code {
        obstacles.add(of_code(code, &start, &ownership, is_served));
    }
    let gives = gives(&start, code.as_ref(), &ownership);
    if gives == Gives::All {
        obstacles.add(surrounded::told_to_mount(cx).map(|because| (from, because)));
    }
    // What writes no files needs no folder of its own.
    let is_bare = account.as_ref().is_some_and(|account| account.image == Kind::Bare);
    let writes_nothing = code.as_ref().is_some_and(|code| code.is_whole && code.needs.writes.is_none());
    let is_compiled = code.as_ref().is_some_and(|code| code.ecosystem.kept == Kept::Nothing) && gives == Gives::Folder;
    let is_apart = writes_nothing && (is_compiled || ownership.is_apart());
    match ownership::ownership(cx, last, !is_bare && gives != Gives::Nothing) {
        Ok(_) => {}
        Err(_) if is_apart => ownership.folder = None,
        Err(obstacle) => obstacles.add([obstacle]),
    }
    let given: Vec<_> = ownership.copied.iter().map(|copied| is_given(cx, copied, gives, &start.executed)).collect();
    let is_context_given =
        ownership.copied.iter().zip(&given).any(|(copied, given)| *given && copied.from == Origin::Context);
    if is_context_given {
        obstacles.add(std::mem::take(&mut ownership.asks_git));
    }
    obstacles.add(stages.iter().flat_map(|stage| signs::in_variables(stage, &own)));
    // USER stands directly before what is started, and what makes files is for root.
    let makes = |instruction: &&Instruction| matches!(instruction.keyword(), Keyword::Run | Keyword::Workdir);
    let behind = |instruction: &&Instruction| instruction.range.start() > start.first.range.start();
    let late = stage.instructions.iter().copied().find(|instruction| makes(instruction) && behind(instruction));
    obstacles.add(late.map(|late| (late.text_range(), "it comes behind what is started, and is for root".to_owned())));
    if gives == Gives::Nothing {
        ownership.folder = None;
    }
    let Some(account) = account else { return obstacles.or(None) };
    obstacles.add(npm_obstacle(cx, last, &account, &ownership));
    obstacles.or(Some(Plan { account, ownership, start, given }))
}

/// What of its files a program has to own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    /// Its folder and all that is copied.
    All,
    /// Its folder, where what it is built on may make files, and what its owner alone may be able to read.
    Folder,
    /// What its owner alone may be able to read: it writes nothing.
    Nothing,
}

/// What of its files the program of `start` has to own, by its code.
fn gives(start: &Start<'_>, code: Option<&code::Read>, ownership: &Ownership<'_>) -> Gives {
    let Some(code) = code else { return Gives::All };
    let ecosystem = code.ecosystem;
    let writes_beside = start
        .lines()
        .any(|line| FACTS.of("service that writes where it is started").any(|lead| programs::begins(line, lead)))
        || FACTS.has("ecosystem whose tools write beside the code", ecosystem.name);
    let is_seen = code.is_whole || (ownership.is_built && ecosystem.made == Made::Compiled);
    match code.needs.writes.is_none() && code.writes_perhaps.is_none() && is_seen && !writes_beside {
        false => Gives::All,
        // What is in a library that nobody knows, may write beside the code.
        true if code.needs.of_libraries().is_some() && ecosystem.kept != Kept::Nothing => Gives::All,
        true if code.needs.of_libraries().is_some() || !start.others.is_empty() || !code.is_whole => Gives::Folder,
        true => Gives::Nothing,
    }
}

/// Whether the program is given what `copied` brings.
fn is_given(cx: &Context<'_>, copied: &Placed<'_>, gives: Gives, executed: &[String]) -> bool {
    let is_written = gives == Gives::Folder && copied.brings_written(cx);
    copied.is_given() && (gives == Gives::All || is_written || copied.brings_secrets(cx) || copied.brings(cx, executed))
}

/// What of the code may need root, or writes to what is not its own.
fn of_code(code: &code::Read, start: &Start<'_>, ownership: &Ownership<'_>, is_served: bool) -> Vec<Obstacle> {
    let needs = [&code.needs.system, &code.needs.port].into_iter().flatten();
    let mut obstacles: Vec<_> =
        needs.map(|because| (start.range, format!("{because}, so that it may need root"))).collect();
    let unclear =
        |because: &String| (start.range, format!("{because}, and where it writes is only known when it runs"));
    obstacles.extend(code.writes_of_root.iter().map(unclear));
    // What a bundle writes beside itself, it writes to what a command has made.
    let is_bundle_of_root = ownership.is_built && code.ecosystem.made == Made::Bundled;
    let is_of_root = is_bundle_of_root || ownership.is_installed;
    let is_own = is_served && ownership.folder.is_some() && !is_of_root;
    let writes = code.needs.writes.iter().chain(&code.writes_perhaps);
    obstacles.extend(writes.filter(|_| !is_own).map(unclear));
    if ownership.is_run && code.writes_beside {
        let because = "a command runs the code, which may make log files that belong to root".to_owned();
        obstacles.push((start.range, because));
    }
    let begins = |lead: &str| programs::begins(&start.words, lead);
    if ownership.is_built && FACTS.of("service that writes to what was built").any(begins) {
        let because = format!("`{}` writes to what a command has made", start.words.join(" "));
        obstacles.push((start.range, because));
    }
    obstacles
}

/// npm 7 and 8 run scripts as the owner of the folder, so the folder has to be root's until they have run.
fn npm_obstacle(cx: &Context<'_>, last: usize, account: &Account, ownership: &Ownership<'_>) -> Option<Obstacle> {
    let folder = ownership.folder.as_deref()?;
    let made_by = ownership.copied.iter().find(|copied| copied.destination == folder)?.instruction;
    let stage = &cx.build.stages[last];
    let is_workdir_first = stage
        .instructions
        .iter()
        .any(|other| other.keyword() == Keyword::Workdir && other.range.start() < made_by.range.start());
    let runs_later = cx.build.runs_of(last).find(|run| run.instruction.range.start() > made_by.range.start())?;
    let is_at_risk = account.image == Kind::Node && !is_workdir_first;
    let because = "npm 7 and 8 would run scripts as the owner of the folder";
    is_at_risk.then(|| (runs_later.instruction.text_range(), because.to_owned()))
}

fn edits(cx: &Context<'_>, stage: &Stage<'_>, plan: &Plan<'_>) -> Vec<Edit> {
    let source = cx.file.source();
    let newline = Newline::of(source).as_str();
    let Plan { account, ownership, start, given } = plan;
    let chown = |instruction: &Instruction| {
        Edit::insert(operands::behind_keyword(instruction), format!(" --chown={}", account.owner))
    };
    let given = ownership.copied.iter().zip(given).filter(|(_, given)| **given).map(|(copied, _)| copied);
    let is_bare = account.image == Kind::Bare;
    let mut edits: Vec<_> = given.map(|copied| chown(copied.instruction)).collect();
    let place = above_comments(cx, start.first);
    let indent = indent_at(source, start.first.range.start());
    let keyword = start.first.source_range(start.first.statement.keyword_range);
    let is_lower = cx.file.slice(keyword).iter().all(u8::is_ascii_lowercase);
    let (run, user) = if is_lower { ("run", "user") } else { ("RUN", "USER") };
    let mut late = String::new();
    let has_runs = stage.instructions.iter().any(|instruction| instruction.keyword() == Keyword::Run);
    edits.extend(tag_with_user(cx, stage));
    if !is_bare {
        let mut commands: Vec<_> = account.creation.iter().map(|command| (*command).to_owned()).collect();
        let name = if account.creation.is_empty() { account.owner } else { "app:app" };
        match &ownership.folder {
            // What npm runs in the stage would be run as the owner of the folder.
            Some(folder) if account.image == Kind::Node && has_runs => {
                let folders = ownership.folders(folder);
                late = format!("{indent}{run} chown {} {folders}{newline}", account.owner);
            }
            Some(folder) => {
                let folders = ownership.folders(folder);
                commands.push(format!("mkdir -p {folders} && chown {name} {folders}"));
            }
            None => {}
        }
        if !commands.is_empty() {
            let joint = format!(" {}{newline}    && ", cx.file.escape().as_char());
            edits.push(Edit::insert(stage.from.range.end(), format!("{run} {}{newline}", commands.join(&joint))));
        }
    }
    edits.push(Edit::insert(place, format!("{late}{indent}{user} {}{newline}", account.user)));
    edits
}

/// Images of distroless have the same under another tag, with a user without rights and its home as the working directory, which is of no matter where a WORKDIR comes
/// first. Who wrote `latest` chose no other.
fn tag_with_user(cx: &Context<'_>, stage: &Stage<'_>) -> Option<Edit> {
    let image = cx.build.image_uses().iter().find(|image| image.instruction.range == stage.from.range)?;
    let Named::Image(reference) = &image.named else { return None };
    let is_distroless = reference.registry == "gcr.io" && reference.repository.starts_with("distroless/");
    let is_latest = reference.tag.as_deref() == Some(DEFAULT_TAG) && reference.digest.is_none();
    let works = |instruction: &&&Instruction| {
        matches!(instruction.keyword(), Keyword::Workdir | Keyword::Copy | Keyword::Add | Keyword::Run)
    };
    let first = stage.instructions.iter().find(works)?;
    let is_apart = first.keyword() == Keyword::Workdir && first.arguments().list().concat().starts_with('/');
    let range = image.range.filter(|_| is_distroless && is_latest && is_apart)?;
    Some(lines::tag_edit(range, reference, "nonroot"))
}

/// Where a line goes that stands before `instruction` and the comments directly above it.
fn above_comments(cx: &Context<'_>, instruction: &Instruction) -> usize {
    let line = line_start(cx.file.source(), instruction.range.start());
    let mut place = line;
    for item in cx.file.items().iter().rev().skip_while(|item| item.range.end() > line) {
        if !matches!(item.kind, ItemKind::Comment) || item.range.end() != place {
            break;
        }
        place = item.range.start();
    }
    place
}
