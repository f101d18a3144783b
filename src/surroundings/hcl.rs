//! HCL, as far as bake files and jobs of Nomad need it: blocks, texts, lists, maps. All else is an expression.

use super::tree::{Node, Value};

/// How deep blocks and lists may stand in each other.
const DEPTH_MAX: usize = 64;

/// A block `target "app" { … }` is a map under `app` in a map under `target`; blocks of one type stand behind each other.
///
/// # Errors
/// The line that cannot be read.
pub(super) fn parse(text: &str) -> Result<Node, String> {
    let mut reader = Reader { rest: text, line: 1 };
    let entries = reader.body(0)?;
    reader.skip(true);
    if reader.rest.is_empty() { Ok(Node { line: 1, value: Value::Map(entries) }) } else { reader.wrong() }
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Reader<'t> {
    fn wrong<T>(&self) -> Result<T, String> {
        Err(format!("line {} cannot be read", self.line))
    }

    fn advance(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Goes over blanks and comments, and over the ends of lines if they do not count.
    fn skip(&mut self, with_lines: bool) {
        loop {
            let blank = self.rest.find(|c: char| !(c.is_whitespace() && (with_lines || c != '\n')));
            self.advance(blank.unwrap_or(self.rest.len()));
            let comment = if self.rest.starts_with("/*") {
                self.rest.find("*/").map_or(self.rest.len(), |at| at + 2)
            } else if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.rest.find('\n').unwrap_or(self.rest.len())
            } else {
                return;
            };
            self.advance(comment);
        }
    }

    fn takes(&mut self, sign: char) -> bool {
        let is_next = self.rest.starts_with(sign);
        if is_next {
            self.advance(sign.len_utf8());
        }
        is_next
    }

    fn name(&mut self) -> Option<&'t str> {
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(self.rest.len());
        (end > 0).then(|| self.advance(end))
    }

    /// What stands in a file or between braces.
    fn body(&mut self, depth: usize) -> Result<Vec<(String, Node)>, String> {
        let mut entries = Vec::new();
        loop {
            self.skip(true);
            if self.rest.is_empty() || self.rest.starts_with('}') || depth > DEPTH_MAX {
                return if depth > DEPTH_MAX { self.wrong() } else { Ok(entries) };
            }
            let line = self.line;
            let key = match self.quoted()? {
                Some(Value::Scalar { text, .. }) => text,
                Some(_) => return self.wrong(),
                None => match self.name() {
                    Some(name) => name.to_owned(),
                    None => return self.wrong(),
                },
            };
            self.skip(false);
            if self.takes('=') || self.takes(':') {
                let value = self.value(depth + 1)?;
                entries.push((key, Node { line, value }));
                self.skip(true);
                self.takes(',');
                continue;
            }
            let mut labels = vec![key];
            while !self.takes('{') {
                match self.quoted()? {
                    Some(Value::Scalar { text, .. }) => labels.push(text),
                    Some(_) => labels.push(String::new()),
                    None => match self.name() {
                        Some(name) => labels.push(name.to_owned()),
                        None => return self.wrong(),
                    },
                }
                self.skip(false);
            }
            let mut node = Node { line, value: Value::Map(self.body(depth + 1)?) };
            if !self.takes('}') {
                return self.wrong();
            }
            while labels.len() > 1 {
                let label = labels.pop().unwrap_or_default();
                node = Node { line, value: Value::Map(vec![(label, node)]) };
            }
            entries.push((labels.remove(0), node));
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEPTH_MAX {
            return self.wrong();
        }
        self.skip(false);
        let value = if self.takes('[') {
            Value::List(self.items(depth)?)
        } else if self.takes('{') {
            let entries = self.body(depth)?;
            if !self.takes('}') {
                return self.wrong();
            }
            Value::Map(entries)
        } else if let Some(text) = self.quoted()? {
            text
        } else if let Some(heredoc) = self.heredoc() {
            heredoc
        } else {
            match self.name() {
                Some(name) if matches!(name, "true" | "false") || name.parse::<f64>().is_ok() => scalar(name),
                Some(_) => Value::Expression,
                None => return self.wrong(),
            }
        };
        // What goes on behind a value makes it an expression.
        self.skip(false);
        if self.rest.is_empty() || self.rest.starts_with(['\n', ',', ']', '}']) {
            return Ok(value);
        }
        self.expression()?;
        Ok(Value::Expression)
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node>, String> {
        let mut items = Vec::new();
        loop {
            self.skip(true);
            if self.takes(']') {
                return Ok(items);
            }
            let line = self.line;
            let value = self.value(depth + 1)?;
            items.push(Node { line, value });
            self.skip(true);
            if !self.takes(',') && !self.rest.starts_with(']') {
                return self.wrong();
            }
        }
    }

    /// Goes to the end of an expression: the line's, or a sign of what it stands in.
    fn expression(&mut self) -> Result<(), String> {
        let mut depth = 0usize;
        loop {
            match self.rest.chars().next() {
                None => return if depth == 0 { Ok(()) } else { self.wrong() },
                Some('\n' | ',' | ']' | '}') if depth == 0 => return Ok(()),
                Some('(' | '[' | '{') => depth += 1,
                Some(')' | ']' | '}') => depth = depth.saturating_sub(1),
                Some('"') => {
                    self.quoted()?;
                    continue;
                }
                Some(_) => {}
            }
            let bytes = self.rest.chars().next().map_or(0, char::len_utf8);
            self.advance(bytes);
        }
    }

    /// A text in quotes; an expression if something in it is worked out.
    fn quoted(&mut self) -> Result<Option<Value>, String> {
        if !self.rest.starts_with('"') {
            return Ok(None);
        }
        let mut text = String::new();
        let (mut is_plain, mut depth) = (true, 0usize);
        let mut chars = self.rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' if depth == 0 => {
                    self.advance(at + 1);
                    return Ok(Some(if is_plain { scalar(&text) } else { Value::Expression }));
                }
                '$' | '%' if depth == 0 && chars.peek().is_some_and(|(_, next)| *next == '{') => {
                    (is_plain, depth) = (false, 1);
                    chars.next();
                }
                '{' if depth > 0 => depth += 1,
                '}' if depth > 0 => depth -= 1,
                '\\' => match chars.next().map(|(_, next)| next) {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some(next) => text.push(next),
                    None => return self.wrong(),
                },
                c => text.push(c),
            }
        }
        self.wrong()
    }

    fn heredoc(&mut self) -> Option<Value> {
        let name = self.rest.strip_prefix("<<")?.trim_start_matches('-');
        let (name, body) = name.split_once('\n')?;
        let name = name.trim();
        let mut taken = self.rest.len() - body.len();
        for line in body.split_inclusive('\n') {
            if line.trim() == name {
                taken += line.trim_end().len();
                self.advance(taken);
                return Some(Value::Expression);
            }
            taken += line.len();
        }
        None
    }
}

