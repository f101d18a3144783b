//! What the catalogue says of an image, as data and as rows for people.

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::catalogue::{Catalogue, EndOfLife, Image, Meaning, Replacement};
use crate::semantics::images::Name;
use crate::world::clock::today;

/// A line for people: what it is about, and what there is to say, if anything.
pub type Row = (&'static str, Option<String>);

/// What is known under a name.
pub enum Known<'c> {
    Image(Box<About<'c>>),
    /// There is no such official image, but another took its place.
    Gone(Instead<'c>),
}

impl<'c> Known<'c> {
    /// What `catalogue` says of `name`; `None` if it does not have the name.
    pub fn of(catalogue: &'c Catalogue, name: Name<'_>) -> Option<Self> {
        let tag = if name.tag.is_empty() { "latest" } else { name.tag };
        let instead = catalogue.replacement(&format!("{}:{tag}", name.repository)).map(Instead::of);
        let Some(image) = catalogue.image(name.repository).filter(|image| image.is_official()) else {
            return instead.map(Self::Gone);
        };
        Some(Self::Image(Box::new(About { replacement: instead, ..About::of(catalogue, image, tag) })))
    }

    /// The image, with the tag that is spoken of.
    pub fn title(&self, name: Name<'_>) -> String {
        match self {
            Self::Image(about) => format!("{}:{}", about.image, about.tag),
            Self::Gone(_) => name.repository.to_owned(),
        }
    }

    pub fn rows(&self) -> Vec<Row> {
        match self {
            Self::Image(about) => about.rows(),
            Self::Gone(instead) => instead.rows(),
        }
    }
}

/// How many days old the catalogue is.
pub fn age_days(catalogue: &Catalogue) -> i32 {
    (today() - catalogue.date()).get_days()
}

/// What is known of an image and a tag.
#[derive(Serialize)]
pub struct About<'c> {
    date: Date,
    age_days: i32,
    image: &'c str,
    tag: String,
    /// `current`, `retired` or `unknown`.
    status: &'static str,
    exact: Option<&'c str>,
    not_rebuilt_since: Option<Date>,
    removed: Option<Date>,
    meaning: &'static str,
    /// The tag that names the line, if the tag is a floating one.
    line: Option<&'c str>,
    distribution: Option<String>,
    package_manager: Option<&'static str>,
    shell: Option<&'static str>,
    user: Option<&'c str>,
    base: Option<&'c str>,
    entrypoint: Option<&'c str>,
    cmd: Option<&'c str>,
    architectures: Vec<&'c str>,
    variants: Vec<&'c str>,
    cycle: Option<&'c str>,
    /// Of the cycle: a day, `reached` or `open`.
    #[serde(serialize_with = "day_or_word")]
    end_of_life: Option<EndOfLife>,
    replacement: Option<Instead<'c>>,
}

/// What took the place of an image.
#[derive(Serialize)]
pub struct Instead<'c> {
    kind: &'c str,
    to: Option<&'c str>,
    since: Option<&'c str>,
    alternatives: Vec<&'c str>,
    note: Option<&'c str>,
}

impl<'c> About<'c> {
    fn of(catalogue: &Catalogue, image: Image<'c>, tag: &str) -> Self {
        let (build, retired) = (image.build_of(tag), image.retired(tag));
        let exact = build.map(|build| build.exact).or(retired.map(|retired| retired.exact));
        let cycle = image.cycle_of(tag).or_else(|| image.cycle_of(exact?));
        let (meaning, line) = match image.meaning(tag) {
            Meaning::Named => ("named", None),
            Meaning::Moving => ("moving", None),
            Meaning::Line(line) => ("line", Some(line.tag)),
            Meaning::NoLine { .. } => ("no line", None),
            Meaning::Unknown => ("unknown", None),
        };
        Self {
            date: catalogue.date(),
            age_days: age_days(catalogue),
            image: image.name(),
            tag: tag.to_owned(),
            status: if build.is_some() { "current" } else { retired.map_or("unknown", |_| "retired") },
            exact,
            not_rebuilt_since: if build.is_some() { None } else { retired.map(|retired| retired.date) },
            removed: image.removed(),
            meaning,
            line,
            distribution: build.and_then(|build| build.distribution).map(|distribution| distribution.to_string()),
            package_manager: build.and_then(|build| build.package_manager()),
            shell: build.and_then(|build| build.distribution?.shell()),
            user: build.and_then(|build| build.user()),
            base: build.and_then(|build| build.base()),
            entrypoint: build.and_then(|build| build.entrypoint()),
            cmd: build.and_then(|build| build.cmd()),
            architectures: build.map(|build| build.architectures().collect()).unwrap_or_default(),
            variants: image.variants(),
            cycle,
            end_of_life: cycle.and_then(|cycle| image.end_of_life(cycle)),
            replacement: None,
        }
    }

