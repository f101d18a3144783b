//! The name of an image, and where its parts stand in the text: the grammar of distribution's `reference` package, which BuildKit reads names by.

use crate::text::TextRange;

/// Where the images without a registry in their name live.
pub const DEFAULT_REGISTRY: &str = "docker.io";

/// The tag that is meant where none is written.
pub const DEFAULT_TAG: &str = "latest";

/// Most bytes that a repository may have, without the registry.
const REPOSITORY_BYTES_MAX: usize = 255;

/// Most bytes that a tag may have.
const TAG_BYTES_MAX: usize = 128;

/// A reference such as `python:3.12-slim` or `ghcr.io/owner/app@sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    /// The registry: `docker.io` if none is written, and for its older name `index.docker.io`.
    pub registry: String,
    /// The repository in the registry, with `library/` in front for official images.
    pub repository: String,
    pub tag: Option<String>,
    /// With its algorithm: `sha256:…`.
    pub digest: Option<String>,
    spans: Spans,
}

/// Where the parts stand in the text that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Spans {
    name: TextRange,
    registry: Option<TextRange>,
    tag: Option<TextRange>,
    digest: Option<TextRange>,
}

/// Why a text is no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReference {
    #[error("there is no repository name")]
    NameEmpty,
    #[error("64 hexadecimal digits are the id of an image, not its name")]
    Identifier,
    #[error("the registry is no host name or address")]
    Registry,
    #[error("the repository has capital letters")]
    UpperCase,
    #[error(
        "the repository has something else than lower-case letters and digits, with single `.`, `_`, `__` or dashes between them"
    )]
    Repository,
    #[error("the repository has more than {REPOSITORY_BYTES_MAX} characters")]
    TooLong,
    #[error(
        "the tag is not 1 to {TAG_BYTES_MAX} letters, digits, `_`, `.` and `-`, starting with none of the last two"
    )]
    Tag,
    #[error("the digest is not `sha256:`, `sha384:` or `sha512:` with as many lower-case hexadecimal digits as it has")]
    Digest,
}

impl ImageReference {
    /// Reads `text`, which holds no variables and no quotes.
    ///
    /// # Errors
    /// Why it is no reference.
    pub fn parse(text: &str) -> Result<Self, NoReference> {
        if text.len() == 64 && is_lower_hex(text) {
            return Err(NoReference::Identifier);
        }
        let registry_length = registry_length(text);
        let registry = registry_length.map(|length| &text[..length]);
        if registry.is_some_and(|registry| !is_registry(registry)) {
            return Err(NoReference::Registry);
        }
        let path_start = registry_length.map_or(0, |length| length + 1);
        let (before_digest, digest) = cut(text, path_start, '@');
        let (name_end, tag) = cut(&text[..before_digest], path_start, ':');
        let path = &text[path_start..name_end];
        check_path(path)?;
        if tag.is_some_and(|tag| !is_tag(&text[tag])) {
            return Err(NoReference::Tag);
        }
        if digest.is_some_and(|digest| !is_digest(&text[digest])) {
            return Err(NoReference::Digest);
        }
        let registry_name = match registry {
            None | Some("index.docker.io") => DEFAULT_REGISTRY,
            Some(registry) => registry,
        };
        let is_familiar = registry_name == DEFAULT_REGISTRY && !path.contains('/');
        let repository = if is_familiar { format!("library/{path}") } else { path.to_owned() };
        if repository.len() > REPOSITORY_BYTES_MAX {
            return Err(NoReference::TooLong);
        }
        let owned = |range: Option<TextRange>| range.map(|range| text[range].to_owned());
        let name = TextRange::new(0, name_end);
        let registry_range = registry_length.map(|length| TextRange::new(0, length));
        Ok(Self {
            registry: registry_name.to_owned(),
            repository,
            tag: owned(tag),
            digest: owned(digest),
            spans: Spans { name, registry: registry_range, tag, digest },
        })
    }

    /// Registry, repository and tag in full, as a lock file names the image: `docker.io/library/python:latest`.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}/{}:{}", self.registry, self.repository, self.tag_or_latest())
    }

    /// The tag, or the one that is meant where there is none.
    #[must_use]
    pub fn tag_or_latest(&self) -> &str {
        self.tag.as_deref().unwrap_or(DEFAULT_TAG)
    }

    /// The name of an official image of Docker Hub, such as `python`.
    #[must_use]
    pub fn official(&self) -> Option<&str> {
        let name = self.repository.strip_prefix("library/").filter(|_| self.registry == DEFAULT_REGISTRY)?;
        (!name.contains('/')).then_some(name)
    }

    /// Registry and repository, in the text that was read.
    #[must_use]
    pub fn name_range(&self) -> TextRange {
        self.spans.name
    }

    /// The registry, in the text that was read.
    #[must_use]
    pub fn registry_range(&self) -> Option<TextRange> {
        self.spans.registry
    }

    /// The tag without its colon, in the text that was read.
    #[must_use]
    pub fn tag_range(&self) -> Option<TextRange> {
        self.spans.tag
    }

    /// The digest without its `@`, in the text that was read.
    #[must_use]
    pub fn digest_range(&self) -> Option<TextRange> {
        self.spans.digest
    }
}

