//! `dockeropt catalogue`: what is known of an official image, or of the catalogue itself.

use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use super::arguments::{Catalogue as Options, ListFormat};
use super::{Failure, Verdict, report};
use crate::catalogue::{Catalogue, Image};
use crate::examine::about::{Known, age_days};
use crate::semantics::images::Name;
use crate::text::nearest;
use crate::world::catalogue::{InUse, in_use, update};

pub(super) fn run(options: &Options) -> Result<Verdict, Failure> {
    if let Some(file) = &options.update {
        return store(file);
    }
    let in_use = in_use().map_err(|error| error.to_string())?;
    match &options.image {
        None => overview(&in_use, options.format)?,
        Some(reference) => about(&in_use.catalogue, reference, options.format)?,
    }
    Ok(Verdict::Fine)
}

fn store(file: &Path) -> Result<Verdict, Failure> {
    let stored = update(file).map_err(|error| error.to_string())?;
    let path = stored.path.display();
    report::print_line(&format!("stored the catalogue of {} as {path}\nSHA-256 {}", stored.date, stored.sha256))?;
    Ok(Verdict::Fine)
}

/// What the catalogue is.
#[derive(Serialize)]
struct Overview<'c> {
    date: Date,
    age_days: i32,
    /// None if it is built in.
    path: Option<&'c Path>,
    sources: Vec<(&'c str, Date)>,
    images: usize,
    builds: usize,
    retired_tags: usize,
    bytes: usize,
}

fn overview(in_use: &InUse, format: ListFormat) -> Result<(), Failure> {
    let catalogue = &in_use.catalogue;
    let official = || catalogue.images().filter(|image| image.is_official());
    let overview = Overview {
        date: catalogue.date(),
        age_days: age_days(catalogue),
        path: in_use.path.as_deref(),
        sources: catalogue.dates().filter(|(name, _)| *name != "date").collect(),
        images: official().count(),
        builds: official().map(|image| image.builds().count()).sum(),
        retired_tags: official()
            .map(|image| image.all_retired().map(|retired| retired.tags().count()).sum::<usize>())
            .sum(),
        bytes: catalogue.as_str().len(),
    };
    if format == ListFormat::Json {
        return report::print_json(&overview);
    }
    let from = overview.path.map_or_else(|| "built in".to_owned(), |path| path.display().to_string());
    let sources: Vec<_> = overview.sources.iter().map(|(name, date)| format!("{name} {date}")).collect();
    print(
        &dated(catalogue),
        &[
            ("from", Some(from)),
            ("with", Some(sources.join(", "))),
            ("images", Some(overview.images.to_string())),
            ("built today", Some(format!("{} images for Linux, by their exact tags", overview.builds))),
            ("not rebuilt", Some(format!("{} floating tags", overview.retired_tags))),
            ("size", Some(format!("{} bytes", overview.bytes))),
        ],
    )
}

fn about(catalogue: &Catalogue, reference: &str, format: ListFormat) -> Result<(), Failure> {
    let name = Name::of(reference).filter(|name| !name.repository.is_empty());
    let name = name.ok_or_else(|| format!("`{reference}` is not the name of an image"))?;
    let known = Known::of(catalogue, name).ok_or_else(|| unknown(catalogue, name.repository))?;
    match (format, &known) {
        (ListFormat::Json, Known::Image(about)) => report::print_json(about),
        (ListFormat::Json, Known::Gone(instead)) => report::print_json(instead),
        (ListFormat::Human, _) => print(&format!("{}, by {}", known.title(name), dated(catalogue)), &known.rows()),
    }
}

fn unknown(catalogue: &Catalogue, name: &str) -> Failure {
    let names: Vec<_> = catalogue.images().map(Image::name).collect();
    let suggestion = nearest(name, &names).map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
    format!("{} has no official image `{name}`{suggestion}", dated(catalogue))
}

fn dated(catalogue: &Catalogue) -> String {
    format!(
        "the catalogue of {} ({} old)",
        catalogue.date(),
        report::plural(age_days(catalogue).max(0).unsigned_abs() as usize, "day")
    )
}

fn print(title: &str, rows: &[(&str, Option<String>)]) -> Result<(), Failure> {
    report::print_line(title)?;
    for (name, value) in rows {
        if let Some(value) = value {
            report::print_line(&format!("  {name:<13} {value}"))?;
        }
    }
    Ok(())
}
