//! `dockeropt.lock`: what image references were resolved to, so that everybody and every later run gets the same.
//!
//! The file is TOML, an `[[image]]` for each reference, sorted by reference. An entry that stays true stays as it is, byte for byte, also with keys
//! that this version does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use toml_edit::{Array, DocumentMut, Item, Value};

use super::files::{self, Because, FileError, Fingerprint};
use crate::syntax::{ImageReference, is_digest, is_tag};

/// The name of a lock file.
pub const LOCK_NAME: &str = "dockeropt.lock";

/// The format that is read and written.
const VERSION: i64 = 1;

/// The largest lock file that is read: about 10,000 images of ten platforms.
const SIZE_MAX_BYTES: u64 = 16 << 20;

const HEAD: &str = "# Written by dockeropt. `dockeropt fix --update` asks the registries again.\nversion = 1\n";

const ENTRY_START: &str = "[[image]]";

/// A lock file as it is read, and as it will be written.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// None as long as there is no such file.
    fingerprint: Option<Fingerprint>,
    before: String,
    /// Whether lines end as on Windows; in here they end in LF.
    is_crlf: bool,
    head: String,
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// From the comments above it to the next entry.
    text: String,
    image: LockedImage,
}

/// What a reference was resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedImage {
    /// In full: `docker.io/library/python:3.14-trixie`.
    pub reference: String,
    /// The tag with the full version that was the same image.
    pub tag: Option<String>,
    /// Of the index, or of the manifest where there is but one platform.
    pub digest: Option<String>,
    pub media_type: Option<String>,
    /// Name and digest of each: `linux/amd64`, `sha256:…`.
    pub platforms: Vec<(String, String)>,
    /// Who said so: `registry`.
    pub from: String,
    pub resolved: Timestamp,
}

impl LockError {
    /// Whether somebody else wrote the file since it was read.
    #[must_use]
    pub fn is_changed_on_disk(&self) -> bool {
        matches!(self, Self::File(FileError { because: Because::ChangedOnDisk, .. }))
    }
}

/// A lock file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}:{line}: {because}", path.display())]
    Text { path: PathBuf, line: usize, because: String },
}

#[derive(Deserialize)]
struct Document {
    version: i64,
    #[serde(default, rename = "image")]
    images: Vec<Image>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "ref")]
    reference: String,
    tag: Option<String>,
    digest: Option<String>,
    #[serde(rename = "type")]
    media_type: Option<String>,
    #[serde(default)]
    platforms: Vec<String>,
    from: Option<String>,
    resolved: Option<Timestamp>,
}

impl Lock {
    /// The lock file of `folder`, or an empty one that will be written there.
    ///
    /// # Errors
    /// If there is one that cannot be read or understood.
    pub fn open(path: PathBuf) -> Result<Self, LockError> {
        if !path.exists() {
            let (before, head) = (String::new(), HEAD.to_owned());
            return Ok(Self { path, fingerprint: None, before, is_crlf: false, head, entries: BTreeMap::new() });
        }
        let file = files::read(&path, SIZE_MAX_BYTES)?;
        let wrong = |(line, because)| LockError::Text { path: path.clone(), line, because };
        let text = String::from_utf8(file.bytes).map_err(|_| wrong((1, "it is not UTF-8".to_owned())))?;
        let is_crlf = text.lines().next().is_some() && text.split_inclusive('\n').all(|line| line.ends_with("\r\n"));
        let (head, entries) = if is_crlf { read(&text.replace("\r\n", "\n")) } else { read(&text) }.map_err(wrong)?;
        Ok(Self { fingerprint: Some(file.fingerprint), before: text, is_crlf, head, entries, path })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What `reference`, in full, is locked to.
    #[must_use]
    pub fn image(&self, reference: &str) -> Option<&LockedImage> {
        self.entries.get(reference).map(|entry| &entry.image)
    }

    /// Notes what an image was resolved to. An entry that says the same stays as it is, whenever it was resolved.
    pub fn put(&mut self, image: LockedImage) {
        let known = self.entries.get(&image.reference);
        let says_the_same = known.is_some_and(|known| {
            LockedImage { resolved: image.resolved, from: image.from.clone(), ..known.image.clone() } == image
        });
        if says_the_same {
            return;
        }
        let text = written(known.map(|known| known.text.as_str()), &image);
        self.entries.insert(image.reference.clone(), Entry { text, image });
    }

    /// Drops what is not among `used`, references in full.
    pub fn keep_only(&mut self, used: &BTreeSet<String>) {
        self.entries.retain(|reference, _| used.contains(reference));
    }

    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.text() != self.before && !(self.fingerprint.is_none() && self.entries.is_empty())
    }

