//! Writes down the line of releases that the default of an ARG means, where the ARG names the image of one FROM and nothing else.

use crate::bases::lines;
use crate::rewrite::{Context, Effect, Findings, Pin, Preserves, Transform};
use crate::semantics::{Named, Role};
use crate::text::Edit;

pub(super) const TRANSFORM: Transform = Transform {
    id: "pin-argument",
    preserves: Preserves::Intent,
    opt_in: true,
    page: include_str!("pin_argument.md"),
    rules: &["DL3006", "DL3007"],
    effects: &[Effect::Anything],
    reads_catalogue: true,
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    if cx.options.pin == Pin::None {
        return findings;
    }
    for image in cx.build.image_uses() {
        let Named::Variable(Some(argument)) = &image.named else { continue };
        let line = match lines::line(cx, image, &argument.reference) {
            Ok(Some(line)) => line,
            Ok(None) => continue,
            Err(because) => {
                findings.decline(argument.default, because);
                continue;
            }
        };
        if !argument.is_used_once(cx.file) {
            findings.decline(argument.default, format!("`{}` is named elsewhere too", argument.name));
            continue;
        }
        let edit = match argument.role {
            Role::Whole => lines::tag_edit(argument.default, &argument.reference, line.tag),
            Role::Tag => Edit::replace(argument.default, line.tag),
            Role::Other => {
                findings.decline(argument.default, format!("it is only a part of the tag in `{}`", image.text));
                continue;
            }
        };
        let (reference, date) = (argument.reference.canonical(), cx.facts.catalogue.date());
        let title = format!("Write down what `{reference}` means: `{}`, by the catalogue of {date}", line.tag);
        findings.rewrite(title, vec![edit]);
    }
    findings
}
