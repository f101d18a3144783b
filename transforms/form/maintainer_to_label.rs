//! Turns the deprecated MAINTAINER into the label that took its place.

use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::semantics::Stage;
use crate::syntax::{Arguments, EscapeToken, Instruction, Keyword, LINE_BYTES_MAX};
use crate::text::Edit;

pub(super) const TRANSFORM: Transform = Transform {
    id: "maintainer-to-label",
    preserves: Preserves::Behavior,
    page: include_str!("maintainer_to_label.md"),
    rules: &["DL4000", "MaintainerDeprecated"],
    owns: &[Keyword::Maintainer, Keyword::Label],
    rewrite,
    ..Transform::PLAIN
};

const LABEL: &str = "org.opencontainers.image.authors";

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for stage in &cx.build.stages {
        let maintainers: Vec<_> = of(stage, Keyword::Maintainer).collect();
        let Some(last) = maintainers.last() else { continue };
        if let Some(label) = of(stage, Keyword::Label).find(|label| sets_authors(label)) {
            findings.decline(label.range, format!("{LABEL} is set already"));
            continue;
        }
        if let Some(split) =
            maintainers.iter().find(|maintainer| cx.file.slice(maintainer.text_range()).contains(&b'\n'))
        {
            findings.decline(split.range, "it goes over several lines");
            continue;
        }
        let mut edits = Vec::new();
        for maintainer in &maintainers[..maintainers.len() - 1] {
            // Only the last one counts for the image, but each was a credit to somebody.
            edits.push(Edit::delete(maintainer.range));
        }
        let authors: Vec<_> =
            maintainers.iter().filter_map(|maintainer| author(maintainer, cx.file.escape())).collect();
        let keyword = cx.file.slice(last.source_range(last.statement.keyword_range));
        let lower = keyword.iter().all(u8::is_ascii_lowercase);
        let mut text = format!("{} {LABEL}=\"", if lower { "label" } else { "LABEL" }).into_bytes();
        text.extend(authors.join(&b", "[..]));
        text.push(b'"');
        let beside = last.range.len() - last.text_range().len();
        if text.len() + beside >= LINE_BYTES_MAX {
            findings.decline(last.range, "all of them make a line that BuildKit refuses");
            continue;
        }
        edits.push(Edit::replace(last.text_range(), text));
        findings.rewrite("Say who maintains the image with a label; MAINTAINER is deprecated", edits);
    }
    findings
}

fn of<'a>(stage: &'a Stage<'_>, keyword: Keyword) -> impl Iterator<Item = &'a Instruction> {
    stage.instructions.iter().copied().filter(move |instruction| instruction.keyword() == keyword)
}

fn sets_authors(label: &Instruction) -> bool {
    label.arguments().pairs().iter().any(|pair| pair.key.text.trim_matches(['"', '\'']) == LABEL)
}

/// The author as text for inside double quotes. MAINTAINER knows neither quotes nor variables, LABEL does.
fn author(maintainer: &Instruction, escape: EscapeToken) -> Option<Vec<u8>> {
    let Arguments::Text(word) = maintainer.arguments() else { return None };
    let text = unquoted(&maintainer.line.bytes()[word.range]);
    let mut quoted = Vec::new();
    for &byte in text {
        if matches!(byte, b'"' | b'$') || byte == escape.byte() {
            quoted.push(escape.byte());
        }
        quoted.push(byte);
    }
    Some(quoted)
}

/// Quotes around all of it were meant as such by their author.
fn unquoted(text: &[u8]) -> &[u8] {
    for quote in [b'"', b'\''] {
        if let Some(inner) = text.strip_prefix(&[quote]).and_then(|text| text.strip_suffix(&[quote]))
            && !inner.contains(&quote)
        {
            return inner;
        }
    }
    text
}
