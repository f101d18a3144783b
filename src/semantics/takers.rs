//! What other stages take out of a stage, by `COPY --from` or by a mount.

use std::cell::OnceCell;

use super::build::Build;
use super::paths::joined;
use crate::syntax::{Arguments, Flag, Instruction, Keyword};
use crate::text::TextRange;

/// What takes one of `places` out of a stage: absolute paths, or paths in a home folder. It is looked for once for all stages, when the first one asks.
pub struct Takers<'b> {
    build: &'b Build<'b>,
    places: Vec<&'b str>,
    found: OnceCell<Vec<Taking>>,
}

/// An instruction that takes one of the places, and why it is believed to.
type Reason = (TextRange, String);

/// A place that may be taken.
struct Taking {
    /// The stages that it may be taken from, by their indices.
    lenders: Vec<usize>,
    /// The index of the stage that has it then; nothing stays of a mount.
    keeper: Option<usize>,
    range: TextRange,
    what: String,
}

impl<'b> Takers<'b> {
    #[must_use]
    pub fn of(build: &'b Build<'b>, places: Vec<&'b str>) -> Self {
        Self { build, places, found: OnceCell::new() }
    }

    /// The first instruction that may take one of the places out of `stage`, or out of a stage that starts from it, and why.
    #[must_use]
    pub fn out_of(&self, stage: usize) -> Option<Reason> {
        let found = self.found();
        if found.is_empty() {
            return None;
        }
        let holds = self.build.may_hold(stage);
        let taking = found.iter().find(|taking| taking.lenders.iter().any(|&lender| holds[lender]))?;
        Some((taking.range, format!("it takes {}, and what would be cleaned up may be in it", taking.what)))
    }

    /// The first instruction of `stage`, or of one that it is based on, that may put something in one of the places, and why.
    #[must_use]
    pub fn brought_into(&self, stage: usize) -> Option<Reason> {
        let is_here = |keeper: usize| keeper == stage || self.build.is_based_on(stage, keeper);
        let taking = self.found().iter().find(|taking| taking.keeper.is_some_and(is_here))?;
        Some((taking.range, format!("it takes {}, and the cache may be in it", taking.what)))
    }

    fn found(&self) -> &[Taking] {
        self.found.get_or_init(|| self.find())
    }

    fn find(&self) -> Vec<Taking> {
        let mut found = Vec::new();
        for (stage, position, instruction) in self.takers() {
            for (from, sources) in taken_by(instruction) {
                let sources = sources.iter().map(|source| (source, self.expanded(stage, position, source)));
                let mut taken = sources.filter(|(_, path)| self.places.iter().any(|place| may_overlap(path, place)));
                let Some((written, _)) = taken.next() else { continue };
                found.push(Taking {
                    lenders: self.lenders(from, stage).collect(),
                    // Who copies all of a stage wants what it has made, not its caches.
                    keeper: (instruction.keyword() != Keyword::Run && *written != "/").then_some(stage),
                    range: instruction.range,
                    what: format!("`{written}` from `{from}`"),
                });
            }
        }
        found
    }

    /// The instructions that may take something, each with its stage and its place in it.
    fn takers(&self) -> impl Iterator<Item = (usize, usize, &'b Instruction)> {
        let stages = self.build.stages.iter().enumerate();
        let all = stages.flat_map(|(stage, all)| {
            all.instructions.iter().enumerate().map(move |(position, instruction)| (stage, position, *instruction))
        });
        all.filter(|(.., instruction)| {
            matches!(instruction.keyword(), Keyword::Copy | Keyword::Add | Keyword::Run | Keyword::Onbuild)
        })
    }

    /// The stages before `stage` that `from` may mean: by name, by number, or any of them where a variable decides.
    fn lenders(&self, from: &str, stage: usize) -> impl Iterator<Item = usize> {
        let name = from.to_lowercase();
        let earlier = self.build.stages[..stage].iter().enumerate();
        earlier.filter_map(move |(index, stage)| {
            let is_meant = stage.name.as_ref() == Some(&name) || index.to_string() == name || name.contains('$');
            is_meant.then_some(index)
        })
    }

    /// `path` with the variables replaced whose values the file gives.
    fn expanded(&self, stage: usize, position: usize, path: &str) -> String {
        let Some((before, rest)) = path.split_once('$') else { return path.to_owned() };
        let braced = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, behind) = braced.unwrap_or_else(|| {
            rest.split_at(rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len()))
        });
        let value =
            self.build.variable_at(stage, position, name).flatten().map(|value| value.trim_matches(['"', '\'']));
        let value = value.filter(|value| !value.contains('$')).map_or_else(|| format!("${name}"), str::to_owned);
        format!("{before}{value}{}", self.expanded(stage, position, behind))
    }
}

/// What `instruction` takes: the stage or image as written, and paths in it.
fn taken_by(instruction: &Instruction) -> Vec<(&str, Vec<&str>)> {
    match instruction.arguments() {
        Arguments::Trigger(trigger) => taken(trigger.keyword, &trigger.flags, &trigger.arguments),
        arguments => taken(instruction.keyword(), instruction.flags(), arguments),
    }
}

