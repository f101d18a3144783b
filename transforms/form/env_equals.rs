//! Writes `ENV key value` and `LABEL key value` with an equals sign.

use crate::rewrite::{Context, Findings, Preserves, Transform};
use crate::syntax::{Dockerfile, EscapeToken, Instruction, Keyword, Pair, evaluated};
use crate::text::{Edit, TextRange};

pub(super) const TRANSFORM: Transform = Transform {
    id: "env-equals",
    preserves: Preserves::Image,
    page: include_str!("env_equals.md"),
    rules: &["LegacyKeyValueFormat"],
    rewrite,
    ..Transform::PLAIN
};

fn rewrite(cx: &Context<'_>) -> Findings {
    let mut findings = Findings::default();
    for instruction in
        cx.file.instructions().filter(|instruction| matches!(instruction.keyword(), Keyword::Env | Keyword::Label))
    {
        let [pair] = instruction.arguments().pairs() else { continue };
        if pair.equals {
            continue;
        }
        match edits(cx.file, instruction, pair) {
            Ok(edits) => {
                findings.rewrite("Write key and value with an equals sign; the form with a blank is deprecated", edits)
            }
            Err(because) => findings.decline(instruction.range, because),
        }
    }
    findings
}

fn edits(file: &Dockerfile, instruction: &Instruction, pair: &Pair) -> Result<Vec<Edit>, &'static str> {
    if !pair.key.text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')) {
        return Err("the key has characters that may mean something else in the other form");
    }
    let quote = quoting(&pair.value.text, file.escape())
        .ok_or("the value has quotes or escapes that mean something else in the other form")?;
    let value = &pair.value.text;
    if evaluated(value, file.escape())
        .is_none_or(|before| evaluated(&format!("{quote}{value}{quote}"), file.escape()) != Some(before))
    {
        return Err("the value would be another one in the other form");
    }
    let blank = instruction.source_range(TextRange::new(pair.key.range.end(), pair.value.range.start()));
    if file.slice(blank).contains(&b'#') {
        return Err("a comment stands between key and value");
    }
    let mut edits = vec![Edit::replace(blank, format!("={quote}"))];
    if !quote.is_empty() {
        edits.push(Edit::insert(instruction.source_range(pair.value.range).end(), quote));
    }
    Ok(edits)
}

/// What has to stand around the value for it to stay one word with the same meaning; `None` if nothing does.
fn quoting(value: &str, escape: EscapeToken) -> Option<&'static str> {
    let special = |c: char| matches!(c, '"' | '\'') || c == escape.as_char();
    if !value.contains(char::is_whitespace) && !value.contains(special) {
        return Some("");
    }
    if !value.contains(special) {
        return Some("\"");
    }
    is_one_quoted_word(value, escape).then_some("")
}

/// Whether `value` is a quoted text and nothing else, as in `"a b"`, with no quote or escape inside it.
fn is_one_quoted_word(value: &str, escape: EscapeToken) -> bool {
    ['"', '\''].iter().any(|&quote| {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        inner.is_some_and(|inner| !inner.contains(['"', '\'', escape.as_char()]))
    })
}
