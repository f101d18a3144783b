//! Programs in Ruby, and the gems that Bundler brings them.

use crate::programs::{Needs, Source};

/// Code, templates with code in them, and programs without an ending.
pub(super) fn is_code(path: &str) -> bool {
    const ENDINGS: &[&str] = &[".rb", ".ru", ".rake", ".erb", ".haml", ".slim", ".builder", ".jbuilder"];
    let is_test = ["spec/", "test/"].iter().any(|folder| path.starts_with(folder));
    let is_program = path.starts_with("bin/") || path.starts_with("exe/") || path == "Rakefile";
    !is_test && (is_program || ENDINGS.iter().any(|ending| path.ends_with(ending)))
}

pub(super) fn needs(sources: &[Source<'_>], paths: &[String]) -> Needs {
    let mut needs = Needs::by_signs(sources, OF_SYSTEM, &[], OF_FILES);
    let required = sources.iter().find_map(|(path, text)| {
        let other = required(text).find(|module| !is_known(module) && !is_own(module, paths))?;
        Some(format!("`{path}` requires `{other}`"))
    });
    let command = sources.iter().find(|(_, text)| text.contains('`'));
    let command = command.map(|(path, _)| format!("`{path}` has a command in backquotes"));
    needs.system = command.or(required).or(needs.system);
    needs
}

/// What is required by a name; what is not written out comes as an empty name.
fn required(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("require").filter_map(|(at, word)| {
        let is_word = !text[..at].ends_with(|before: char| before.is_alphanumeric() || "_.:\"'".contains(before));
        let rest = &text[at + word.len()..];
        let rest = rest.strip_prefix([' ', '('])?.trim_start();
        match rest.chars().next().filter(|_| is_word)? {
            quote @ ('"' | '\'') => {
                rest[1..].split(quote).next().map(|name| if name.contains("#{") { "" } else { name })
            }
            // A word in a comment, an option, or a method.
            ':' | '=' | ',' | '|' | '.' => None,
            _ => Some(""),
        }
    })
}

fn is_known(module: &str) -> bool {
    let of_gem = module.split('/').next().unwrap_or_default();
    let names = [module.to_owned(), module.replace('/', "-"), of_gem.to_owned()];
    MODULES.contains(&module) || (!module.is_empty() && names.iter().any(|name| is_plain_gem(name)))
}

/// Whether a module is a file of the program.
fn is_own(module: &str, paths: &[String]) -> bool {
    let file = format!("{}.rb", module.trim_start_matches("./").trim_end_matches(".rb"));
    !module.is_empty()
        && !module.starts_with('/')
        && paths.iter().any(|path| {
            path.strip_suffix(file.as_str()).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        })
}

/// Parts of Ruby that need nothing of the system that its small image does not have.
const MODULES: &[&str] = &[
    "base64",
    "benchmark",
    "bigdecimal",
    "bundler",
    "bundler/setup",
    "cgi",
    "csv",
    "date",
    "delegate",
    "digest",
    "digest/md5",
    "digest/sha1",
    "digest/sha2",
    "English",
    "erb",
    "fileutils",
    "find",
    "forwardable",
    "ipaddr",
    "json",
    "logger",
    "matrix",
    "monitor",
    "net/http",
    "net/https",
    "observer",
    "open-uri",
    "openssl",
    "optparse",
    "ostruct",
    "pathname",
    "pp",
    "prime",
    "psych",
    "rubygems",
    "securerandom",
    "set",
    "singleton",
    "socket",
    "stringio",
    "strscan",
    "tempfile",
    "thread",
    "time",
    "timeout",
    "tmpdir",
    "tsort",
    "uri",
    "weakref",
    "yaml",
    "zlib",
];

/// What starts a program, runs code that is not seen, asks for time zones or services, or changes who it is.
const OF_SYSTEM: &[&str] = &[
    "%x",
    "DATA",
    "Etc.",
    "FFI",
    "Fiddle",
    "IO.",
    "Kernel",
    "Open3",
    "PTY",
    "Process.kill",
    "RbConfig",
    "TZ",
    "autoload",
    "const_get",
    "const_missing",
    "daemon",
    "dlopen",
    "eval",
    "exec",
    "fork",
    "getprotobyname",
    "getservbyname",
    "load ",
    "load(",
    "popen",
    "public_send",
    "send(",
    "setuid",
    "spawn",
    "syscall",
    "system",
    "time_zone",
    "tzinfo",
    "| \"",
    "\"|",
];

/// What opens a file by its name.
const OF_FILES: &[&str] = &[
    "CSV.",
    "Dir.",
    "File.",
    "FileUtils",
    "Pathname",
    "Tempfile",
    "load_file",
    "open(",
    "public_folder",
    "send_file",
    "sqlite",
    "views",
];

/// Whether a gem is in Ruby alone, or has parts in C that need nothing but the C library and what Ruby itself needs: OpenSSL, zlib, libyaml.
pub(crate) fn is_plain_gem(name: &str) -> bool {
    GEMS.contains(&name)
}

const GEMS: &[&str] = &[
    "addressable",
    "base64",
    "bcrypt",
    "bigdecimal",
    "builder",
    "concurrent-ruby",
    "connection_pool",
    "date",
    "digest",
    "domain_name",
    "dotenv",
    "erubi",
    "faraday",
    "faraday-net_http",
    "hashie",
    "http-cookie",
    "i18n",
    "json",
    "jwt",
    "logger",
    "mini_mime",
    "minitest",
    "multi_json",
    "mustermann",
    "mustermann-grape",
    "net-http",
    "net-protocol",
    "net-smtp",
    "nio4r",
    "ostruct",
    "public_suffix",
    "puma",
    "rack",
    "rack-cors",
    "rack-protection",
    "rack-session",
    "rack-test",
    "rackup",
    "rake",
    "redis",
    "redis-client",
    "ruby2_keywords",
    "sinatra",
    "sinatra-contrib",
    "slim",
    "stringio",
    "strscan",
    "temple",
    "tilt",
    "timeout",
    "uri",
    "webrick",
];

/// The gems that a `Gemfile.lock` names; `None` if one is not of the registry.
pub(crate) fn locked(text: &str) -> Option<Vec<&str>> {
    const SECTIONS: &[&str] = &["GEM", "PLATFORMS", "DEPENDENCIES", "RUBY VERSION", "BUNDLED WITH", "CHECKSUMS"];
    let mut gems = Vec::new();
    let mut section = "";
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if !line.starts_with(' ') {
            section = line.trim();
            if !SECTIONS.contains(&section) {
                return None;
            }
        } else if let Some(remote) = line.trim().strip_prefix("remote: ") {
            if remote.trim_end_matches('/') != "https://rubygems.org" {
                return None;
            }
        } else if section == "DEPENDENCIES" && line.trim().ends_with('!') {
            return None;
        } else if section == "GEM" && line.starts_with("    ") {
            gems.extend(line.split_whitespace().next());
        }
    }
    (!gems.is_empty()).then_some(gems)
}

/// The gems that a `Gemfile` names; `None` if it says more than names, versions and groups.
pub(crate) fn named(text: &str) -> Option<Vec<&str>> {
    const ELSEWHERE: &[&str] = &["git", "path", "source", "install_if", "force_ruby_platform", "#{", "`", "ENV"];
    let mut gems = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim_start();
        match word {
            "gem" if !ELSEWHERE.iter().any(|sign| rest.contains(sign)) => {
                let quote = rest.chars().next().filter(|quote| ['"', '\''].contains(quote))?;
                gems.extend(rest[1..].split(quote).next());
            }
            "source" if rest.trim_matches(['"', '\'']).trim_end_matches('/') == "https://rubygems.org" => {}
            "ruby" if rest.starts_with(['"', '\'']) => {}
            "group" if rest.starts_with(':') && rest.ends_with(" do") => {}
            "end" => {}
            _ => return None,
        }
    }
    Some(gems)
}
