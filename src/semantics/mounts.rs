//! What a `--mount` of a RUN says.

use crate::syntax::Flag;
use crate::text::TextRange;

/// A `--mount` of a RUN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The flag, in the file.
    pub range: TextRange,
    /// As written.
    pub target: String,
    pub kind: MountKind,
    /// Whether it names an image or a stage to take files from.
    pub has_lender: bool,
    /// Whether what is written to it ends with its RUN.
    pub is_passing: bool,
}

/// What a `--mount` brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountKind {
    /// Files of the build context, an image or a stage; what is written there is thrown away.
    Bind,
    /// A folder that is written to, and is in no layer: a cache or a tmpfs.
    Folder,
    /// One file, by default in `/run/secrets`, or a socket.
    SecretOrSocket,
}

impl Mount {
    pub(super) fn of(range: TextRange, flag: &Flag) -> Self {
        let fields = Fields::of(flag);
        Self {
            range,
            target: fields.target().to_owned(),
            kind: fields.kind(),
            has_lender: fields.from().is_some(),
            is_passing: fields.is_passing(),
        }
    }

    /// Whether it can stand before a folder that a command fills. A secret and a socket are one file each and lie beside what is written.
    #[must_use]
    pub fn may_hold_files(&self) -> bool {
        self.kind != MountKind::SecretOrSocket
    }
}

/// The fields of a mount, as written.
#[derive(Clone, Copy)]
pub(super) struct Fields<'f> {
    text: &'f str,
}

impl<'f> Fields<'f> {
    pub fn of(flag: &'f Flag) -> Self {
        Self { text: flag.value().unwrap_or_default() }
    }

    pub fn kind(self) -> MountKind {
        match self.value(&["type"]).map(str::to_ascii_lowercase).as_deref() {
            Some("secret" | "ssh") => MountKind::SecretOrSocket,
            Some("cache" | "tmpfs") => MountKind::Folder,
            _ => MountKind::Bind,
        }
    }

    /// What it takes files from, if not from the build context.
    pub fn from(self) -> Option<&'f str> {
        self.value(&["from"])
    }

    /// What it takes: all, unless it says what.
    pub fn source(self) -> &'f str {
        self.value(&["source", "src"]).unwrap_or("/")
    }

    pub fn target(self) -> &'f str {
        self.value(&["target", "dst", "destination"]).unwrap_or_default()
    }

    /// Whether it is a tmpfs, or a bind that may be written to.
    fn is_passing(self) -> bool {
        let is_writable = |field: &str| {
            let key = field.split_once('=').map_or(field, |(key, _)| key);
            ["rw", "readwrite"].iter().any(|known| key.eq_ignore_ascii_case(known))
        };
        let is_tmpfs = self.value(&["type"]).is_some_and(|kind| kind.eq_ignore_ascii_case("tmpfs"));
        is_tmpfs || self.fields().any(is_writable)
    }

    fn value(self, keys: &[&str]) -> Option<&'f str> {
        self.field(keys).map(|(_, value)| value)
    }

    /// The last field that has one of `keys`, and its value: that one counts.
    pub fn field(self, keys: &[&str]) -> Option<(&'f str, &'f str)> {
        let named = self.fields().filter_map(|field| {
            let (key, value) = field.split_once('=')?;
            keys.iter().any(|known| key.eq_ignore_ascii_case(known)).then_some((field, value))
        });
        named.last()
    }

    fn fields(self) -> impl Iterator<Item = &'f str> {
        let mut is_quoted = false;
        let fields = self.text.split(move |c| {
            is_quoted ^= c == '"';
            c == ',' && !is_quoted
        });
        fields.map(|field| field.trim_matches('"'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Dockerfile;

    #[test]
    fn fields_have_several_names_and_the_last_one_counts() {
        let file = Dockerfile::parse(
            "FROM a\nRUN --mount=type=cache,target=/x,TYPE=bind,dst=/y,from=one,from=two,src=/s,ro true\n",
        );
        let run = file.instructions().last().unwrap();
        let fields = Fields::of(&run.flags()[0]);
        assert_eq!(fields.kind(), MountKind::Bind);
        assert_eq!((fields.from(), fields.source(), fields.target()), (Some("two"), "/s", "/y"));
    }

    #[test]
    fn a_quoted_field_may_hold_a_comma() {
        let file = Dockerfile::parse("FROM a\nRUN --mount=from=one,\\\"source=/a,b\\\",target=/c true\n");
        let run = file.instructions().last().unwrap();
        let fields = Fields::of(&run.flags()[0]);
        assert_eq!((fields.source(), fields.target()), ("/a,b", "/c"));
    }
}