    /// What the file holds, if there is one, and what it would hold; `None` if that is the same.
    #[must_use]
    pub fn change(&self) -> Option<(Option<Vec<u8>>, Vec<u8>)> {
        let before = self.fingerprint.as_ref().map(|_| self.before.clone().into_bytes());
        self.is_changed().then(|| (before, self.text().into_bytes()))
    }

    /// Writes the file if it would change.
    ///
    /// # Errors
    /// If it cannot be written, or somebody else has written it since it was read.
    pub fn write(&self) -> Result<(), LockError> {
        if !self.is_changed() {
            return Ok(());
        }
        let text = self.text();
        match &self.fingerprint {
            Some(fingerprint) => files::write(&self.path, fingerprint, text.as_bytes())?,
            None => files::create(&self.path, text.as_bytes())?,
        }
        Ok(())
    }

    fn text(&self) -> String {
        let mut text = self.head.clone();
        for entry in self.entries.values() {
            if !text.ends_with("\n\n") {
                text.push('\n');
            }
            text.push_str(entry.text.trim_start_matches('\n'));
        }
        let end = text.trim_end().len();
        text.truncate(end);
        text.push('\n');
        if self.is_crlf { text.replace('\n', "\r\n") } else { text }
    }
}

/// The text before the first entry, and the entries. The error has a line.
fn read(text: &str) -> Result<(String, BTreeMap<String, Entry>), (usize, String)> {
    let line_of = |offset: usize| 1 + text[..offset].matches('\n').count();
    if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
        return Err((line + 1, "a merge conflict is left in it".to_owned()));
    }
    let document: Document = toml::from_str(text)
        .map_err(|error| (error.span().map_or(1, |span| line_of(span.start)), error.message().to_owned()))?;
    if document.version != VERSION {
        let because = format!("version {} of the format, and this dockeropt knows version {VERSION}", document.version);
        return Err((1, because));
    }
    let starts = entry_starts(text);
    if starts.len() != document.images.len() {
        return Err((1, format!("each image stands below a line `{ENTRY_START}` of its own")));
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let mut entries = BTreeMap::new();
    for ((start, end), image) in starts.iter().copied().zip(ends).zip(document.images) {
        let line = line_of(start + text[start..end].find(ENTRY_START).unwrap_or_default());
        let image = image.checked().map_err(|because| (line, because))?;
        let entry = Entry { text: text[start..end].trim_end().to_owned() + "\n", image };
        let reference = entry.image.reference.clone();
        if entries.insert(reference.clone(), entry).is_some() {
            return Err((line, format!("{reference} stands here for the second time")));
        }
    }
    Ok((text[..starts.first().copied().unwrap_or(text.len())].to_owned(), entries))
}

/// Where each entry starts, with the comments directly above it.
fn entry_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut offset, mut comments) = (0, None);
    for line in text.split_inclusive('\n') {
        if line.trim() == ENTRY_START {
            starts.push(comments.take().unwrap_or(offset));
        } else if line.starts_with('#') {
            comments = comments.or(Some(offset));
        } else {
            comments = None;
        }
        offset += line.len();
    }
    starts
}

impl Image {
    fn checked(self) -> Result<LockedImage, String> {
        let named = ImageReference::parse(&self.reference).map_err(|error| format!("`{}`: {error}", self.reference))?;
        if named.canonical() != self.reference {
            return Err(format!("`{}` is `{}` in full", self.reference, named.canonical()));
        }
        if let Some(tag) = self.tag.iter().find(|tag| !is_tag(tag)) {
            return Err(format!("`{tag}` is no tag"));
        }
        if let Some(digest) = self.digest.iter().find(|digest| !is_digest(digest)) {
            return Err(format!("`{digest}` is no digest"));
        }
        let platforms = self.platforms.iter().map(|platform| {
            let (name, digest) = platform.split_once(' ').filter(|(_, digest)| is_digest(digest))?;
            Some((name.to_owned(), digest.to_owned()))
        });
        let platforms = platforms.collect::<Option<_>>();
        Ok(LockedImage {
            reference: self.reference,
            tag: self.tag,
            digest: self.digest,
            media_type: self.media_type,
            platforms: platforms.ok_or("a platform is written as `linux/amd64 sha256:…`")?,
            from: self.from.unwrap_or_else(|| "manual".to_owned()),
            resolved: self.resolved.unwrap_or_default(),
        })
    }
}

