//! What BuildKit's instruction parser refuses although its line parser took it (`instructions/parse.go`, `instructions/bflag.go`).

use smallvec::SmallVec;

use super::dockerfile::{Problem, RefusedBy};
use super::heredoc;
use super::instruction::{Arguments, Flag, Instruction, Keyword, Statement};

/// An instruction that is refused wherever it stands: its first line, and why.
pub(super) struct Refused {
    line: usize,
    message: String,
}

impl Refused {
    /// Whether and why `instruction` is.
    pub fn of(instruction: &Instruction) -> Option<Self> {
        check(instruction).err().map(|message| Self { line: instruction.first_line, message })
    }
}

/// The first of `instructions` that BuildKit refuses, and why, `refused` being the first that is refused wherever it stands. It looks no further.
pub(super) fn first_problem<'i>(
    instructions: impl Iterator<Item = &'i Instruction>,
    refused: Option<&Refused>,
) -> Option<Problem> {
    let mut in_stage = false;
    let mut last = None;
    for instruction in instructions {
        last = Some(instruction);
        if let Some(refused) = refused.filter(|refused| refused.line == instruction.first_line) {
            return Some(problem(instruction, refused.message.clone()));
        }
        in_stage |= instruction.keyword() == Keyword::From;
        if !in_stage && instruction.keyword() != Keyword::Arg {
            return Some(problem(instruction, "no build stage in current context".to_owned()));
        }
    }
    last.filter(|_| !in_stage).map(|last| problem(last, "dockerfile contains no stages to build".to_owned()))
}

fn problem(instruction: &Instruction, message: String) -> Problem {
    let (range, line) = (instruction.range, instruction.first_line);
    Problem { range, line, message, by: RefusedBy::InstructionParser }
}

type Verdict = Result<(), String>;

fn check(instruction: &Instruction) -> Verdict {
    let statement = &instruction.statement;
    let arguments = match statement.keyword {
        // Nothing is said of these, and they are the longest.
        Keyword::Run | Keyword::Cmd | Keyword::Entrypoint => SmallVec::new(),
        _ => statement.arguments.list(),
    };
    let name = statement.keyword.name();
    let at_least_one = || {
        if arguments.is_empty() { Err(format!("{name} requires at least one argument")) } else { Ok(()) }
    };
    let exactly_one = || {
        if arguments.len() == 1 { Ok(()) } else { Err(format!("{name} requires exactly one argument")) }
    };
    match statement.keyword {
        Keyword::Env | Keyword::Label => {
            flags(statement, &[])?;
            at_least_one()?;
            let blank = statement.arguments.pairs().iter().any(|pair| pair.key.text.is_empty());
            if blank { Err(format!("{name} names can not be blank")) } else { Ok(()) }
        }
        Keyword::Maintainer | Keyword::Workdir | Keyword::User => {
            exactly_one()?;
            flags(statement, &[])
        }
        Keyword::Stopsignal => exactly_one(),
        Keyword::Arg => {
            at_least_one()?;
            let blank = arguments.iter().any(|argument| argument.starts_with('='));
            if blank { Err("ARG names can not be blank".to_owned()) } else { Ok(()) }
        }
        Keyword::Expose => {
            at_least_one()?;
            flags(statement, &[])
        }
        Keyword::Add => sources_and_destination(statement, &arguments, ADD_FLAGS),
        Keyword::Copy => sources_and_destination(statement, &arguments, COPY_FLAGS),
        Keyword::From => from(statement, &arguments),
        Keyword::Run => run(statement),
        Keyword::Cmd | Keyword::Entrypoint => flags(statement, &[]),
        Keyword::Shell => {
            flags(statement, &[])?;
            at_least_one()?;
            if statement.arguments.is_json() {
                Ok(())
            } else {
                Err("SHELL requires the arguments to be in JSON form".to_owned())
            }
        }
        Keyword::Volume => {
            at_least_one()?;
            flags(statement, &[])?;
            let blank = arguments.iter().any(|argument| argument.trim().is_empty());
            if blank { Err("VOLUME specified can not be an empty string".to_owned()) } else { Ok(()) }
        }
        Keyword::Healthcheck => {
            at_least_one()?;
            healthcheck(statement, &arguments)
        }
        Keyword::Onbuild => onbuild(statement, instruction),
        Keyword::Unknown => {
            let name = instruction.line.text(statement.keyword_range);
            Err(format!("unknown instruction: {name}"))
        }
    }
}

