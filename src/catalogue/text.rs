//! The text of a catalogue: what is built in, what is taken as a newer one, and how its lines are found.

use std::borrow::Cow;

use jiff::civil::Date;

use super::error::CatalogueError;
use super::image::Image;
use super::memo::Memo;
use super::replacement::Replacement;
use crate::text::sorted::lines_of;

/// The line that a catalogue of this format starts with.
const FORMAT: &str = "# dockeropt catalogue 1";

/// What is known of the official images as of a day.
///
/// Invariant: the text has a head and is sorted, as [`Catalogue::parse`] checks it; for the one that is built in, a test does.
#[derive(Clone, Debug)]
pub struct Catalogue {
    text: Cow<'static, str>,
    memo: Memo,
}

impl Catalogue {
    /// The catalogue that is built in.
    #[must_use]
    pub fn embedded() -> Self {
        Self { text: Cow::Borrowed(include_str!("catalogue.txt")), memo: Memo::default() }
    }

    /// Takes `text` as a catalogue.
    ///
    /// # Errors
    /// [`CatalogueError`] for another format, a missing date, lines that are not sorted, or a fact that does not read as one.
    pub fn parse(text: String) -> Result<Self, CatalogueError> {
        let wrong = |line: usize, reason: &str| Err(CatalogueError { line, reason: reason.to_owned() });
        if text.lines().next() != Some(FORMAT) {
            return wrong(1, &format!("it does not start with `{FORMAT}`"));
        }
        if let Some(at) = text.bytes().position(|byte| byte.is_ascii_control() && byte != b'\n') {
            return wrong(1 + text[..at].matches('\n').count(), "a control character");
        }
        if !text.ends_with('\n') {
            return wrong(text.lines().count(), "the last line is cut off");
        }
        if head_date(&text, "date").is_none() {
            return wrong(2, "there is no `# date YYYY-MM-DD` in the head");
        }
        let mut before = "";
        for (number, line) in (1..).zip(text.lines()).skip_while(|(_, line)| line.starts_with('#')) {
            if line <= before {
                return wrong(number, "it is not sorted: each line comes after the one before it, byte by byte");
            }
            if let Err(reason) = read(line) {
                return wrong(number, reason);
            }
            before = line;
        }
        Ok(Self { text: Cow::Owned(text), memo: Memo::default() })
    }

    /// The day up to which the tags are known.
    #[must_use]
    pub fn date(&self) -> Date {
        head_date(&self.text, "date").expect("a catalogue has a date")
    }

    /// Every day that its head names, and what was taken from there on that day.
    pub fn dates(&self) -> impl Iterator<Item = (&str, Date)> {
        let head = self.text.lines().map_while(|line| line.strip_prefix("# "));
        head.filter_map(|line| line.split_once(' ')).filter_map(|(name, date)| Some((name, date.parse().ok()?)))
    }

    /// What is known of an official image, named as in `library/`: `python`. Names that only have a replacement are found too.
    #[must_use]
    pub fn image(&self, name: &str) -> Option<Image<'_>> {
        if name.contains([' ', '\n']) {
            return None;
        }
        let lines = self.memo.find(&self.text, &[name], |text| Some(lines_of(text, 0, name, b' ')));
        Image::of(lines?, &self.memo)
    }

    /// All images, sorted by name.
    pub fn images(&self) -> impl Iterator<Item = Image<'_>> {
        let mut rest = &*self.text;
        std::iter::from_fn(move || {
            while rest.starts_with('#') {
                rest = rest.split_once('\n')?.1;
            }
            let name = rest.split(' ').next()?;
            let lines = lines_of(rest, 0, name, b' ');
            rest = &rest[lines.len()..];
            Image::of(lines, &self.memo)
        })
    }

    /// What took the place of an image, or of the registry or folder that it is in. `name` may have a tag.
    #[must_use]
    pub fn replacement(&self, name: &str) -> Option<Replacement<'_>> {
        let folder = name.rfind('/').map_or(0, |slash| slash + 1);
        let untagged = name[folder..].find(':').map_or(name, |colon| &name[..folder + colon]);
        let whole = [name, untagged].into_iter().find_map(|name| self.image(name)?.replacement());
        // `jenkins/jenkins` is not in an official image `jenkins`.
        let folders = untagged.rmatch_indices('/').filter_map(|(slash, _)| self.image(&untagged[..slash]));
        whole.or_else(|| folders.filter(|folder| !folder.is_official()).find_map(Image::replacement))
    }

    /// The text itself, to be stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn head_date(text: &str, name: &str) -> Option<Date> {
    let mut head = text.lines().map_while(|line| line.strip_prefix("# "));
    head.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// Whether a line reads as a fact. Kinds that come later are passed over.
