//! What is shown beside the pointer: what is known of an image, and why something would change or was left alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use gen_lsp_types::{Contents, Hover, MarkupContent, Position};

use super::completion::transform_at;
use super::view::{Sight, View};
use crate::examine::about::{Known, age_days};
use crate::examine::findings::{Kind, findings};
use crate::rewrite::Transform;
use crate::semantics::images::Name;
use crate::semantics::{Build, ImageUse, Named};
use crate::syntax::Dockerfile;

/// Between parts of a hover.
const RULE: &str = "\n\n---\n\n";

pub(super) fn hover(view: &View<'_>, position: Position) -> Option<Hover> {
    let offset = view.offset(&view.lines(), position);
    let mut parts = Vec::new();
    parts.extend(image(view, offset));
    parts.extend(transform_at(view.text(), offset).map(page));
    parts.extend(of_findings(view, offset));
    if parts.is_empty() {
        return None;
    }
    let contents = MarkupContent { kind: view.client.markup.clone(), value: parts.join(RULE) };
    Some(Hover { contents: Contents::MarkupContent(contents), range: None })
}

/// What would change or was left alone at `offset`, then the pages of these transforms, each once.
fn of_findings(view: &View<'_>, offset: usize) -> Vec<String> {
    let Ok(examined) = view.whole(Sight::Context) else { return Vec::new() };
    let findings = findings(&examined);
    let touched = findings.iter().filter(|finding| finding.range.start() <= offset && offset <= finding.range.end());
    let (mut said, mut pages, mut ids) = (Vec::new(), Vec::new(), BTreeSet::new());
    for finding in touched {
        said.push(format!("**{}**: {}", finding.transform.id, finding.full_message()));
        // What was left alone is told in a sentence, unless there is nothing else.
        if (finding.kind != Kind::Declined || pages.is_empty()) && ids.insert(finding.transform.id) {
            pages.push(page(finding.transform));
        }
    }
    let said = (!said.is_empty()).then(|| said.join("\n\n"));
    said.into_iter().chain(pages).collect()
}

/// The page of a transform up to where it says what it leaves alone, which is long.
fn page(transform: &Transform) -> String {
    let Transform { page, preserves, id, .. } = transform;
    let head = page.split("\n## ").next().unwrap_or(page).trim_end();
    format!("{head}\n\nWhat it promises: {}. `dockeropt explain {id}` says the rest.", preserves.promise())
}

/// What the catalogue says of the image that is named at `offset`.
fn image(view: &View<'_>, offset: usize) -> Option<String> {
    let file = Dockerfile::parse(view.text().as_bytes());
    let build = Build::of(&file);
    let is_here = |image: &&ImageUse<'_>| image.shown().start() <= offset && offset <= image.shown().end();
    let reference = match &build.image_uses().iter().find(is_here)?.named {
        Named::Image(reference) | Named::PossibleContext(reference) => reference.canonical(),
        Named::Variable(argument) => argument.as_ref()?.reference.canonical(),
    };
    let (name, catalogue) = (Name::of(&reference)?, &view.library.catalogue);
    let known = Known::of(catalogue, name)?;
    let mut shown = format!("**{}**\n\n| | |\n| --- | --- |\n", known.title(name));
    for (what, value) in known.rows() {
        if let Some(value) = value {
            let _ = writeln!(shown, "| {what} | {} |", value.replace('|', "\\|"));
        }
    }
    let _ = write!(shown, "\nBy the catalogue of {}, {} days old.", catalogue.date(), age_days(catalogue).max(0));
    Some(shown)
}
