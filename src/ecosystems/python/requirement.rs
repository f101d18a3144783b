//! Requirements of Python: a package, its extras, and which versions are wanted.

use std::cmp::Ordering;

use crate::known::python::normalized;

/// A requirement such as `Flask[async]==3.1 ; python_version > "3.8"`.
#[derive(Clone, Debug, Default)]
pub(super) struct Requirement {
    pub text: String,
    /// As PyPI compares names.
    pub name: String,
    pub extras: Vec<String>,
    /// Operators and versions.
    versions: Vec<(String, String)>,
}

impl Requirement {
    /// What `text` says; `None` if it is no name with versions: an address, or something else.
    pub fn of(text: &str) -> Option<Self> {
        let plain = text.split(';').next().unwrap_or_default().trim();
        let end = plain.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(plain.len());
        let (name, rest) = (&plain[..end], plain[end..].trim_start());
        let (extras, rest) = match rest.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => ("", rest),
        };
        let rest = rest.trim().trim_start_matches('(').trim_end_matches(')');
        let mut versions = Vec::new();
        for clause in rest.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
            let start = clause.find(|c: char| !"=<>!~".contains(c))?;
            let (operator, version) = clause.split_at(start);
            if operator.is_empty() {
                return None;
            }
            versions.push((operator.to_owned(), version.trim().to_owned()));
        }
        let extras = extras.split(',').map(str::trim).map(normalized).filter(|extra| !extra.is_empty()).collect();
        (!name.is_empty()).then(|| Self { text: text.to_owned(), name: normalized(name), extras, versions })
    }

    /// Whether no release is taken that is older than `first`, where the newest is taken that is wanted.
    pub fn is_at_least(&self, first: &str) -> bool {
        self.versions.iter().all(|(operator, version)| match operator.as_str() {
            "<" => order(version, first) == Ordering::Greater,
            "==" | "===" | "~=" | "<=" => order(version.trim_end_matches(".*"), first) != Ordering::Less,
            _ => true,
        })
    }
}

/// How two versions compare by their numbers; what is behind them counts for nothing.
fn order(one: &str, other: &str) -> Ordering {
    let numbers = |version: &str| -> Vec<u64> {
        let parts = version.trim_start_matches('v').split('.');
        let number = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
        let mut numbers: Vec<_> = parts.map_while(number).collect();
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        numbers
    };
    numbers(one).cmp(&numbers(other))
}

#[cfg(test)]
mod tests {
    use super::Requirement;

    #[test]
    fn requirements_are_read() {
        let of = |text| Requirement::of(text).map(|it| (it.name, it.extras));
        assert_eq!(of("Flask"), Some(("flask".to_owned(), vec![])));
        assert_eq!(
            of("uvicorn[Standard, watch] >= 0.3,<1 ; x"),
            Some(("uvicorn".to_owned(), vec!["standard".to_owned(), "watch".to_owned()]))
        );
        assert_eq!(of("a.b_c (>=1)"), Some(("a-b-c".to_owned(), vec![])));
        assert_eq!(of("a @ https://example.org/a.whl"), None);
        assert_eq!(of("./a"), None);
    }

    #[test]
    fn the_oldest_that_may_be_taken_is_told() {
        let is = |text: &str, first| Requirement::of(text).unwrap().is_at_least(first);
        assert!(is("a", "1.2") && is("a>=0.1", "1.2") && is("a==1.2.0", "1.2") && is("a~=1.10", "1.2"));
        assert!(is("a<2", "1.2") && is("a!=1.5", "1.2") && is("a==2.*", "1.2"));
        assert!(!is("a==1.1", "1.2") && !is("a<1.2", "1.2") && !is("a~=1.1", "1.2") && !is("a>1,<=1.1", "1.2"));
    }
}