fn sources_and_destination(statement: &Statement, arguments: &[&str], known: &[(&str, FlagKind)]) -> Verdict {
    let name = statement.keyword.name();
    let [_, .., destination] = arguments else {
        return Err(format!(
            "{name} requires at least two arguments, but only one was provided. Destination could not be determined"
        ));
    };
    flags(statement, known)?;
    match heredoc::marker(destination) {
        Ok(Some(_)) => Err(format!("{name} cannot accept a heredoc as a destination")),
        _ => Ok(()),
    }
}

fn from(statement: &Statement, arguments: &[&str]) -> Verdict {
    match arguments {
        [_] => {}
        [_, keyword, name] if keyword.eq_ignore_ascii_case("as") => {
            let lower = name.to_lowercase();
            let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
            if !lower.starts_with(|c: char| c.is_ascii_lowercase()) || !lower.chars().all(known) {
                return Err(format!(
                    "invalid name for build stage: {name:?}, name can't start with a number or contain symbols"
                ));
            }
        }
        _ => return Err("FROM requires either one or three arguments".to_owned()),
    }
    flags(statement, &[("platform", FlagKind::Text)])
}

fn run(statement: &Statement) -> Verdict {
    let known = [
        ("device", FlagKind::Texts),
        ("mount", FlagKind::Texts),
        ("network", FlagKind::Text),
        ("security", FlagKind::Text),
    ];
    flags(statement, &known)?;
    for flag in &statement.flags {
        let value = flag.value().unwrap_or_default();
        match flag.name() {
            "mount" => mount(value)?,
            "device" => device(value)?,
            "network" if !matches!(value, "default" | "none" | "host") => {
                return Err(format!("invalid network mode {value:?}"));
            }
            "security" if !matches!(value, "insecure" | "sandbox") => {
                return Err(format!("security {value:?} is not valid"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Most keys of a mount are only looked at when the build runs (`commands_runmount.go`).
fn mount(value: &str) -> Verdict {
    for field in comma_separated(value)? {
        let Some((key, value)) = field.split_once('=') else { continue };
        let variable = value.find('$').is_some_and(|at| at + 1 != value.len());
        if key.eq_ignore_ascii_case("from") && variable {
            return Err("'from' doesn't support variable expansion, define alias stage instead".to_owned());
        }
    }
    Ok(())
}

fn device(value: &str) -> Verdict {
    let mut name = String::new();
    for field in comma_separated(value)? {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), Some(value)),
            None => (field.to_lowercase(), None),
        };
        match (key.as_str(), value) {
            ("required", None) => {}
            ("required", Some(value)) => {
                if !matches!(
                    value,
                    "1" | "t" | "T" | "TRUE" | "true" | "True" | "0" | "f" | "F" | "FALSE" | "false" | "False"
                ) {
                    return Err(format!("invalid value for required: {value}"));
                }
            }
            ("name", Some(_)) if !name.is_empty() => return Err(format!("device name already set to {name}")),
            ("name", Some(value)) => value.clone_into(&mut name),
            _ if name.is_empty() => name.clone_from(&field),
            _ => return Err(format!("invalid field '{field}' must be a key=value pair")),
        }
    }
    Ok(())
}

/// The fields of one CSV line (`go-csvvalue`).
fn comma_separated(line: &str) -> Result<Vec<String>, String> {
    let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() {
        return Err("failed to parse csv mounts: EOF".to_owned());
    }
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let Some(quoted) = rest.strip_prefix('"') else {
            let (field, after) = rest.split_once(',').map_or((rest, None), |(field, after)| (field, Some(after)));
            if field.contains('"') {
                return Err("failed to parse csv mounts: bare \" in non-quoted field".to_owned());
            }
            fields.push(field.to_owned());
            match after {
                Some(after) => rest = after,
                None => return Ok(fields),
            }
            continue;
        };
        let mut field = String::new();
        rest = quoted;
        loop {
            let Some((text, after)) = rest.split_once('"') else {
                return Err("failed to parse csv mounts: extraneous or missing \" in quoted field".to_owned());
            };
            field.push_str(text);
            let Some(after) = after.strip_prefix('"') else {
                rest = after;
                break;
            };
            field.push('"');
            rest = after;
        }
        fields.push(field);
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(fields),
            None => return Err("failed to parse csv mounts: extraneous or missing \" in quoted field".to_owned()),
        }
    }
}

fn healthcheck(statement: &Statement, arguments: &[&str]) -> Verdict {
    let kind = arguments[0].to_uppercase();
    if kind == "NONE" {
        return if arguments.len() > 1 { Err("HEALTHCHECK NONE takes no arguments".to_owned()) } else { Ok(()) };
    }
    flags(statement, HEALTHCHECK_FLAGS)?;
    if kind != "CMD" {
        return Err(format!("Unknown type {kind:?} in HEALTHCHECK (try CMD)"));
    }
    if arguments.len() == 1 {
        return Err("Missing command after HEALTHCHECK CMD".to_owned());
    }
    for flag in &statement.flags {
        let value = flag.value().unwrap_or_default();
        if flag.name() == "retries" {
            if !value.is_empty() {
                let retries: i32 = value.parse().map_err(|_| format!("invalid number of retries {value:?}"))?;
                if retries < 0 {
                    return Err(format!("--retries cannot be negative ({retries})"));
                }
            }
        } else {
            interval(flag.name(), value)?;
        }
    }
    Ok(())
}

fn interval(name: &str, value: &str) -> Verdict {
    if value.is_empty() {
        return Ok(());
    }
    let nanoseconds = duration(value).ok_or_else(|| format!("time: invalid duration {value:?}"))?;
    if nanoseconds != 0.0 && nanoseconds < 1e6 {
        return Err(format!("Interval {name:?} cannot be less than 1ms"));
    }
    Ok(())
}

/// Go's `time.ParseDuration`, in nanoseconds.
fn duration(text: &str) -> Option<f64> {
    const UNITS: &[(&str, f64)] =
        &[("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12)];
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0.0);
    }
    let mut total = 0.0;
    loop {
        let number_len = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, after) = rest.split_at(number_len);
        if number.matches('.').count() > 1 || !number.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let unit_len = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_len);
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total += number.parse::<f64>().ok()? * scale;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    (total < 9.223_372_036_854_776e18).then_some(if negative { -total } else { total })
}