/// The text of an entry: a new one, or the one that is there with new values.
fn written(known: Option<&str>, image: &LockedImage) -> String {
    let fresh = || format!("{ENTRY_START}\nref = {}\n", Value::from(image.reference.as_str()));
    let parsed = known.and_then(|known| known.parse::<DocumentMut>().ok());
    let mut document = parsed.or_else(|| fresh().parse().ok()).unwrap_or_default();
    let table = document.get_mut("image").and_then(|images| images.as_array_of_tables_mut()?.get_mut(0));
    if let Some(table) = table {
        let mut set = |key: &str, value: Option<Value>| match (value, table.get_mut(key)) {
            // Comments above and behind it stay.
            (Some(mut value), Some(Item::Value(known))) => {
                *value.decor_mut() = known.decor().clone();
                *known = value;
            }
            (Some(value), _) => drop(table.insert(key, value.into())),
            (None, _) => drop(table.remove(key)),
        };
        set("tag", image.tag.as_deref().map(Value::from));
        set("digest", image.digest.as_deref().map(Value::from));
        set("type", image.media_type.as_deref().map(Value::from));
        set("platforms", platforms(&image.platforms));
        set("from", Some(image.from.as_str().into()));
        set("resolved", Some(image.resolved.to_string().into()));
    }
    document.to_string()
}

