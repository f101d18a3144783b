//! Whether a path in code is of an address that a web program answers or asks, and so of no file.

use crate::known::{Table, table};

/// Calls and words before an address: `app.get("/data", ...)`.
static FACTS: Table = table!("routes.txt");

const QUOTES: &[char] = &['"', '\'', '`'];

/// Whether the string that starts with `behind`, and whose quote ends `before`, is an address.
pub(super) fn is_of_route(before: &str, behind: &str) -> bool {
    let Some(before) = before.strip_suffix(QUOTES) else { return false };
    // A string with values in it is none: `$"/data/{name}"`.
    let is_plain = !before.ends_with(['$', 'f', '@']);
    let literal = behind.split(QUOTES).next().unwrap_or_default();
    if is_plain && FACTS.sign("part of an address", literal).is_some() {
        return true;
    }
    if FACTS.of("end before an address").any(|end| before.ends_with(end)) {
        return true;
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    let Some(open) = open_call(line) else { return false };
    let call = line[..open].trim_end_matches(' ').rsplit(|c: char| !c.is_alphanumeric() && !"._@".contains(c));
    let call = call.into_iter().next().unwrap_or_default().to_ascii_lowercase();
    let (object, name) = call.rsplit_once('.').unwrap_or(("", &call));
    let is_annotation = call.starts_with('@');
    let is_first = line[open + 1..].trim_matches(' ').is_empty();
    let object = object.trim_start_matches('@');
    let object = object.rsplit('.').next().unwrap_or(object);
    let bare = name.trim_start_matches('@');
    FACTS.sign("part of a call with addresses", name).is_some()
        || FACTS.has("call with addresses", bare)
        || (is_annotation && (name.ends_with("mapping") || FACTS.has("call of a server", bare)))
        || (is_first && FACTS.has("call of a server", name) && FACTS.has("server", object))
}

/// Where the last parenthesis of `line` stands that is still open.
fn open_call(line: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, c) in line.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' if depth == 0 => return Some(at),
            '(' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::is_of_route;

    #[test]
    fn what_a_web_program_answers_is_no_file() {
        let is_route = |text: &str| {
            let at = text.rfind("/data").unwrap();
            is_of_route(&text[..at], &text[at..])
        };
        for text in [
            "app.get(\"/data\", f)",
            "@app.route('/data')",
            "app.MapGet(\"/data\", f)",
            "[Route(\"/data\")]",
            "[HttpGet(\"/data/{id}\")]",
            "@PostMapping(\"/data\")",
            "@PostMapping(value = \"/data\")",
            "@Path(\"/data\")",
            ".requestMatchers(\"/login\", \"/data\")",
            "{\"/login\", \"/data/**\"}",
            "<a href=\"/data\">",
            "return LocalRedirect(\"/data\");",
        ] {
            assert!(is_route(text), "{text}");
        }
        for text in [
            "storage.get(\"/data/a\")",
            "f(\"/data\")",
            "open('/data/a')",
            "app.use(\"/a\", serve(\"/data\"))",
            "app.use(\"/a\", \"/data\")",
            "$\"/data/{name}\"",
            "String folder = \"/data\"",
        ] {
            assert!(!is_route(text), "{text}");
        }
    }
}
