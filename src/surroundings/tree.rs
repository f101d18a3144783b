//! YAML, JSON and HCL as one tree whose nodes know their lines.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};

/// Most nodes of a file, with those that aliases repeat.
const NODES_MAX: usize = 50_000;

/// How deep nodes may stand in each other.
const DEPTH_MAX: usize = 64;

/// A value, and the line where it starts, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub line: usize,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A text, or whatever else is written as one word. `is_block` if it stands below its key, line by line.
    Scalar {
        text: String,
        is_block: bool,
    },
    List(Vec<Node>),
    /// In the order written, with what a merge key brings behind what is written.
    Map(Vec<(String, Node)>),
    /// What is only known when it is worked out.
    Expression,
}

/// The path of a value: what stands below nothing is nothing.
impl Node {
    /// What stands under `key`.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// What stands under the first of `keys`, in the next one below it, and so on.
    pub fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    pub fn entries(&self) -> &[(String, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The texts of a list, or the one text that stands for a list of one; `None` if some of it is no text.
    pub fn texts(&self) -> Option<Vec<String>> {
        match &self.value {
            Value::Scalar { text, .. } => Some(vec![text.clone()]),
            Value::List(items) => items.iter().map(|item| item.text().map(str::to_owned)).collect(),
            _ => None,
        }
    }

    /// All nodes with their keys, this one first, each before what stands in it.
    pub fn walk<'n>(&'n self, visit: &mut impl FnMut(&'n str, &'n Self)) {
        self.walk_under("", visit);
    }

    fn walk_under<'n>(&'n self, key: &'n str, visit: &mut impl FnMut(&'n str, &'n Self)) {
        visit(key, self);
        match &self.value {
            Value::List(items) => items.iter().for_each(|item| item.walk_under(key, visit)),
            Value::Map(entries) => entries.iter().for_each(|(key, node)| node.walk_under(key, visit)),
            Value::Scalar { .. } | Value::Expression => {}
        }
    }
}

/// The documents of a YAML file.
///
/// # Errors
/// Why it is none, or why it is not read to its end.
pub(super) fn yaml(text: &str) -> Result<Vec<Node>, String> {
    let options = granit_parser::options! { flow_nesting_limit: DEPTH_MAX as _, block_nesting_limit: DEPTH_MAX as _ };
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| error.to_string().chars().take(200).collect::<String>())?;
        builder.add(event, span.start.line())?;
    }
    Ok(builder.documents)
}

/// A JSON file, as editors write it: with comments and commas too many.
///
/// # Errors
/// Why it is none.
pub(super) fn json(text: &str) -> Result<Node, String> {
    let documents = yaml(&without_comments(text))?;
    documents.into_iter().next().ok_or_else(|| "nothing is in it".to_owned())
}

/// `text` with blanks where comments and tabs were, so that lines stay where they are.
fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_quoted = false;
    while let Some(c) = rest.chars().next() {
        let comment = match rest.get(..2) {
            Some("//") if !is_quoted => rest.find('\n').unwrap_or(rest.len()),
            Some("/*") if !is_quoted => rest.find("*/").map_or(rest.len(), |at| at + 2),
            _ => 0,
        };
        if comment > 0 {
            plain.extend(rest[..comment].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[comment..];
            continue;
        }
        if is_quoted && c == '\\' {
            let end = rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at);
            plain.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        is_quoted ^= c == '"';
        plain.push(if c == '\t' { ' ' } else { c });
        rest = &rest[c.len_utf8()..];
    }
    plain
}

/// Puts the events of a parser together.
#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

/// A list or map whose end is still to come.
struct Open {
    line: usize,
    anchor: usize,
    is_map: bool,
    items: Vec<Node>,
}

impl Builder {
    fn add(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                self.node(Node { line, value: Value::Scalar { text: text.into_owned(), is_block } }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(line, anchor, false),
            Event::MappingStart(_, anchor, _) => self.begin(line, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { line, anchor, is_map, items }) = self.open.pop() else { return Ok(()) };
                let value = if is_map { Value::Map(map(items)) } else { Value::List(items) };
                self.node(Node { line, value }, anchor)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or("an alias stands in what it names")?;
                self.nodes += size(&node);
                self.node(Node { line, ..node }, 0)
            }
            Event::DocumentStart(..) => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, line: usize, anchor: usize, is_map: bool) -> Result<(), String> {
        if self.open.len() >= DEPTH_MAX {
            return Err(format!("more than {DEPTH_MAX} levels"));
        }
        self.open.push(Open { line, anchor, is_map, items: Vec::new() });
        Ok(())
    }

    fn node(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(format!("more than {NODES_MAX} values"));
        }
        if anchor > 0 {
            self.nodes += size(&node);
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None => self.documents.push(node),
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    let mut count = 0;
    node.walk(&mut |_, _| count += 1);
    count
}

/// Keys and values that follow each other, as entries. What `<<` brings counts where nothing else is written.
fn map(items: Vec<Node>) -> Vec<(String, Node)> {
    let mut entries: Vec<(String, Node)> = Vec::with_capacity(items.len() / 2);
    let mut merged = Vec::new();
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        let Some(name) = key.text() else { continue };
        match (name, value.value) {
            ("<<", Value::Map(more)) => merged.extend(more),
            ("<<", Value::List(maps)) => merged.extend(maps.iter().flat_map(Node::entries).cloned()),
            (name, Value::Scalar { text, is_block }) => {
                // The line of a value that stands in quotes or below its key is the key's.
                entries.push((name.to_owned(), Node { line: key.line, value: Value::Scalar { text, is_block } }));
            }
            (name, value) => entries.push((name.to_owned(), Node { line: key.line, value })),
        }
    }
    for (name, node) in merged {
        if !entries.iter().any(|(other, _)| *other == name) {
            entries.push((name, node));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_lines_and_aliases_what_they_name() {
        let documents = yaml("a: &x\n  b: [1, 'two']\nc:\n  <<: *x\n  d: |\n    e\n---\nf\n").unwrap();
        assert_eq!(documents.len(), 2);
        let c = documents[0].get("c").unwrap();
        assert_eq!((c.line, c.at(&["b"]).unwrap().texts()), (3, Some(vec!["1".to_owned(), "two".to_owned()])));
        let d = c.get("d").unwrap();
        assert_eq!((d.line, d.text()), (5, Some("e\n")));
        assert_eq!(documents[1].text(), Some("f"));
    }

    #[test]
    fn json_may_have_comments_and_tabs() {
        let node = json("{\n\t// a \"\n\t\"b\": \"x//y\", /* c\n */ \"d\": [\"\\\"//\"],\n}").unwrap();
        assert_eq!(node.get("b").and_then(Node::text), Some("x//y"));
        let d = node.get("d").unwrap();
        assert_eq!((d.line, d.texts()), (4, Some(vec!["\"//".to_owned()])));
    }

    #[test]
    fn nothing_is_without_end() {
        let laughs = (1..30).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
            let last = format!("*a{}", n - 1);
            format!("{text}a{n}: &a{n} [{}]\n", [last.as_str(); 10].join(", "))
        });
        for text in [laughs, "[".repeat(100_000), "a: [".to_owned(), "&a [*a]".to_owned()] {
            assert!(yaml(&text).is_err());
        }
    }
}
