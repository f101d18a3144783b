//! Signs that a program needs root, or writes where only root may: in the text of a stage, its ports, its variables and its arguments.

use super::FACTS;
use crate::rewrite::{Context, Obstacle};
use crate::semantics::{Stage, is_within};
use crate::syntax::{Instruction, ItemKind, Keyword};
use crate::text::TextRange;

/// What is not root may listen on ports from here on, whatever runs the container.
pub(super) const PORT_MIN: u32 = 1024;

/// The first [`ANYWHERE`] of them also count in comments, wherever they stand in the file.
const SIGNS: &[(&str, &str)] = &[
    ("docker.sock", "belongs to root"),
    ("privileged", "is about rights of root"),
    ("--cap-add", "is about rights of root"),
    ("NET_ADMIN", "is about rights of root"),
    ("--device", "gives it devices of the host"),
    ("--volume", "mounts what belongs to somebody of the host"),
    ("--mount type", "mounts what belongs to somebody of the host"),
    (" -v ", "may mount what belongs to somebody of the host"),
    ("$(pwd)", "may mount what belongs to somebody of the host"),
    ("devcontainer", "says that people work in it"),
    ("/root", "is the home of root"),
    ("~/", "is the home of root"),
    ("$HOME", "is the home of root"),
    ("${HOME", "is the home of root"),
    ("gosu", "gives up the rights of root itself"),
    ("su-exec", "gives up the rights of root itself"),
    ("setpriv", "gives up the rights of root itself"),
    ("runuser", "gives up the rights of root itself"),
    ("sudo", "is for root"),
    ("s6-", "is a supervisor"),
    ("supervisor", "is a supervisor"),
    ("systemd", "is an init"),
    ("cron", "is started by root"),
    ("ssh", "is started by root, or has its keys in the home of root"),
    ("nginx", "is started by root"),
    ("apache2", "is started by root"),
    ("iptables", "needs root"),
    ("sysctl", "needs root"),
    ("setcap", "is about rights of root"),
    ("libpcap", "is about rights of root"),
    ("fuse", "is about rights of root"),
    ("/ssl/private", "is for root alone"),
    ("/tls/private", "is for root alone"),
    ("/proc/", "is mostly for root"),
    ("/sys/", "is mostly for root"),
    ("PUID", "says which user it is to be"),
    ("PGID", "says which user it is to be"),
];

/// How many of [`SIGNS`] count in comments too.
const ANYWHERE: usize = 10;

/// Those of [`SIGNS`] that are sought, a bit for each.
type Wanted = u64;

const ANYWHERE_ONLY: Wanted = (1 << ANYWHERE) - 1;

/// The first sign in the text of `stage` or in a comment of the file.
pub(super) fn in_text(cx: &Context<'_>, stage: &Stage<'_>) -> Option<Obstacle> {
    let whole = TextRange::new(stage.from.range.start(), stage.instructions.last().unwrap_or(&stage.from).range.end());
    let in_whole = found(cx, whole, Wanted::MAX);
    let is_anywhere = |found: &Found| found.sign < ANYWHERE;
    let comments = || cx.file.items().iter().filter(|item| matches!(item.kind, ItemKind::Comment));
    let in_comment = || comments().find_map(|comment| found(cx, comment.range, ANYWHERE_ONLY));
    // Where there is none in all of it, there is none in its parts.
    let parts = if in_whole.is_some() { &stage.instructions[..] } else { &[] };
    let in_part = || parts.iter().find_map(|instruction| found(cx, said(instruction), !ANYWHERE_ONLY));
    let sign = in_whole.filter(is_anywhere).or_else(in_comment).or_else(in_part);
    sign.map(Found::obstacle).or_else(|| device(cx, whole))
}

/// An instruction without its flags: a cache that is mounted for root while it builds says nothing of the program.
fn said(instruction: &Instruction) -> TextRange {
    match instruction.keyword() {
        Keyword::Run => TextRange::new(
            instruction.source_range(instruction.statement.arguments_range).start(),
            instruction.range.end(),
        ),
        _ => instruction.range,
    }
}