fn taken<'f>(keyword: Keyword, flags: &'f [Flag], arguments: &'f Arguments) -> Vec<(&'f str, Vec<&'f str>)> {
    if keyword == Keyword::Run {
        return flags.iter().filter(|flag| flag.name() == "mount").filter_map(mounted).collect();
    }
    let from = flags.iter().filter(|flag| flag.name() == "from").filter_map(Flag::value).last();
    let mut paths = arguments.list().to_vec();
    paths.pop();
    from.map(|from| (from, paths)).into_iter().collect()
}

/// The same of a mount, which takes everything unless it says what.
fn mounted(flag: &Flag) -> Option<(&str, Vec<&str>)> {
    let fields = || flag.value().unwrap_or_default().split(',').map(|field| field.trim_matches('"'));
    let field = |names: [&str; 2]| {
        let named = fields().filter_map(|field| field.split_once('='));
        named.filter(|(name, _)| names.iter().any(|known| name.eq_ignore_ascii_case(known))).last()
    };
    let (_, from) = field(["from", "from"])?;
    Some((from, vec![field(["source", "src"]).map_or("/", |(_, source)| source)]))
}

/// Whether `path`, seen from the root of a stage, may be `place`, or lie above or below it. A place without a slash in front is in a home folder.
fn may_overlap(path: &str, place: &str) -> bool {
    let path = joined("/", path);
    if place.starts_with('/') {
        return may_meet(&parts(&path), &parts(place));
    }
    let (path, place) = (parts(&path), parts(place));
    let at = |home: &[&str]| may_meet(&path, &[home, &place[..]].concat());
    // Wherever a home folder is: what is called as the cache is one.
    let is_named = || (0..path.len()).any(|at| path[at] == place[0] && may_meet(&path[at..], &place));
    at(&["root"]) || at(&["home", "*"]) || is_named()
}

/// The names on the way to `path`, which may hold patterns.
fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect()
}

/// Whether the shorter way may be the beginning of the longer one.
fn may_meet(path: &[&str], place: &[&str]) -> bool {
    for (part, name) in path.iter().zip(place) {
        if let Some((before, _)) = part.split_once('$') {
            // What a variable stands for may be several names.
            return name.starts_with(before);
        }
        if *name != "*" && !may_match(part, name) {
            return false;
        }
    }
    true
}

/// Whether `pattern` may be `name`, by what stands before and behind what is not written out.
fn may_match(pattern: &str, name: &str) -> bool {
    let is_open = |c: char| matches!(c, '*' | '?' | '[' | ']' | '\\');
    match (pattern.find(is_open), pattern.rfind(is_open)) {
        (Some(first), Some(last)) => {
            let behind = if pattern[last..].starts_with('\\') { "" } else { &pattern[last + 1..] };
            name.starts_with(&pattern[..first]) && name.ends_with(behind)
        }
        _ => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Dockerfile;

    #[test]
    fn a_path_overlaps_what_is_above_or_below_it_and_what_a_pattern_may_match() {
        let lists = "/var/lib/apt/lists";
        for path in
            ["/", "/var", "/var/lib/apt/lists/partial", "var/lib/", "/var/l*/apt", "/var/lib/a?t", "/v[a]r", "$X"]
        {
            assert!(may_overlap(path, lists), "{path}");
        }
        for path in ["/var/lib/dpkg", "/usr", "/var/cache", "/var/lib/*.db", "/opt/$X", "/var/lib/apt/list"] {
            assert!(!may_overlap(path, lists), "{path}");
        }
        for path in ["/root", "/root/.cache", "/home/me", "/home/*/.cache", "/app/.cache/pip/http", "/root/.c*", "/"] {
            assert!(may_overlap(path, ".cache/pip"), "{path}");
        }
        for path in ["/app", "/root/.local", "/root/.cache/uv", "/usr/local/lib", "/home/me/venv"] {
            assert!(!may_overlap(path, ".cache/pip"), "{path}");
        }
    }

    fn taken_from(text: &str, stage: usize) -> Option<String> {
        let file = Dockerfile::parse(text);
        let build = Build::of(&file);
        Takers::of(&build, vec!["/var/lib/apt/lists"]).out_of(stage).map(|(_, because)| because)
    }

    #[test]
    fn stages_are_found_by_name_by_number_and_through_others() {
        let base = "FROM debian AS base\nRUN true\nFROM base AS tools\nRUN true\n";
        let takes = |line: &str| taken_from(&format!("{base}FROM debian\n{line}\n"), 0).is_some();
        for line in [
            "COPY --from=BASE /var/lib/apt /x",
            "COPY --from=tools /usr /var /x/",
            "COPY --from=1 [\"/var/lib\", \"/x\"]",
            "RUN --mount=from=tools,target=/x true",
            "RUN --mount=type=bind,source=/var,from=0,target=/x true",
            "ENV D=/var/lib\nCOPY --from=tools ${D}/apt /x",
            "COPY --from=tools /usr/../var /x",
            "ONBUILD COPY --from=base / /",
        ] {
            assert!(takes(line), "{line}");
        }
        for line in [
            "COPY --from=debian /var/lib/apt /x",
            "COPY /var/lib/apt /x",
            "COPY --from=tools /usr /x",
            "ENV D=/usr\nCOPY --from=tools $D/bin /x",
            "RUN --mount=type=bind,from=tools,src=/usr,target=/var/lib/apt true",
        ] {
            assert!(!takes(line), "{line}");
        }
    }
}