fn onbuild(statement: &Statement, instruction: &Instruction) -> Verdict {
    let Arguments::Trigger(trigger) = &statement.arguments else {
        return Err("ONBUILD requires at least one argument".to_owned());
    };
    flags(statement, &[])?;
    let name = instruction.line.text(trigger.keyword_range).trim().to_uppercase();
    match name.as_str() {
        "ONBUILD" => Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".to_owned()),
        "MAINTAINER" | "FROM" => Err(format!("{name} isn't allowed as an ONBUILD trigger")),
        _ => Ok(()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FlagKind {
    Switch,
    Text,
    /// May be given several times.
    Texts,
}

const ADD_FLAGS: &[(&str, FlagKind)] = &[
    ("chown", FlagKind::Text),
    ("chmod", FlagKind::Text),
    ("link", FlagKind::Switch),
    ("keep-git-dir", FlagKind::Switch),
    ("checksum", FlagKind::Text),
    ("unpack", FlagKind::Switch),
    ("exclude", FlagKind::Texts),
];

const COPY_FLAGS: &[(&str, FlagKind)] = &[
    ("chown", FlagKind::Text),
    ("from", FlagKind::Text),
    ("chmod", FlagKind::Text),
    ("link", FlagKind::Switch),
    ("exclude", FlagKind::Texts),
    ("parents", FlagKind::Switch),
];

const HEALTHCHECK_FLAGS: &[(&str, FlagKind)] = &[
    ("interval", FlagKind::Text),
    ("timeout", FlagKind::Text),
    ("start-period", FlagKind::Text),
    ("start-interval", FlagKind::Text),
    ("retries", FlagKind::Text),
];

fn flags(statement: &Statement, known: &[(&str, FlagKind)]) -> Verdict {
    let mut used: Vec<&str> = Vec::new();
    for Flag { text, .. } in &statement.flags {
        if text == "--" {
            return Ok(());
        }
        let (flag, value) = text.split_once('=').map_or((text.as_str(), None), |(flag, value)| (flag, Some(value)));
        let name = flag.strip_prefix("--").ok_or_else(|| format!("arg should start with -- : {text}"))?;
        let Some((_, kind)) = known.iter().find(|(known, _)| *known == name) else {
            return Err(format!("unknown flag: {flag}"));
        };
        if *kind != FlagKind::Texts && used.contains(&name) {
            return Err(format!("duplicate flag specified: {flag}"));
        }
        used.push(name);
        match (kind, value) {
            (FlagKind::Switch, None) => {}
            (FlagKind::Switch, Some(value)) if matches!(value.to_lowercase().as_str(), "true" | "false") => {}
            (FlagKind::Switch, Some("")) | (FlagKind::Text | FlagKind::Texts, None) => {
                return Err(format!("missing a value on flag: {flag}"));
            }
            (FlagKind::Switch, Some(value)) => {
                return Err(format!("expecting boolean value for flag {flag}, not: {value}"));
            }
            (FlagKind::Text | FlagKind::Texts, Some(_)) => {}
        }
    }
    Ok(())
}
