//! What other stages take out of a stage, by `COPY --from` or by a mount.

use std::cell::OnceCell;

use super::build::Build;
use super::copies::{By, Origin};
use super::paths::joined;
use super::patterns::fits;
use super::values::Value;
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
        for copied in self.build.lent() {
            let Some(lender) = copied.lender else { continue };
            let mut values = copied.sources.iter().map(|source| &source.value);
            let is_place = |value: &&Value<'_>| self.places.iter().any(|place| may_overlap(value.by_default(), place));
            let Some(value) = values.find(is_place) else { continue };
            found.push(Taking {
                lenders: match copied.from {
                    Origin::Stage(stage) => vec![stage],
                    Origin::Unknown => (0..copied.stage).collect(),
                    Origin::Context | Origin::Elsewhere => Vec::new(),
                },
                // Who copies all of a stage wants what it has made, not its caches.
                keeper: (copied.by != By::Mount && value.written != "/").then_some(copied.stage),
                range: copied.instruction.range,
                what: format!("`{}` from `{lender}`", value.written),
            });
        }
        found
    }
}

/// Whether `path`, seen from the root of a stage, may be `place`, or lie above or below it. A place without a slash in front is in a home
/// folder. Without a dot in front either, it is in a folder of what is installed, and who takes that elsewhere wants what is installed.
fn may_overlap(path: &str, place: &str) -> bool {
    let path = joined("/", path);
    // A hidden folder at the root is none: with the slash it is told from files whose names go on, such as `.npmrc`.
    let place = place.strip_prefix('/').filter(|rest| rest.starts_with('.')).unwrap_or(place);
    if place.starts_with('/') {
        return may_meet(&parts(&path), &parts(place));
    }
    let is_cache = place.starts_with('.');
    let (path, place) = (parts(&path), parts(place));
    let at = |home: &[&str]| may_meet(&path, &[home, &place[..]].concat());
    // Wherever a home folder is: what is called as the cache is one.
    let is_meant = |at: usize| is_cache || path.len() - at >= place.len() || path.iter().any(|part| part.contains('$'));
    let is_named = || (0..path.len()).any(|at| path[at] == place[0] && is_meant(at) && may_meet(&path[at..], &place));
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
        if *name != "*" && !fits(part, name) {
            return false;
        }
    }
    true
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
        for path in ["/usr/local/bundle/cache", "/usr/local/bundle/c*/a.gem", "/root", "/usr/local/bundle/$X"] {
            assert!(may_overlap(path, "bundle/cache"), "{path}");
        }
        for path in ["/usr/local", "/usr/local/bundle", "/usr/local/bundle/gems"] {
            assert!(!may_overlap(path, "bundle/cache"), "{path}");
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