fn scalar(text: &str) -> Value {
    Value::Scalar { text: text.to_owned(), is_block: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_lists_and_maps_are_read_and_all_else_is_an_expression() {
        let node = parse(
            "// c\nvariable \"TAG\" {\n  default = \"latest\"\n}\ntarget \"app\" {\n  contexts = {\n    alpine = \"docker-image://alpine:3.15\", \"b c\" = \"x\"\n  }\n  \
             tags = [\"a:${TAG}\", \"b\"]\n  inherits = [for t in x : t]\n  args = { V = n > 1 ? \"a\" : \"b\" }\n  output = [\"type=docker\"] # d\n}\n",
        );
        let app = node.unwrap();
        let app = app.at(&["target", "app"]).unwrap();
        assert_eq!((app.line, app.at(&["contexts", "alpine"]).unwrap().line), (5, 7));
        let tags = app.get("tags").unwrap().items();
        assert_eq!((tags[0].text(), tags[1].text()), (None, Some("b")));
        assert_eq!(app.at(&["args", "V"]).unwrap().value, Value::Expression);
        assert_eq!(app.at(&["output"]).unwrap().texts(), Some(vec!["type=docker".to_owned()]));
    }

    #[test]
    fn no_end_is_an_error() {
        for text in ["a {", "a = \"", "a = [1", "a = {", "= 1", "a \"b\" c"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"a {".repeat(10_000)).is_err());
    }
}