/// For each byte, a bit for each sign that has it first, in any case, and one for each that has it second.
struct Starts {
    first: [Wanted; 256],
    second: [Wanted; 256],
}

static STARTS: Starts = Starts { first: bits(0), second: bits(1) };

/// For each byte, a bit for each sign that has it at `place`, in any case.
const fn bits(place: usize) -> [Wanted; 256] {
    assert!(SIGNS.len() <= Wanted::BITS as usize, "there is a bit for each sign");
    let mut bits = [0; 256];
    let mut index = 0;
    while index < SIGNS.len() {
        let byte = SIGNS[index].0.as_bytes()[place];
        bits[byte.to_ascii_lowercase() as usize] |= 1 << index;
        bits[byte.to_ascii_uppercase() as usize] |= 1 << index;
        index += 1;
    }
    bits
}

/// A sign, by its index, and where it stands first.
struct Found {
    sign: usize,
    place: TextRange,
}

impl Found {
    fn obstacle(self) -> Obstacle {
        let (sign, what) = SIGNS[self.sign];
        (self.place, format!("`{}` {what}", sign.trim()))
    }
}

/// The first of the `wanted` signs that is in the text at `range`. The text is gone over once for all of them.
fn found(cx: &Context<'_>, range: TextRange, wanted: Wanted) -> Option<Found> {
    let text = cx.file.slice(range);
    // Without those behind the best so far.
    let mut wanted = wanted;
    let mut best = None;
    for (at, pair) in text.windows(2).enumerate() {
        let mut possible = STARTS.first[usize::from(pair[0])] & STARTS.second[usize::from(pair[1])] & wanted;
        while possible != 0 {
            let sign = possible.trailing_zeros() as usize;
            let letters = SIGNS[sign].0.as_bytes();
            let is_there = text[at..].get(..letters.len()).is_some_and(|start| start.eq_ignore_ascii_case(letters));
            if is_there && means_it(letters, text, at) {
                let place = TextRange::new(at, at + letters.len()).shift(range.start());
                best = Some(Found { sign, place });
                wanted &= (1 << sign) - 1;
                break;
            }
            possible &= possible - 1;
        }
    }
    best
}

/// Whether the `sign` at `at` is not part of another word, and not an option of another program.
fn means_it(sign: &[u8], text: &[u8], at: usize) -> bool {
    if sign == b" -v " {
        return mounts(text, at);
    }
    let is_part = |word: &str| {
        let start = memchr::memmem::find(word.as_bytes(), sign).and_then(|inside| at.checked_sub(inside));
        let found = start.and_then(|start| text[start..].get(..word.len()));
        found.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
    };
    !FACTS.of("word that only holds a sign").any(is_part)
}

/// Whether `-v` at `at` names a volume: the line is about containers, or says where something is mounted.
fn mounts(text: &[u8], at: usize) -> bool {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline);
    let line = text[start..end].to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&line, word.as_bytes()).is_some();
    // Not that of `https://`.
    let behind = &text[at..end];
    let names_place =
        behind.windows(3).any(|three| three.starts_with(b":/") && three[2] != b'/') || behind.ends_with(b":/");
    names_place || FACTS.of("program for containers").any(has)
}

fn device(cx: &Context<'_>, range: TextRange) -> Option<Obstacle> {
    const FOLDER: &[u8] = b"/dev/";
    let text = cx.file.slice(range);
    let mut places = memchr::memmem::find_iter(text, FOLDER);
    let is_for_all = |at: usize| {
        let name = &text[at + FOLDER.len()..];
        FACTS.of("device for all").any(|device| name.starts_with(device.as_bytes()))
    };
    let at = places.find(|&at| !is_for_all(at))?;
    Some((TextRange::new(at, at + FOLDER.len()).shift(range.start()), "it uses a device".to_owned()))
}