fn read(line: &str) -> Result<(), &'static str> {
    let mut words = line.splitn(6, ' ');
    let mut next = || words.next().filter(|word| !word.is_empty());
    let (Some(_), Some(kind)) = (next(), next()) else { return Err("it is not `IMAGE KIND …`") };
    let is_date = |word: Option<&str>| word.is_some_and(|word| word.parse::<Date>().is_ok());
    let fine = match kind {
        "build" => next().and_then(|_| next()).and_then(|_| next()).is_some(),
        "retired" => next().is_some() && is_date(next()) && next().is_some(),
        "eol" => {
            let (cycle, end) = (next(), next());
            cycle.is_some() && (matches!(end, Some("true" | "false")) || is_date(end))
        }
        "removed" => is_date(next()),
        "from" | "user" | "workdir" | "cmd" | "entrypoint" => next().and_then(|_| next()).is_some(),
        _ => next().is_some(),
    };
    if fine { Ok(()) } else { Err("it does not read as the head says") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "# dockeropt catalogue 1\n# date 2026-01-02\n";

    fn refused(text: &str) -> String {
        Catalogue::parse(text.to_owned()).unwrap_err().to_string()
    }

    #[test]
    fn the_one_that_is_built_in_is_one() {
        let catalogue = Catalogue::parse(Catalogue::embedded().as_str().to_owned()).unwrap();
        assert_eq!(catalogue.date(), Catalogue::embedded().date());
        assert!(catalogue.images().count() > 150);
        for image in catalogue.images() {
            assert_eq!(catalogue.image(image.name()).unwrap().name(), image.name());
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(refused("# dockeropt catalogue 2\n"), "line 1: it does not start with `# dockeropt catalogue 1`");
        assert_eq!(refused("# dockeropt catalogue 1\n"), "line 2: there is no `# date YYYY-MM-DD` in the head");
        assert_eq!(refused(&HEAD.replace("01-02", "13-02")), "line 2: there is no `# date YYYY-MM-DD` in the head");
        assert!(refused(&format!("{HEAD}b env X\na env X\n")).starts_with("line 4: it is not sorted"));
        assert!(refused(&format!("{HEAD}a env X\na env X\n")).starts_with("line 4: it is not sorted"));
        assert_eq!(refused(&format!("{HEAD}a retired 1 soon 2\n")), "line 3: it does not read as the head says");
        assert_eq!(refused(&format!("{HEAD}a env X\r\n")), "line 3: a control character");
        assert_eq!(refused(&format!("{HEAD}a env X")), "line 3: the last line is cut off");
        assert!(Catalogue::parse(format!("{HEAD}a later fact\n")).is_ok());
    }

    #[test]
    fn replacements_are_found_by_image_registry_and_folder() {
        let catalogue = Catalogue::embedded();
        let to = |name: &str| catalogue.replacement(name).map(|replacement| replacement.to.unwrap_or("?"));
        assert_eq!(to("openjdk:8-jdk"), Some("eclipse-temurin"));
        assert_eq!(to("k8s.gcr.io/pause:3.1"), Some("registry.k8s.io"));
        assert_eq!(to("gcr.io/google_containers/pause"), Some("registry.k8s.io"));
        assert_eq!(to("mcr.microsoft.com/dotnet/core/sdk:3.1"), Some("mcr.microsoft.com/dotnet/sdk"));
        assert_eq!(to("microsoft/dotnet"), Some("mcr.microsoft.com/dotnet/sdk"));
        assert_eq!(to("bitnami/redis"), Some("bitnamilegacy"));
        assert_eq!(to("amazonlinux:1"), Some("amazonlinux:2023"));
        assert_eq!(to("centos:7"), Some("?"));
        for name in ["jenkins/jenkins", "python", "amazonlinux", "gcr.io/other", "openjdkx"] {
            assert_eq!(to(name), None, "{name}");
        }
    }
}
