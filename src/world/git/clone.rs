//! Repositories fetched by the user's own git, with its configuration and logins, and with nothing that a repository could make it run.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{GitError, answer_of};
use crate::world::{FACTS, programs};

/// Where a repository is fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    url: String,
    /// Host and path: `example.org/team/app`.
    pub name: String,
}

impl Remote {
    /// The repository at `text`, if that is a URL, or a host and a path as `ssh` writes them.
    ///
    /// # Errors
    /// If it is a URL that git would run a program for, or starts like an option.
    pub fn parse(text: &str) -> Option<Result<Self, String>> {
        let shown = without_login(text);
        if let Some((scheme, rest)) = text.split_once("://") {
            // Others are programs.
            let known = || FACTS.of("way to a repository that git knows by itself");
            if !known().any(|known| known == scheme) {
                return Some(Err(format!("{shown}: only {} are taken", Vec::from_iter(known()).join(", "))));
            }
            return Some(Self::new(text, rest, &shown));
        }
        if text.contains("::") {
            return Some(Err(format!("{shown}: a way to a repository that is a program")));
        }
        let (host, path) = text.split_once(':')?;
        let is_host = host.contains('@') && !host.contains('/') && !text.contains(char::is_whitespace);
        is_host.then(|| Self::new(text, &format!("{host}/{path}"), &shown))
    }

    fn new(url: &str, rest: &str, shown: &str) -> Result<Self, String> {
        let rest = rest.split_once('@').filter(|(login, _)| !login.contains('/')).map_or(rest, |(_, rest)| rest);
        let name = rest.trim_start_matches('/').trim_end_matches('/').trim_end_matches(".git");
        let is_plain = |part: &str| !part.is_empty() && !matches!(part, "." | "..") && !part.starts_with('-');
        if url.starts_with('-') || !name.split('/').all(is_plain) || url.chars().any(char::is_control) {
            return Err(format!("{shown}: not the URL of a repository"));
        }
        Ok(Self { url: url.to_owned(), name: name.to_owned() })
    }

    /// The URL without a login that may stand in it.
    #[must_use]
    pub fn shown(&self) -> String {
        without_login(&self.url)
    }
}

fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.split('/').next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((login, _)) => format!("{scheme}://{}", &rest[login.len() + 1..]),
        None => url.to_owned(),
    }
}

/// Makes `folder` a checkout of what the remote has now, without its history. An earlier one is brought up to date.
///
/// # Errors
/// If git refuses, or takes longer than `limit`.
pub fn fetch(remote: &Remote, folder: &Path, limit: Duration) -> Result<(), GitError> {
    if folder.join(".git").is_dir() {
        let with =
            |options, others: &[&'static str]| FACTS.of(options).chain(others.iter().copied()).collect::<Vec<_>>();
        run(folder, "fetch", &with("option of git fetch", &["origin", "HEAD"]), limit)?;
        return run(folder, "reset", &with("option of git reset", &["FETCH_HEAD"]), limit);
    }
    let not_made = |source| GitError::NotRun { directory: folder.to_owned(), source };
    let above = folder.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(above).map_err(not_made)?;
    // Whoever finds the folder finds all of it.
    let partial = tempfile::Builder::new().prefix(".dockeropt-clone-").tempdir_in(above).map_err(not_made)?;
    let mut arguments: Vec<&str> = FACTS.of("option of git clone").collect();
    arguments.extend(["--", remote.url.as_str(), "new"]);
    let cloned = run(partial.path(), "clone", &arguments, limit);
    cloned.map_err(|error| hidden(error, remote))?;
    fs::rename(partial.path().join("new"), folder).map_err(not_made)
}

/// The error without the login of the URL.
fn hidden(error: GitError, remote: &Remote) -> GitError {
    match error {
        GitError::Refused { command, message, .. } => {
            let message = message.replace(&remote.url, &remote.shown());
            GitError::Unfit(format!("git {command}: {message}"))
        }
        other => other,
    }
}

fn run(directory: &Path, command: &'static str, arguments: &[&str], limit: Duration) -> Result<(), GitError> {
    let mut git = Command::new("git");
    super::checkout::clear(&mut git);
    // A filter would fetch from where the repository says; what is not a program of git's own is not run.
    for setting in FACTS.of("setting that keeps git from starting programs") {
        git.args(["-c", setting]);
    }
    git.arg(command).args(arguments).current_dir(directory).env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
    answer_of(command, directory, limit, programs::ask(&mut git, limit)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_is_known_by_host_and_path() {
        let name = |url: &str| Remote::parse(url).map(|remote| remote.map(|remote| remote.name));
        for url in [
            "https://h.example/t/a.git",
            "https://u:p@h.example/t/a",
            "git@h.example:t/a.git",
            "ssh://git@h.example/t/a/",
        ] {
            assert_eq!(name(url), Some(Ok("h.example/t/a".to_owned())), "{url}");
        }
        assert_eq!([name("folder/a"), name("C:\\a"), name("a:b")], [None, None, None]);
        for url in
            ["ext::sh -c touch% x", "ext://x/y", "https://h/../x", "-u@h:x", "https://-oProxyCommand=x/y", "fd::17"]
        {
            assert!(name(url).is_some_and(|name| name.is_err()), "{url}");
        }
        let remote = Remote::parse("https://u:secret@h.example/t/a").unwrap().unwrap();
        assert_eq!(remote.shown(), "https://h.example/t/a");
    }
}