    fn rows(&self) -> Vec<Row> {
        let owned = |value: Option<&str>| value.map(str::to_owned);
        let status = match (self.status, self.not_rebuilt_since) {
            ("current", _) => "rebuilt when what it is built from changes".to_owned(),
            (_, Some(date)) => format!("not rebuilt since {date}"),
            _ => "the catalogue does not have this tag; it has what is built today, and floating tags that were"
                .to_owned(),
        };
        let line = match self.meaning {
            "named" => Some("none to choose: the tag names a version or a release".to_owned()),
            "moving" => Some("none: the tag is there to move".to_owned()),
            "no line" => Some("none: no tag of the same image names one".to_owned()),
            _ => owned(self.line),
        };
        let list = |names: &[&str]| Some(names.join(" ")).filter(|names| !names.is_empty());
        let mut rows = vec![
            ("status", Some(status)),
            ("exact tag", owned(self.exact)),
            ("line", line),
            ("removed", self.removed.map(|date| format!("no official image since {date}"))),
            (
                "end of life",
                self.end_of_life.map(|end| format!("{}, of {}", sentence(end), self.cycle.unwrap_or_default())),
            ),
            ("distribution", self.distribution.clone()),
            ("packages", owned(self.package_manager)),
            ("shell", owned(self.shell)),
            ("user", owned(self.user)),
            ("from", owned(self.base)),
            ("entrypoint", owned(self.entrypoint)),
            ("cmd", owned(self.cmd)),
            ("built for", list(&self.architectures)),
            ("variants", list(&self.variants)),
        ];
        rows.extend(self.replacement.iter().flat_map(Instead::rows));
        rows
    }
}

impl<'c> Instead<'c> {
    fn of(replacement: Replacement<'c>) -> Self {
        let Replacement { kind, to, since, note, .. } = replacement;
        Self { kind, to, since, alternatives: replacement.alternatives().collect(), note }
    }

    fn rows(&self) -> Vec<Row> {
        let to = self.to.unwrap_or_default();
        let instead = match self.kind {
            "rename" | "registry-rename" => format!("{to}, under that name"),
            "tag-map" => format!("{to}, with other tags"),
            "rework" => format!("{to}, and the Dockerfile has to change"),
            "choose" if to.is_empty() => "one of several, to be chosen".to_owned(),
            "choose" => format!("{to}, or another"),
            _ => "nothing".to_owned(),
        };
        let alternatives = Some(self.alternatives.join(" ")).filter(|names| !names.is_empty());
        vec![
            ("instead", Some(instead)),
            ("since", self.since.map(str::to_owned)),
            ("to choose", alternatives),
            ("note", self.note.map(str::to_owned)),
        ]
    }
}

fn sentence(end: EndOfLife) -> String {
    match end {
        EndOfLife::On(date) if date <= today() => format!("since {date}"),
        EndOfLife::On(date) => format!("on {date}"),
        EndOfLife::Over => "reached".to_owned(),
        EndOfLife::Open => "not announced".to_owned(),
    }
}

fn day_or_word<S: Serializer>(end: &Option<EndOfLife>, serializer: S) -> Result<S::Ok, S::Error> {
    match end {
        None => serializer.serialize_none(),
        Some(EndOfLife::On(date)) => date.serialize(serializer),
        Some(EndOfLife::Over) => serializer.serialize_str("reached"),
        Some(EndOfLife::Open) => serializer.serialize_str("open"),
    }
}
