//! Copies local files with COPY instead of ADD.

use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::semantics::{By, Copied};
use crate::text::Edit;
use crate::transforms::unpacking;

pub(super) const TRANSFORM: Transform = Transform {
    id: "add-to-copy",
    preserves: Preserves::Intent,
    page: include_str!("add_to_copy.md"),
    rules: &["DL3020"],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for copied in cx.build.copies().filter(|copied| copied.by == By::Add) {
        let instruction = copied.instruction;
        match obstacle(cx, &copied) {
            None => {
                let keyword = instruction.source_range(instruction.statement.keyword_range);
                let lower = cx.file.slice(keyword).iter().all(u8::is_ascii_lowercase);
                let edit = Edit::replace(keyword, if lower { "copy" } else { "COPY" });
                findings.rewrite("Copy local files with COPY; ADD also unpacks and downloads", vec![edit]);
            }
            Some(because) => findings.decline(instruction.range, because),
        }
    }
    findings
}

/// Why ADD may do more here than COPY would.
fn obstacle(cx: &Context<'_>, copied: &Copied<'_>) -> Option<String> {
    if let Some(name) = copied.option_of_content() {
        return Some(format!("COPY has no `--{name}` that means the same"));
    }
    let is_relative = !copied.destination.value.text.starts_with(['/', '$']);
    if is_relative && cx.build.directory_at(copied.instruction).is_none() {
        return Some("its destination is relative, and no WORKDIR says to what".to_owned());
    }
    copied.sources.iter().find_map(|source| unpacking::obstacle(cx, source))
}
