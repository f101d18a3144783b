//! Starts the program as a user without rights, where nothing that it does can need root.

mod code;
mod ownership;
mod signs;
mod starts;
mod surrounded;

use self::code::Code;
use self::ownership::Ownership;
use self::starts::Start;
use crate::bases::accounts::{self, Account, Kind};
use crate::bases::around;
use crate::bases::lines;
use crate::known::{Table, table};
use crate::rewrite::{Context, Effect, Findings, Obstacle, Obstacles, Preserves, Transform};
use crate::semantics::{Base, Named, Stage};
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
    obstacles.add(signs::in_instructions(cx, stage));
    obstacles.add(signs::in_text(cx, stage));
    let Some(mut ownership) = obstacles.note(ownership::ownership(cx, last, false)) else { return obstacles.or(None) };
    let Some(start) = obstacles.note(starts::start(cx, last, &ownership)) else { return obstacles.or(None) };
    obstacles.note(starts::needs_no_root(cx, &start, &ownership));
    let own: Vec<_> = ownership.folder.iter().cloned().collect();
    let program = start.words.first().map_or("", String::as_str);
    obstacles.add(surrounded::obstacles(cx, program, &own).into_iter().map(|because| (from, because)));
    let whole_code = obstacles_of_code(cx, &start, &ownership, &own, &mut obstacles);
    let is_served = cx.surroundings().is_some_and(Surroundings::serves);
    let reads_files = whole_code.as_ref().is_none_or(|code| code.needs.reads.is_some());
    obstacles.note(signs::ports(stage, !is_served && reads_files));
    // What writes no files needs no folder of its own.
    let is_bare = account.as_ref().is_some_and(|account| account.image == Kind::Bare);
    match ownership::ownership(cx, last, !is_bare) {
        Ok(_) => {}
        Err(_) if whole_code.is_some() && ownership.is_apart() => ownership.folder = None,
        Err(obstacle) => obstacles.add([obstacle]),
    }
    obstacles.add(signs::in_variables(stage, &own));
    obstacles.add(ownership::made_by_root(cx, last, &ownership));
    // USER stands directly before what is started, and what makes files is for root.
    let makes = |instruction: &&Instruction| matches!(instruction.keyword(), Keyword::Run | Keyword::Workdir);
    let behind = |instruction: &&Instruction| instruction.range.start() > start.first.range.start();
    let late = stage.instructions.iter().copied().find(|instruction| makes(instruction) && behind(instruction));
    obstacles.add(late.map(|late| (late.text_range(), "it comes behind what is started, and is for root".to_owned())));
    let Some(account) = account else { return obstacles.or(None) };
    obstacles.add(npm_obstacle(cx, last, &account, &ownership));
    obstacles.or(Some(Plan { account, ownership, start }))
}

/// What the code of the program does, if all of it is seen; what of it may need root is noted.
fn obstacles_of_code(
    cx: &Context<'_>,
    start: &Start<'_>,
    ownership: &Ownership<'_>,
    own: &[String],
    obstacles: &mut Obstacles,
) -> Option<code::Read> {
    let code = match code::code(cx, start, ownership, own) {
        Code::Read(code) => code,
        Code::Unknown => return None,
        Code::Hidden(because) => {
            obstacles.add([(start.range, because)]);
            return None;
        }
    };
    let needs = [&code.needs.system, &code.needs.port].into_iter().flatten();
    obstacles.add(needs.map(|because| (start.range, format!("{because}, so that it may need root"))));
    let writes = [&code.needs.writes, &code.writes_of_root].into_iter().flatten();
    let unclear = |because| (start.range, format!("{because}, and where it writes is only known when it runs"));
    obstacles.add(writes.map(unclear));
    code.is_whole.then_some(code)
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
    let Plan { account, ownership, start } = plan;
    let chown = |instruction: &Instruction| {
        Edit::insert(operands::behind_keyword(instruction), format!(" --chown={}", account.owner))
    };
    let given = ownership.copied.iter().filter(|copied| copied.is_given());
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
                late = format!("{indent}{run} chown {} {folder}{newline}", account.owner);
            }
            Some(folder) => commands.push(format!("mkdir -p {folder} && chown {name} {folder}")),
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
