//! What an operand of an install names: a package, a path, an address.

use crate::known::SIGNS;
use crate::semantics::commands::Command;
use crate::syntax::shell::Word;

/// What `word` hands to the command. Extras such as `a[b]` are a pattern that fits no file.
pub(super) fn written<'r>(command: &Command<'r>, word: &'r Word) -> Option<&'r str> {
    let has_extras = |text: &&str| {
        let Some((name, rest)) = text.split_once('[') else { return false };
        let Some((extras, version)) = rest.split_once(']') else { return false };
        let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "._-,/".contains(c));
        let is_version = version.is_empty() || version.strip_prefix("==").is_some_and(is_plain);
        !name.is_empty() && is_plain(name) && is_plain(extras) && is_version
    };
    word.literal.as_deref().or_else(|| Some(command.text(word.range)).filter(has_extras))
}

/// What an operand names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand<'o> {
    /// A package of the registry, with a version, extras and so on as written.
    Package(&'o str),
    /// A folder or a file.
    Path { path: &'o str, is_built: bool },
    /// Something that is fetched from elsewhere.
    Address { is_built: bool },
}

impl<'o> Operand<'o> {
    /// `None` if it is none of these.
    pub fn of(text: &'o str, is_of_node: bool) -> Option<Self> {
        if is_of_node { Self::of_node(text) } else { Self::of_python(text) }
    }

    fn of_python(text: &'o str) -> Option<Self> {
        if let Some((_, path)) = text.split_once("file://") {
            return Some(Self::Path { path, is_built: !path.ends_with(".whl") });
        }
        let is_built =
            |address: &str| !address.split(['#', '?', ';']).next().unwrap_or_default().trim_end().ends_with(".whl");
        let address = text.split_once('@').map(|(_, address)| address.trim_start()).filter(|rest| rest.contains("://"));
        if let Some(address) = Some(text).filter(|text| text.contains("://") && !text.contains('@')).or(address) {
            return Some(Self::Address { is_built: is_built(address) });
        }
        if text.contains("://") {
            return Some(Self::Address { is_built: is_built(text) });
        }
        // A path may have extras behind it.
        let path = match text.split_once('[') {
            Some((path, _)) if text.ends_with(']') => path,
            _ => text,
        };
        let is_file = const { SIGNS.expect("ending of a package of Python") }.ending(path).is_some();
        if path == "." || path == ".." || path.contains('/') || is_file {
            let is_plain = !path.contains(['\\', ' ', '"', '\'', ':']);
            return is_plain.then_some(Self::Path { path, is_built: is_built(path) });
        }
        let name = text.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(text.len());
        let (name, mut rest) = (&text[..name], text[name..].trim_start());
        if let Some(extras) = rest.strip_prefix('[') {
            rest = extras.split_once(']')?.1.trim_start();
        }
        let is_named = name.starts_with(|c: char| c.is_ascii_alphanumeric());
        let is_version = rest.is_empty() || rest.starts_with(['=', '<', '>', '!', '~', ';']);
        (is_named && is_version && !rest.contains(['$', '`'])).then_some(Self::Package(text))
    }

    fn of_node(text: &'o str) -> Option<Self> {
        let is_path = text.starts_with(['.', '/', '~']) || text.ends_with(".tgz") || text.ends_with(".tar.gz");
        if is_path && !text.contains("://") {
            return Some(Self::Path { path: text, is_built: true });
        }
        let from = usize::from(text.starts_with('@'));
        let (name, version) = text[from..].split_once('@').unwrap_or((&text[from..], ""));
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-~".contains(c));
        let parts: Vec<_> = name.split('/').collect();
        let is_package = parts.len() == from + 1 && parts.iter().all(|part| is_name(part));
        let is_version = !version.contains([':', '/', '$', '`']);
        match () {
            // What follows an option that is said to be true or false may be its value.
            () if matches!(text, "true" | "false") => None,
            () if is_package && is_version => Some(Self::Package(text)),
            () if text.contains([':', '/']) && !text.contains(['$', '`', ' ']) => {
                Some(Self::Address { is_built: true })
            }
            () => None,
        }
    }
}

/// The name of a package without its version, extras and markers.
#[must_use]
pub fn bare_name(package: &str) -> &str {
    let from = usize::from(package.starts_with('@'));
    let end =
        package[from..].find(['=', '<', '>', '~', '!', '[', ';', ' ', '@', ',']).map_or(package.len(), |at| at + from);
    &package[..end]
}
