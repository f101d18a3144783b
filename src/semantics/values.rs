//! Words of instructions as BuildKit reads them: quotes and escapes are taken off, and variables replaced whose values are known.

use std::borrow::Cow;

use super::scope::{Scopes, Setting};
use crate::syntax::{EscapeToken, evaluated};

/// A word, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value<'w> {
    pub written: &'w str,
    /// Variables stand in it as written, unless ENV fixes their values. So do quotes that nothing closes, which BuildKit refuses.
    pub text: Cow<'w, str>,
    /// The same where an ARG has its default, if that makes a difference.
    default: Option<String>,
}

/// Longest text that is made of variables. Values that are made of others may double with each.
const BYTES_MAX: usize = 4_096;

/// How many values deep a variable is followed.
const DEPTH_MAX: usize = 8;

/// What a text may hold that is not the text itself.
const OPEN: [char; 3] = ['$', '"', '\''];

impl<'w> Value<'w> {
    /// The value, if the file alone says what it is.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        is_written_out(&self.text).then_some(&*self.text)
    }

    /// The value if nobody gives a build argument; what is not known then stands as written.
    #[must_use]
    pub fn by_default(&self) -> &str {
        self.default.as_deref().unwrap_or(&self.text)
    }
}

/// Whether a text holds no variable, and no quote that was left in it.
#[must_use]
pub fn is_written_out(text: &str) -> bool {
    !text.contains(OPEN)
}

impl Scopes<'_> {
    /// `written` as the instruction at `position` of stage `stage` has it.
    pub fn value<'w>(&self, escape: EscapeToken, place: (usize, usize), written: &'w str) -> Value<'w> {
        let is_plain = |byte: u8| byte != b'$' && byte != b'"' && byte != b'\'' && byte != escape.byte();
        if written.bytes().all(is_plain) {
            return Value { written, text: Cow::Borrowed(written), default: None };
        }
        let Some(unquoted) = evaluated(written, escape) else {
            return Value { written, text: Cow::Borrowed(written), default: None };
        };
        // Which `$` was quoted, what is left does not say.
        if !unquoted.contains('$') || written.contains(['\'', escape.as_char()]) {
            return Value { written, text: Cow::Owned(unquoted), default: None };
        }
        let reader = Reader { scopes: self, escape };
        let text = reader.expanded(&unquoted, place, Defaults::Open, 0).unwrap_or_else(|| unquoted.clone());
        let default = reader.expanded(&unquoted, place, Defaults::Count, 0).filter(|default| *default != text);
        Value { written, text: Cow::Owned(text), default }
    }
}

/// What stands in `text` before its first variable, what is said of that one, and what stands behind.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, after) = text.split_once('$')?;
    let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
    let (said, behind) = braced.unwrap_or_else(|| after.split_at(name_len(after)));
    Some((before, said, behind))
}

fn name_len(text: &str) -> usize {
    text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len())
}

/// The names of the variables in `text`.
pub fn variables_in(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, said, behind) = next_variable(rest)?;
        rest = behind;
        Some(&said[..name_len(said)])
    })
}

/// Whether the default of an ARG is taken for its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Defaults {
    Count,
    Open,
}

struct Reader<'s, 'f> {
    scopes: &'s Scopes<'f>,
    escape: EscapeToken,
}

impl Reader<'_, '_> {
    /// `text` with the variables replaced whose values are known; `None` if it gets too long.
    fn expanded(&self, text: &str, place: (usize, usize), defaults: Defaults, depth: usize) -> Option<String> {
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, name, behind)) = next_variable(rest) {
            result.push_str(before);
            match self.value_of(name, place, defaults, depth) {
                Some(value) => result.push_str(&value),
                None => result.push_str(&rest[before.len()..rest.len() - behind.len()]),
            }
            if result.len() > BYTES_MAX {
                return None;
            }
            rest = behind;
        }
        result.push_str(rest);
        Some(result)
    }

    /// The whole value of the variable `name`.
    fn value_of(&self, name: &str, place: (usize, usize), defaults: Defaults, depth: usize) -> Option<String> {
        let (stage, setting) = self.scopes.setting(place.0, place.1, name)?;
        let Setting { position, value: Some(value), is_fixed, .. } = *setting else { return None };
        if depth == DEPTH_MAX || !(is_fixed || defaults == Defaults::Count) {
            return None;
        }
        let is_open = value.contains('$') && value.contains(['\'', self.escape.as_char()]);
        let unquoted = evaluated(value, self.escape).filter(|_| !is_open)?;
        let value = self.expanded(&unquoted, (stage, position), defaults, depth + 1)?;
        is_written_out(&value).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use crate::semantics::Build;
    use crate::syntax::Dockerfile;

    /// What the last word of the file is: by the file alone, and where nobody gives arguments.
    fn read(text: &str) -> (Option<String>, String) {
        let file = Dockerfile::parse(text);
        let build = Build::of(&file);
        let stage = build.stages.len() - 1;
        let position = build.stages[stage].instructions.len() - 1;
        let words = build.stages[stage].instructions[position].arguments().list();
        let value = build.value(stage, position, words.last().unwrap());
        (value.known().map(str::to_owned), value.by_default().to_owned())
    }

    fn known(text: &str) -> Option<String> {
        read(text).0
    }

    #[test]
    fn quotes_and_escapes_are_taken_off() {
        assert_eq!(known("FROM a\nWORKDIR \"/my app\"\n").as_deref(), Some("/my app"));
        assert_eq!(known("FROM a\nWORKDIR '/a'/b\n").as_deref(), Some("/a/b"));
        assert_eq!(known("FROM a\nWORKDIR /a\\ b\n").as_deref(), Some("/a b"));
        assert_eq!(known("# escape=`\nFROM a\nWORKDIR C:\\a\n").as_deref(), Some("C:\\a"));
        assert_eq!(known("FROM a\nCOPY x \"a b\"\n"), None);
    }

    #[test]
    fn what_env_sets_is_known_and_what_arg_sets_is_a_default() {
        assert_eq!(known("FROM a\nENV A=/x B=\"${A}/y\"\nENV C=$A/z\nWORKDIR $C\n").as_deref(), Some("/x/z"));
        assert_eq!(read("FROM a\nARG A=/x\nWORKDIR ${A}/y\n"), (None, "/x/y".to_owned()));
        assert_eq!(read("FROM a\nARG A=/x\nENV B=$A\nWORKDIR $B/y\n"), (None, "/x/y".to_owned()));
        assert_eq!(known("FROM a AS b\nENV A=/x\nFROM b\nWORKDIR $A\n").as_deref(), Some("/x"));
    }

    #[test]
    fn what_is_set_elsewhere_or_later_or_quoted_is_not_known() {
        for text in [
            "FROM a\nWORKDIR $HOME\n",
            "FROM a\nARG A\nWORKDIR $A\n",
            "FROM a\nENV A=x\nWORKDIR ${A:-y}\n",
            "FROM a\nENV A=x\nWORKDIR '$A'\n",
            "FROM a\nENV A=x\nWORKDIR \\$A\n",
            "FROM a\nENV A='$x'\nWORKDIR $A\n",
            "FROM a\nENV A=x B=$A\nWORKDIR $B\n",
        ] {
            assert_eq!(known(text), None, "{text}");
        }
    }

    #[test]
    fn values_that_double_come_to_an_end() {
        let mut text = "FROM a\nENV A0=/long/path\n".to_owned();
        (1..30).for_each(|at| text.push_str(&format!("ENV A{at}=$A{0}$A{0}\n", at - 1)));
        assert_eq!(known(&format!("{text}WORKDIR $A29\n")), None);
    }
}
