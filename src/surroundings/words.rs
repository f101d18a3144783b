//! Words of a command line, wherever it stands: in a script, in a recipe of make, in a value of YAML.

use std::collections::BTreeMap;

/// A logical line: without continuations, with the number of its first line, counted from 1.
pub(super) fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let (number, mut whole) = open.take().unwrap_or((index + 1, String::new()));
        match line.strip_suffix('\\') {
            Some(part) => {
                whole.push_str(part);
                whole.push(' ');
                open = Some((number, whole));
            }
            None => {
                whole.push_str(line);
                lines.push((number, whole));
            }
        }
    }
    lines.extend(open);
    lines
}

/// Variables that a text sets once, to something that is written out: `NAME = value`, `NAME := value`, `NAME=value`.
#[derive(Debug, Default)]
pub(super) struct Variables {
    values: BTreeMap<String, Option<String>>,
}

impl Variables {
    pub fn of(lines: &[(usize, String)]) -> Self {
        let mut values: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (_, line) in lines {
            let line = line.trim().trim_start_matches("export ").trim_start();
            let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(line.len());
            let (name, rest) = line.split_at(end);
            let rest = rest.trim_start().trim_start_matches([':', '?']);
            let Some(value) = rest.strip_prefix('=').filter(|_| !name.is_empty()) else { continue };
            let value = value.trim().trim_matches(['"', '\'']);
            let is_plain = !value.contains(['$', '`', ' ', ';', '&', '|', '(', '"']);
            let is_first = !values.contains_key(name);
            values.insert(name.to_owned(), (is_plain && is_first).then(|| value.to_owned()));
        }
        Self { values }
    }

    /// `text` with the variables that are known in place of their names.
    pub fn expand(&self, text: &str) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            expanded.push_str(&rest[..at]);
            let behind = &rest[at + 1..];
            let (name, taken) = match behind.chars().next() {
                Some('(') => behind[1..].find(')').map_or(("", 0), |end| (&behind[1..=end], end + 2)),
                Some('{') => behind[1..].find('}').map_or(("", 0), |end| (&behind[1..=end], end + 2)),
                _ => {
                    let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(behind.len());
                    (&behind[..end], end)
                }
            };
            match self.values.get(name) {
                Some(Some(value)) if taken > 0 => expanded.push_str(value),
                _ => expanded.push_str(&rest[at..=at + taken]),
            }
            rest = &behind[taken..];
        }
        expanded.push_str(rest);
        expanded
    }
}

/// The words of one command at the start of `text`, up to what ends a command; quotes and backslashes removed. What a variable or a substitution brings
/// stays as it is written, with its `$`.
pub(super) fn command(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '\\') => {
                if let Some(next) = chars.next() {
                    word.get_or_insert_default().push(next);
                }
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some('"') | None, '$') if chars.peek().is_some_and(|next| "({".contains(*next)) => {
                let word = word.get_or_insert_default();
                word.push(c);
                let mut depth = 0usize;
                for c in chars.by_ref() {
                    word.push(c);
                    match c {
                        '(' | '{' => depth += 1,
                        ')' | '}' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            // What a template fills in: `{{image}}` of just, Taskfiles and Ansible.
            (Some('"') | None, '{') if chars.peek() == Some(&'{') => {
                let word = word.get_or_insert_default();
                word.push_str("${");
                while let Some(c) = chars.next() {
                    word.push(c);
                    if c == '}' && chars.next_if_eq(&'}').is_some() {
                        word.push('}');
                        break;
                    }
                }
            }
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, ';' | '&' | '|' | ')' | '(' | '`' | '>' | '<' | '\n') => {
                // The number of a redirect is none of the words.
                if matches!(c, '>' | '<') && word.as_deref().is_some_and(|word| word.parse::<u8>().is_ok()) {
                    word = None;
                }
                words.extend(word.take());
                // A redirect ends no command, but what stands behind it is rarely another word.
                return words;
            }
            (None, '#') if word.is_none() => return words,
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The words of a text that no shell reads, such as `command:` of Compose: quotes and backslashes removed, nothing else special.
pub(super) fn plain(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_where_the_next_begins() {
        for (text, words) in [
            (
                "docker run --rm a sh -c \"ls /app; x\" && y",
                &["docker", "run", "--rm", "a", "sh", "-c", "ls /app; x"][..],
            ),
            ("docker build -t $(NAME):${V:-a b} . # c", &["docker", "build", "-t", "$(NAME):${V:-a b}", "."]),
            ("docker run a 2>&1", &["docker", "run", "a"]),
            ("docker run 'a'\\ b)", &["docker", "run", "a b"]),
            ("docker run -v {{d()}}:/x {{ image }} go", &["docker", "run", "-v", "${{d()}}:/x", "${{ image }}", "go"]),
        ] {
            assert_eq!(command(text), words, "{text}");
        }
        assert_eq!(plain("bash -c \"a; b\" 'c d'"), ["bash", "-c", "a; b", "c d"]);
    }

    #[test]
    fn variables_that_are_set_once_are_known() {
        let lines = logical_lines("A := x\nB ?= y\nB = z\nexport C='d'\nrun:\n\tdocker run \\\n  $(A)\n");
        let variables = Variables::of(&lines);
        assert_eq!(variables.expand("$(A) ${A} $A $(B) $C $D $"), "x x x $(B) d $D $");
        assert_eq!(lines.last().unwrap(), &(6, "\tdocker run    $(A)".to_owned()));
    }
}
