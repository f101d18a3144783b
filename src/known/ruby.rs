//! What is known of gems of Ruby.

use super::Table;
use super::packages::Package;

static RUBY: Table = Table::new(include_str!("ruby.txt"));

/// The gem called `name`.
pub(crate) fn gem(name: &str) -> Option<Package> {
    Package::new(RUBY, name)
}

impl Package {
    /// Whether a gem has native code; `None` where nobody says.
    pub fn is_native_gem(&self) -> Option<bool> {
        if self.is("native") { Some(true) } else { self.is("plain").then_some(false) }
    }

    /// The platforms that a gem comes built for, as RubyGems calls them: `x86_64-linux`.
    pub fn platforms(&self) -> impl Iterator<Item = &'static str> {
        self.list("built")
    }
}

#[cfg(test)]
mod tests {
    use super::super::packages::Clean;
    use super::*;

    #[test]
    fn gems_tell_of_native_code() {
        assert_eq!(gem("rack").and_then(|gem| gem.is_native_gem()), Some(false));
        assert_eq!(gem("rack").and_then(|gem| gem.clean()), Some(Clean::Proven));
        assert_eq!(gem("nokogiri").and_then(|gem| gem.is_native_gem()), Some(true));
        assert!(gem("nokogiri").unwrap().platforms().any(|platform| platform == "x86_64-linux-musl"));
        assert!(gem("pg").unwrap().needs().any(|need| need.name == "libpq.so.5"));
    }
}