/// Whether an EXPOSE says that it is a service.
pub(super) fn exposes(stage: &Stage<'_>) -> bool {
    stage.instructions.iter().any(|instruction| instruction.keyword() == Keyword::Expose)
}

/// Every port of an EXPOSE that may be for root alone.
pub(super) fn ports(stage: &Stage<'_>) -> Vec<Obstacle> {
    let exposed = stage.instructions.iter().filter(|instruction| instruction.keyword() == Keyword::Expose);
    let words =
        exposed.flat_map(|instruction| instruction.arguments().words().iter().map(move |word| (*instruction, word)));
    let obstacles = words.filter_map(|(instruction, word)| {
        let numbers = word.text.split('/').next().unwrap_or_default().split('-');
        let because = numbers.map(str::parse::<u32>).find_map(|port| match port {
            Ok(port) if port >= PORT_MIN => None,
            Ok(port) => Some(format!("port {port} is below {PORT_MIN}, and may be for root alone")),
            Err(_) => Some(format!("which port `{}` is, is only known when it is built", word.text)),
        })?;
        Some((instruction.source_range(word.range), because))
    });
    obstacles.collect()
}

/// Every ENV whose value is a port below 1024 or a path outside what the program has for itself.
pub(super) fn in_variables(stage: &Stage<'_>, own: &[String]) -> Vec<Obstacle> {
    let pairs = stage.instructions.iter().filter(|instruction| instruction.keyword() == Keyword::Env);
    let pairs =
        pairs.flat_map(|instruction| instruction.arguments().pairs().iter().map(move |pair| (*instruction, pair)));
    let obstacles = pairs.filter_map(|(instruction, pair)| {
        let range = instruction.source_range(pair.value.range);
        Some((range, of_variable(&pair.key.text, pair.value.text.trim_matches(['"', '\'']), own)?))
    });
    obstacles.collect()
}

/// What a variable of the program says of root: the user's own, a port below 1024, a path outside of `own`.
pub(super) fn of_variable(name: &str, value: &str, own: &[String]) -> Option<String> {
    let name = name.to_ascii_uppercase();
    if FACTS.has("variable of a build", &name) {
        return None;
    }
    if FACTS.has("variable that has things installed in the home", &name) {
        return Some(format!("`{name}` has things installed in the home of root"));
    }
    if FACTS.has("variable of a user", &name) {
        return Some(format!("it sets `{name}`, which goes with a user"));
    }
    let is_place = FACTS.sign("part of a variable with a place", &name).is_some();
    if is_place && low_port(value).is_some() {
        return Some(format!("`{value}` may be a port below {PORT_MIN}"));
    }
    outside(value, own)
}

/// A number in `text` that may be a port for root alone: alone, or behind the address that it is of.
pub(super) fn low_port(text: &str) -> Option<&str> {
    let mut end = 0;
    text.split(|c: char| !c.is_ascii_digit()).find(|number| {
        let start = end;
        end += number.len();
        let (before, behind) = (&text[..start], &text[end..]);
        // Past the next byte that is no digit.
        end += behind.chars().next().map_or(0, char::len_utf8);
        let is_of_name = |c: char| c.is_alphanumeric() || "._-".contains(c);
        // `-p80` and `-Dserver.port=80`, and not `-Xmx80m` or `app-80.jar`.
        let is_option = before.starts_with('-') && before.trim_start_matches('-').len() == 1;
        let is_apart = is_option || !before.ends_with(is_of_name);
        let is_amount = is_about_amounts(before.trim_end_matches(['=', ' ']));
        FACTS.has("port for root alone", number) && is_apart && !behind.starts_with(is_of_name) && !is_amount
    })
}

/// Whether an option says how many or how long.
pub(super) fn is_about_amounts(option: &str) -> bool {
    let option = option.rsplit(['=', ' ']).next().unwrap_or(option).to_ascii_lowercase();
    option.starts_with('-') && FACTS.sign("part of an option about amounts", &option).is_some()
}