/// A line for each, so that a change of one is a change of one line.
fn platforms(platforms: &[(String, String)]) -> Option<Value> {
    if platforms.is_empty() {
        return None;
    }
    let mut text = "[\n".to_owned();
    for (name, digest) in platforms {
        let _ = writeln!(text, "    {},", Value::from(format!("{name} {digest}")));
    }
    text.push(']');
    let array: Option<Array> = text.parse::<Value>().ok().and_then(|value| value.as_array().cloned());
    array.map(Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(hex: char) -> String {
        format!("sha256:{}", hex.to_string().repeat(64))
    }

    fn image(reference: &str, hex: char) -> LockedImage {
        LockedImage {
            reference: reference.to_owned(),
            tag: None,
            digest: Some(digest(hex)),
            media_type: Some("application/vnd.oci.image.index.v1+json".to_owned()),
            platforms: vec![("linux/amd64".to_owned(), digest('1')), ("linux/arm64/v8".to_owned(), digest('2'))],
            from: "registry".to_owned(),
            resolved: "2026-08-25T06:00:00Z".parse().unwrap(),
        }
    }

    fn open(folder: &tempfile::TempDir) -> Lock {
        Lock::open(folder.path().join(LOCK_NAME)).unwrap()
    }

    fn text(folder: &tempfile::TempDir) -> String {
        std::fs::read_to_string(folder.path().join(LOCK_NAME)).unwrap()
    }

    #[test]
    fn what_is_written_is_read_again_sorted_by_reference() {
        let folder = tempfile::tempdir().unwrap();
        let mut lock = open(&folder);
        assert!(!lock.is_changed(), "an empty lock is not written");
        let (b, a) = (image("docker.io/library/b:1", 'b'), image("docker.io/library/a:1", 'a'));
        lock.put(b.clone());
        lock.put(a.clone());
        lock.write().unwrap();
        let text = text(&folder);
        assert!(text.starts_with("# Written by dockeropt"), "{text}");
        assert!(text.find("library/a:1").unwrap() < text.find("library/b:1").unwrap());
        let lock = open(&folder);
        assert_eq!((lock.image(&a.reference), lock.image(&b.reference)), (Some(&a), Some(&b)));
        assert!(!lock.is_changed());
    }

    #[test]
    fn an_entry_that_stays_true_stays_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |name: &str, hex| {
            let digest = digest(hex);
            format!(
                "# ours\n[[image]]\nref = 'docker.io/library/{name}:1'\nowner = 'us' # who\ndigest = \"{digest}\"\n"
            )
        };
        let before = format!("version = 1\nnote = 'x'\n\n{}\n{}", entry("a", 'a'), entry("b", 'b'));
        std::fs::write(folder.path().join(LOCK_NAME), &before).unwrap();
        let mut lock = open(&folder);
        let same = LockedImage { media_type: None, platforms: Vec::new(), ..image("docker.io/library/a:1", 'a') };
        lock.put(same);
        assert!(!lock.is_changed());
        lock.put(LockedImage { media_type: None, platforms: Vec::new(), ..image("docker.io/library/b:1", 'c') });
        lock.put(image("docker.io/library/aa:1", 'd'));
        lock.write().unwrap();
        let after = text(&folder);
        assert!(after.starts_with(&format!("version = 1\nnote = 'x'\n\n{}\n[[image]]\n", entry("a", 'a'))), "{after}");
        let changed = entry("b", 'c');
        assert!(
            after.ends_with(&format!("{changed}from = \"registry\"\nresolved = \"2026-08-25T06:00:00Z\"\n")),
            "{after}"
        );
        let mut lock = open(&folder);
        lock.keep_only(&BTreeSet::from(["docker.io/library/a:1".to_owned()]));
        lock.write().unwrap();
        assert_eq!(text(&folder), format!("version = 1\nnote = 'x'\n\n{}", entry("a", 'a')));
    }

    #[test]
    fn line_endings_and_comments_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCK_NAME);
        let entry =
            |hex| format!("[[image]]\nref = 'docker.io/library/a:1'\n# why\ndigest = \"{}\" # so\n", digest(hex));
        let before = format!("# head\nversion = 1\n\n{}", entry('a')).replace('\n', "\r\n");
        std::fs::write(&path, &before).unwrap();
        let mut lock = open(&folder);
        assert!(!lock.is_changed());
        lock.put(LockedImage { media_type: None, platforms: Vec::new(), ..image("docker.io/library/a:1", 'b') });
        lock.write().unwrap();
        let rest = "from = \"registry\"\nresolved = \"2026-08-25T06:00:00Z\"\n";
        let after = format!("# head\nversion = 1\n\n{}{rest}", entry('b')).replace('\n', "\r\n");
        assert_eq!(text(&folder), after);
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = |text: &str| {
            std::fs::write(folder.path().join(LOCK_NAME), text).unwrap();
            let error = Lock::open(folder.path().join(LOCK_NAME)).unwrap_err().to_string();
            error.split_once("dockeropt.lock:").unwrap().1.to_owned()
        };
        assert_eq!(wrong("version = 1\n<<<<<<< ours\n"), "2: a merge conflict is left in it");
        assert!(wrong("version = 2\n").contains("version 2"));
        assert!(wrong("version = 1\nimage = [{ref = 'a'}]\n").contains("[[image]]"));
        assert!(
            wrong("version = 1\n\n[[image]]\nref = 'python:3'\n")
                .starts_with("3: `python:3` is `docker.io/library/python:3` in full")
        );
        assert!(wrong("version = 1\n[[image]]\nref = 'docker.io/a/b:1'\ndigest = 'sha256:1'\n").contains("no digest"));
        let twice = "[[image]]\nref = 'docker.io/a/b:1'\n".repeat(2);
        assert!(wrong(&format!("version = 1\n{twice}")).starts_with("4: docker.io/a/b:1 stands here"));
    }

    #[test]
    fn a_lock_that_somebody_else_wrote_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (open(&folder), open(&folder));
        one.put(image("docker.io/library/a:1", 'a'));
        other.put(image("docker.io/library/b:1", 'b'));
        one.write().unwrap();
        assert!(other.write().is_err());
        assert!(text(&folder).contains("library/a:1"));
    }

    #[test]
    fn what_a_lock_file_would_become_is_said_with_the_bytes_that_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let before = "# kept\r\nversion = 1\r\n";
        std::fs::write(folder.path().join(LOCK_NAME), before).unwrap();
        let mut lock = open(&folder);
        lock.put(image("docker.io/library/a:1", 'a'));
        let (was, after) = lock.change().unwrap();
        assert_eq!(was.as_deref(), Some(before.as_bytes()));
        assert!(after.starts_with(before.as_bytes()) && !after.windows(2).any(|pair| pair == b"\r\r"));
    }
}
