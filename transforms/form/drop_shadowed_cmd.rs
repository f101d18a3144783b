//! Removes every CMD, ENTRYPOINT and HEALTHCHECK of a stage but the last.

use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::semantics::comments::speaks_to_a_tool;
use crate::syntax::{Dockerfile, Instruction, ItemKind, Keyword};
use crate::text::{Edit, TextRange};

pub(super) const TRANSFORM: Transform = Transform {
    id: "drop-shadowed-cmd",
    preserves: Preserves::Image,
    page: include_str!("drop_shadowed_cmd.md"),
    rules: &["DL3012", "DL4003", "DL4004", "MultipleInstructionsDisallowed"],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for stage in 0..cx.build.stages.len() {
        for keyword in [Keyword::Cmd, Keyword::Entrypoint, Keyword::Healthcheck] {
            // A SHELL between them does not matter: each is resolved where it stands, and only the last is kept.
            for shadowed in cx.build.replaced(stage, keyword) {
                match deletion(cx.file, shadowed) {
                    Ok(edit) => {
                        findings.rewrite(format!("Remove a {} that a later one replaces", keyword.name()), vec![edit])
                    }
                    Err(because) => findings.decline(shadowed.range, because),
                }
            }
        }
    }
    findings
}

fn deletion(file: &Dockerfile, instruction: &Instruction) -> Result<Edit, &'static str> {
    let text = file.slice(instruction.range);
    if text.split(|&byte| byte == b'\n').any(|line| line.trim_ascii_start().starts_with(b"#")) {
        return Err("it has comments in it");
    }
    let above = file.items_up_to(instruction.range.start()).last();
    if above.is_some_and(|item| matches!(item.kind, ItemKind::Comment) && speaks_to_a_tool(file.slice(item.range))) {
        return Err("the comment above it speaks to a tool, and would speak of the next instruction");
    }
    if above.is_some_and(|item| matches!(item.kind, ItemKind::Comment) && item.range.end() == instruction.range.start())
    {
        return Err("the comment above it would stand above something else");
    }
    Ok(Edit::delete(TextRange::new(instruction.range.start(), instruction.range.end())))
}