/// What in `value` names a place outside `own`, where it may write as root.
pub(super) fn outside(value: &str, own: &[String]) -> Option<String> {
    if let Some((scheme, _)) = value.split_once("://") {
        // `postgresql+asyncpg://` says with which package, too.
        let scheme = scheme.rsplit(['=', ' ']).next().unwrap_or(scheme).split('+').next().unwrap_or(scheme);
        return (!FACTS.has("scheme of what is elsewhere", scheme))
            .then(|| format!("`{value}` may be a file that it writes"));
    }
    let mut parts = value.split([' ', ',', ';', '=', ':', '"', '\'']);
    let part = parts.find(|part| {
        let is_own = || own.iter().any(|own| is_within(part, own));
        let is_only_read = || FACTS.of("start of a place that is only read").any(|start| part.starts_with(start));
        part.starts_with('~') || part.contains("..") || (part.starts_with('/') && !is_own() && !is_only_read())
    })?;
    Some(format!("it may write to `{part}`, which belongs to root"))
}

/// That a stage is there to build on, by its name.
pub(super) fn of_name(stage: &Stage<'_>) -> Option<Obstacle> {
    let is_base = |name: &String| FACTS.sign("part of the name of a stage to build on", name).is_some();
    let because = "by its name, it is there to build on or to work in";
    stage.name.as_ref().filter(|name| is_base(name)).map(|_| (stage.from.text_range(), because.to_owned()))
}

/// All instructions that have no place in a stage whose program is given another user.
pub(super) fn in_instructions(cx: &Context<'_>, stage: &Stage<'_>) -> Vec<Obstacle> {
    let volume = cx.file.instructions().find(|instruction| instruction.keyword() == Keyword::Volume);
    let of_volume = volume.map(|volume| (volume.text_range(), "volumes that exist belong to root".to_owned()));
    let mut obstacles: Vec<_> = of_volume.into_iter().collect();
    obstacles.extend(stage.instructions.iter().filter_map(|instruction| {
        let because = match instruction.keyword() {
            Keyword::User => "a USER says who runs what",
            Keyword::Onbuild => "ONBUILD says that other images are built on it",
            Keyword::Shell => "another shell is chosen",
            Keyword::Healthcheck if !is_harmless_check(cx, instruction) => "the health check may need root",
            Keyword::Unknown => "an instruction is not known",
            _ => return None,
        };
        Some((instruction.text_range(), because.to_owned()))
    }));
    obstacles
}

fn is_harmless_check<'f>(cx: &Context<'f>, instruction: &'f Instruction) -> bool {
    let Some(check) = cx.build.part(instruction) else { return true };
    check.pieces().next().is_some_and(|program| FACTS.has("program of a harmless check", program))
}

#[cfg(test)]
mod tests {
    use super::{is_about_amounts, low_port, mounts};

    #[test]
    fn a_number_is_a_port_where_one_stands() {
        for text in
            ["80", ":443", "0.0.0.0:80", "-p80", "--port=80", "http://+:80", "-Dserver.port=80", "8080:80", "[::]:25/x"]
        {
            assert!(low_port(text).is_some(), "{text}");
        }
        for text in [
            "-Xmx443m",
            "app-80.jar",
            "v1.22",
            "--timeout=80",
            "10.0.0.25",
            "8080",
            "python3.22",
            "--max-requests=443",
            "--timeout 80",
        ] {
            assert_eq!(low_port(text), None, "{text}");
        }
        assert!(is_about_amounts("--timeout") && !is_about_amounts("--port"));
    }

    #[test]
    fn an_option_of_another_program_mounts_nothing() {
        let is_mount = |line: &str| mounts(line.as_bytes(), line.find(" -v ").unwrap());
        for line in ["# docker run -v data app", "#  -v $(pwd)/a b:/data", "# -v data:/"] {
            assert!(is_mount(line), "{line}");
        }
        for line in [
            "RUN go test -v ./...",
            "RUN pip -v install a",
            "RUN curl -v https://example.com",
            "RUN go test -v $(go list)",
        ] {
            assert!(!is_mount(line), "{line}");
        }
    }
}