/// How many bytes of `text` are a registry: what stands before the first `/`, if it looks like a host.
fn registry_length(text: &str) -> Option<usize> {
    let (first, _) = text.split_once('/')?;
    let looks_like_a_host = first == "localhost" || first.contains(['.', ':']) || first.chars().any(char::is_uppercase);
    looks_like_a_host.then_some(first.len())
}

/// Where what stands before `separator` ends, looked for from `from`, and the range of what stands behind it.
fn cut(text: &str, from: usize, separator: char) -> (usize, Option<TextRange>) {
    match text[from..].find(separator) {
        Some(at) => (from + at, Some(TextRange::new(from + at + 1, text.len()))),
        None => (text.len(), None),
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((address, rest)) => {
            let is_address =
                !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
            (is_address, rest)
        }
        None => {
            let end = text.find(':').unwrap_or(text.len());
            (text[..end].split('.').all(is_label), &text[end..])
        }
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    host && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

fn is_label(label: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
}

fn check_path(path: &str) -> Result<(), NoReference> {
    if path.is_empty() {
        return Err(NoReference::NameEmpty);
    }
    if path.chars().any(char::is_uppercase) {
        return Err(NoReference::UpperCase);
    }
    if path.split('/').all(is_component) { Ok(()) } else { Err(NoReference::Repository) }
}

fn is_component(component: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut rest = component.as_bytes();
    loop {
        let word = rest.iter().take_while(|&&byte| is_word(byte)).count();
        rest = &rest[word..];
        if word == 0 || rest.is_empty() {
            return word > 0;
        }
        rest = match rest {
            [b'.', rest @ ..] | [b'_', b'_', rest @ ..] | [b'_', rest @ ..] => rest,
            _ => {
                let dashes = rest.iter().take_while(|&&byte| byte == b'-').count();
                if dashes == 0 {
                    return false;
                }
                &rest[dashes..]
            }
        };
    }
}

/// Whether `text` can be a tag.
#[must_use]
pub fn is_tag(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=TAG_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_inner) && !text.starts_with(['.', '-'])
}

/// Whether `text` is a digest of an algorithm that registries use.
#[must_use]
pub fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && is_lower_hex(hex)
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    const ID: &str = "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a";

    fn parse(text: &str) -> ImageReference {
        ImageReference::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The same names as in distribution's tests of valid names (`normalize_test.go`), in our words: registry and repository.
    #[test]
    fn valid_names_are_read_as_distribution_reads_them() {
        let long = "thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev";
        let (long_library, id_library) = (format!("library/{long}"), format!("library/{ID}"));
        let id_there = format!("docker.io/{ID}");
        let names = [
            ("docker/docker", "docker.io", "docker/docker"),
            ("library/debian", "docker.io", "library/debian"),
            ("debian", "docker.io", "library/debian"),
            ("localhost/library/debian", "localhost", "library/debian"),
            ("localhost/debian", "localhost", "debian"),
            ("LOCALDOMAIN/library/debian", "LOCALDOMAIN", "library/debian"),
            ("LOCALDOMAIN/debian", "LOCALDOMAIN", "debian"),
            ("docker.io/docker/docker", "docker.io", "docker/docker"),
            ("docker.io/library/debian", "docker.io", "library/debian"),
            ("docker.io/debian", "docker.io", "library/debian"),
            ("index.docker.io/docker/docker", "docker.io", "docker/docker"),
            ("index.docker.io/library/debian", "docker.io", "library/debian"),
            ("index.docker.io/debian", "docker.io", "library/debian"),
            ("127.0.0.1:5000/docker/docker", "127.0.0.1:5000", "docker/docker"),
            ("127.0.0.1:5000/library/debian", "127.0.0.1:5000", "library/debian"),
            ("127.0.0.1:5000/debian", "127.0.0.1:5000", "debian"),
            ("192.168.0.1", "docker.io", "library/192.168.0.1"),
            ("192.168.0.1:80", "docker.io", "library/192.168.0.1"),
            ("192.168.0.1:8/debian", "192.168.0.1:8", "debian"),
            ("192.168.0.2:25000/debian", "192.168.0.2:25000", "debian"),
            (long, "docker.io", &long_library),
            ("[fc00::1]:5000/docker", "[fc00::1]:5000", "docker"),
            ("[fc00::1]:5000/docker/docker", "[fc00::1]:5000", "docker/docker"),
            ("[fc00:1:2:3:4:5:6:7]:5000/library/debian", "[fc00:1:2:3:4:5:6:7]:5000", "library/debian"),
            (&id_there, "docker.io", &id_library),
            ("Docker/docker", "Docker", "docker"),
            ("DOCKER/docker", "DOCKER", "docker"),
            // Names of repositories (`TestValidateRemoteName`).
            ("docker-rules/docker", "docker.io", "docker-rules/docker"),
            ("docker---rules/docker", "docker.io", "docker---rules/docker"),
            ("doc/docker", "docker.io", "doc/docker"),
            ("d/docker", "docker.io", "d/docker"),
            ("jess/t", "docker.io", "jess/t"),
            ("dock__er/docker", "docker.io", "dock__er/docker"),
            ("library/foo/bar", "docker.io", "library/foo/bar"),
            ("localhost/fooo", "localhost", "fooo"),
            ("example.com:8000/private/moonbase", "example.com:8000", "private/moonbase"),
        ];
        for (text, registry, repository) in names {
            let reference = parse(text);
            assert_eq!((reference.registry.as_str(), reference.repository.as_str()), (registry, repository), "{text}");
        }
    }

    #[test]
    fn invalid_names_are_refused_as_distribution_refuses_them() {
        let names = [
            "https://github.com/docker/docker",
            "docker/Docker",
            "-docker",
            "-docker/docker",
            "-docker.io/docker/docker",
            "docker///docker",
            "docker.io/docker/Docker",
            "docker.io/docker///docker",
            "[fc00::1]",
            "[fc00::1]:5000",
            "fc00::1:5000/debian",
            "[fe80::1%eth0]:5000/debian",
            "[2001:db8:3:4::192.0.2.33]:5000/debian",
            ID,
            // Names of repositories (`TestValidateRemoteName`).
            "docker-/docker",
            "-docker-/docker",
            "____/____",
            "_docker/_docker",
            "dock..er/docker",
            "dock_.er/docker",
            "dock-.er/docker",
            "docker/",
            // Whole references (`reference_test.go`).
            "",
            ":justtag",
            "repo@sha256:ffffffffffffffffffffffffffffffffff",
            "Uppercase:tag",
            "test:5000/Uppercase/lowercase:tag",
            "aa/asdf$$^/aa",
            "[fe80::1%@invalidzone]:5000/repo",
            "python:",
            "python:-foo",
            "python:3@",
            "python:\u{dc}nicode",
        ];
        for text in names {
            assert!(ImageReference::parse(text).is_err(), "{text}");
        }
        let long = [format!("a/{}", "a".repeat(254)), format!("a:{}", "a".repeat(129)), format!("@sha256:{HEX}")];
        assert!(long.iter().all(|text| ImageReference::parse(text).is_err()));
        let unsupported = format!("validname@invaliddigest:{HEX}{HEX}");
        assert_eq!(ImageReference::parse(&unsupported), Err(NoReference::Digest));
    }

    #[test]
    fn tags_and_digests_are_found_where_they_stand() {
        for (text, tag, digest) in [
            ("test_com".to_owned(), None, false),
            ("test.com:5000".to_owned(), Some("5000"), false),
            ("test:5000/repo".to_owned(), None, false),
            ("test:5000/repo:tag".to_owned(), Some("tag"), false),
            (format!("test:5000/repo@sha256:{HEX}"), None, true),
            (format!("test:5000/repo:tag@sha256:{HEX}"), Some("tag"), true),
            (format!("repo@sha512:{HEX}{HEX}"), None, true),
            ("lowercase:Uppercase".to_owned(), Some("Uppercase"), false),
            (format!("{}a:tag-puts-this-over-max", "a/".repeat(127)), Some("tag-puts-this-over-max"), false),
            ("b.gcr.io/test.example.com/my-app:test.example.com".to_owned(), Some("test.example.com"), false),
            (format!("[2001:db8::1]:5000/repo:tag@sha256:{HEX}"), Some("tag"), true),
            (format!("example.com/{}:tag", "a".repeat(255)), Some("tag"), false),
        ] {
            let text = text.as_str();
            let reference = parse(text);
            assert_eq!(reference.tag.as_deref(), tag, "{text}");
            assert_eq!(reference.tag_range().map(|range| &text[range]), tag, "{text}");
            assert_eq!(reference.digest.is_some(), digest, "{text}");
            assert_eq!(reference.digest_range().map(|range| text[range].to_owned()), reference.digest, "{text}");
            let rest = [tag.map(|tag| format!(":{tag}")), reference.digest.as_ref().map(|digest| format!("@{digest}"))];
            assert_eq!(text[reference.name_range()].to_owned() + &rest.into_iter().flatten().collect::<String>(), text);
        }
    }

    #[test]
    fn official_images_are_known_by_all_their_names() {
        for text in ["python", "library/python", "docker.io/python", "index.docker.io/library/python:3"] {
            assert_eq!(parse(text).official(), Some("python"), "{text}");
        }
        for text in ["me/python", "ghcr.io/library/python", "library/python/3"] {
            assert_eq!(parse(text).official(), None, "{text}");
        }
        assert_eq!(parse("python").canonical(), "docker.io/library/python:latest");
    }
}
