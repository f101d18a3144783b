//! What comes of starting an image, and whether another one does the same.

use std::collections::HashSet;

use super::judgement::Judgement;
use crate::image::Config;

/// Bytes of each output that are compared.
const OUTPUT_MAX: usize = 64 << 10;

/// With this code engines say that they could not start what they were told to.
const ENGINE_FAILED: i32 = 125;

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// `None` if it was still running when its time was over.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// From what a program said, as far as it is compared.
    #[must_use]
    pub fn new(code: Option<i32>, out: &[u8], err: &[u8]) -> Self {
        let text = |said: &[u8]| String::from_utf8_lossy(&said[..said.len().min(OUTPUT_MAX)]).into_owned();
        Self { code, out: text(out), err: text(err) }
    }

    /// Whether it is the engine that failed, not what it started.
    pub(super) fn is_of_engine(&self) -> bool {
        self.code == Some(ENGINE_FAILED)
    }

    pub(super) fn is_failure(&self) -> bool {
        self.code.is_some_and(|code| code != 0)
    }

    fn end(&self) -> String {
        match self.code {
            Some(code) => format!("exits with {code}"),
            None => "goes on running".to_owned(),
        }
    }
}

/// What is the user of an image: the words that a program may print of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub name: Option<String>,
    pub home: Option<String>,
}

/// Judges a run of the image after, by runs of the image before. Where those do not print the same, digits do not count; where they still do not, nothing that is
/// printed does.
pub(super) fn judge(what: &str, before: &[&Ran], after: &Ran, users: [&Identity; 2], judgement: &mut Judgement) {
    let first = before[0];
    if before.iter().any(|ran| ran.code != first.code) {
        judgement.notes.push(format!("runs of the {what} before end differently, so they are not compared"));
        return;
    }
    if first.code != after.code {
        let said = last_line(&after.err).or_else(|| last_line(&after.out));
        let said = said.map(|line| format!(": {line}")).unwrap_or_default();
        judgement.doubt(format!("the {what} before {}, the {what} after {}{said}", first.end(), after.end()));
        return;
    }
    for (name, output) in [("output", (|ran| &ran.out) as fn(&Ran) -> &String), ("error output", |ran| &ran.err)] {
        let before: Vec<_> = before.iter().map(|ran| output(ran).as_str()).collect();
        match Comparison::of(&before) {
            None => {
                judgement
                    .notes
                    .push(format!("runs of the {what} before differ in their {name}, so it is not compared"));
            }
            Some(comparison) => {
                if let Some((was, is)) = comparison.first_difference(before[0], output(after), users) {
                    judgement.doubt(format!("a line of the {name} of the {what} was {was:?} and is {is:?}"));
                }
            }
        }
    }
}

fn last_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).rfind(|line| !line.is_empty())
}

/// What of a line counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Whole,
    WithoutDigits,
}

impl Comparison {
    /// The strictest by which all texts of the same are equal.
    fn of(texts: &[&str]) -> Option<Self> {
        let is_equal =
            |comparison: &Self| texts.windows(2).all(|two| comparison.text(two[0]) == comparison.text(two[1]));
        [Self::Whole, Self::WithoutDigits].into_iter().find(is_equal)
    }

    fn text(self, text: &str) -> String {
        match self {
            Self::Whole => text.to_owned(),
            // Runs of digits, and the number of them, are durations, ports and times.
            Self::WithoutDigits => text.split(|c: char| c.is_ascii_digit()).filter(|part| !part.is_empty()).collect(),
        }
    }

    /// The first line that differs. What names the user of the image before may name the user of the image after.
    fn first_difference(self, before: &str, after: &str, users: [&Identity; 2]) -> Option<(String, String)> {
        let names: Vec<_> = names(users).into_iter().map(|(is, was)| (self.text(&is), self.text(&was))).collect();
        let (mut was, mut is) = (before.lines(), after.lines());
        loop {
            let (was, is) = match (was.next(), is.next()) {
                (None, None) => return None,
                (was, is) => (was.unwrap_or_default(), is.unwrap_or_default()),
            };
            if !is_same_but_for(&names, &self.text(was), &self.text(is)) {
                return Some((was.to_owned(), is.to_owned()));
            }
        }
    }
}

/// What may name the user in a line: how the image after says it, and how the image before.
fn names([before, after]: [&Identity; 2]) -> Vec<(String, String)> {
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let both = [
        (number(after.uid), number(before.uid)),
        (number(after.gid), number(before.gid)),
        (after.home.clone(), before.home.clone()),
        (after.name.clone(), before.name.clone()),
    ];
    both.into_iter().filter_map(|(is, was)| is.zip(was)).collect()
}

/// Whether `is` is `was` but for some of `names`. A name may also be that of a program, which stays.
fn is_same_but_for(names: &[(String, String)], was: &str, is: &str) -> bool {
    let mut seen = HashSet::new();
    let mut places = vec![(was, is)];
    while let Some((was, is)) = places.pop() {
        if was == is {
            return true;
        }
        if !seen.insert((was.len(), is.len())) {
            continue;
        }
        let renamed = names.iter().filter(|(new, old)| !new.is_empty() && !old.is_empty());
        places
            .extend(renamed.filter_map(|(new, old)| was.strip_prefix(old.as_str()).zip(is.strip_prefix(new.as_str()))));
        let (mut next_was, mut next_is) = (was.chars(), is.chars());
        if next_was.next().is_some_and(|character| next_is.next() == Some(character)) {
            places.push((next_was.as_str(), next_is.as_str()));
        }
    }
    false
}

/// The words that start an image.
pub(super) fn words(config: &Config) -> Vec<String> {
    config.entrypoint.iter().chain(&config.cmd).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(out: &str) -> Ran {
        Ran::new(Some(0), out.as_bytes(), b"")
    }

    fn judged(before: [&str; 2], after: &str) -> Judgement {
        let root =
            Identity { uid: Some(0), gid: Some(0), name: Some("root".to_owned()), home: Some("/root".to_owned()) };
        let app = Identity {
            uid: Some(10001),
            gid: Some(10001),
            name: Some("app".to_owned()),
            home: Some("/home/app".to_owned()),
        };
        let mut judgement = Judgement::default();
        judge("image", &[&ran(before[0]), &ran(before[1])], &ran(after), [&root, &app], &mut judgement);
        judgement
    }

    #[test]
    fn another_line_is_told() {
        assert_eq!(
            judged(["a\nb\n"; 2], "a\nc\n").violations,
            [r#"a line of the output of the image was "b" and is "c""#]
        );
        assert!(!judged(["a\n"; 2], "a\nb\n").is_kept());
    }

    #[test]
    fn digits_count_unless_two_runs_of_the_same_differ_in_them() {
        assert!(judged(["took 1 ms", "took 12 ms"], "took 104 ms").is_kept());
        assert!(!judged(["took 1 ms"; 2], "took 104 ms").is_kept());
    }

    #[test]
    fn output_that_is_never_the_same_is_not_compared() {
        let judgement = judged(["token a", "token b"], "token c");
        assert!(judgement.is_kept() && judgement.notes.len() == 1);
    }

    #[test]
    fn the_user_may_be_another() {
        assert!(judged(["uid 0 at /root"; 2], "uid 10001 at /home/app").is_kept());
        assert!(judged(["app started by root"; 2], "app started by app").is_kept());
        assert!(!judged(["uid 0"; 2], "uid 10002").is_kept());
    }
}
