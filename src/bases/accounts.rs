//! Which user a program can have on a base image, and the commands that make it there.

use super::FACTS;
use crate::catalogue::Image;
use crate::known::suites::{self, Suite};
use crate::known::{ACCOUNTS, OFFICIAL};
use crate::rewrite::Context;
use crate::semantics::{Base, Named};

/// A user without rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// For USER.
    pub user: &'static str,
    /// For `--chown`.
    pub owner: &'static str,
    /// The commands that make it; none where the image has it, or needs no entry for a number.
    pub creation: &'static [&'static str],
    pub image: Kind,
}

/// What else decides how an image is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With a shell.
    Plain,
    /// As [`Kind::Plain`]; npm 7 and 8 run scripts as the owner of the folder that they are started in.
    Node,
    /// Without a shell.
    Bare,
}

const DEBIAN: Account = Account {
    user: "10001",
    owner: "10001:10001",
    creation: &[
        "groupadd --system --gid 10001 app",
        "useradd --system --no-log-init --uid 10001 --gid app --create-home --shell /usr/sbin/nologin app",
    ],
    image: Kind::Plain,
};
const BUSYBOX: Account =
    Account { creation: &["addgroup -S -g 10001 app", "adduser -S -D -u 10001 -G app -s /sbin/nologin app"], ..DEBIAN };
const RED_HAT: Account = Account {
    creation: &["groupadd -r -g 10001 app", "useradd -r -l -u 10001 -g app -m -s /sbin/nologin app"],
    ..DEBIAN
};
/// The image has the user `node`.
const NODE: Account = Account { user: "1000", owner: "1000:1000", creation: &[], image: Kind::Node };
/// The image has the user `bun`, or `gradle`.
const FIRST: Account = Account { user: "1000", owner: "1000:1000", creation: &[], image: Kind::Plain };
/// The image has the user `app`, and says its number.
const DOTNET: Account = Account { user: "$APP_UID", owner: "$APP_UID:$APP_UID", creation: &[], image: Kind::Plain };
const SCRATCH: Account = Account { creation: &[], image: Kind::Bare, ..DEBIAN };
/// The image has the user `nonroot`.
const DISTROLESS: Account = Account { user: "65532", owner: "65532:65532", creation: &[], image: Kind::Bare };

/// The first release of .NET whose images have a user, and the first of Node that surely has.
const DOTNET_MIN: u32 = 8;
const NODE_MIN: u32 = 8;
/// The last release of OpenJDK that is on Debian where its tag does not say.
const OPENJDK_ON_DEBIAN_MAX: u32 = 11;

/// The user for the stage at `index`; `None` if its image has one already.
///
/// # Errors
/// Why there is none, as half a sentence.
pub(crate) fn account(cx: &Context<'_>, index: usize) -> Result<Option<Account>, String> {
    let stage = &cx.build.stages[index];
    let text = match &stage.base {
        Base::Scratch => return Ok(Some(SCRATCH)),
        Base::Stage(base) => return account(cx, *base),
        Base::Image(text) => text,
    };
    let written = stage.from.arguments().words().first().map_or("", |word| word.text.as_str());
    if written.contains('$') || text.contains('$') {
        return of_any_tag(written).map(Some).ok_or_else(|| "a variable decides what it starts from".to_owned());
    }
    let unknown = || format!("nothing is known of the user, the shell and the tools of `{text}`");
    let Some(Named::Image(reference)) = cx.build.base_image(index).map(|image| &image.named) else {
        return Err(unknown());
    };
    if reference.digest.is_some() && reference.tag.is_none() {
        return Err(unknown());
    }
    let tag = reference.tag_or_latest();
    match (reference.registry.as_str(), reference.repository.as_str()) {
        ("gcr.io", repository) if repository.starts_with("distroless/") => {
            distroless(repository, tag).ok_or_else(unknown)
        }
        ("mcr.microsoft.com", repository) if repository.starts_with("dotnet/") => {
            dotnet(repository, tag).ok_or_else(unknown)
        }
        (_, "oven/bun") if ACCOUNTS.has("oven/bun", "takes any user") && !tag.contains("distroless") => Ok(Some(FIRST)),
        _ => {
            let in_full = format!("{}/{}", reference.registry, reference.repository);
            let mirrored = OFFICIAL.of("registry of official images").find_map(|mirror| in_full.strip_prefix(mirror));
            let name = reference.official().or(mirrored.filter(|name| !name.contains('/'))).ok_or_else(unknown)?;
            if ACCOUNTS.has(name, "gives up its rights itself") {
                return Err(format!("`{name}` starts as root and gives up its rights itself"));
            }
            let is_apache = name == "php" && tag.contains("apache");
            if is_apache || ACCOUNTS.has(name, "is started by root") {
                return Err(format!("`{name}` is started by root as it is configured"));
            }
            let image = cx.facts.catalogue.image(name).filter(|image| image.is_official()).ok_or_else(unknown)?;
            official(image, tag).ok_or_else(unknown)
        }
    }
}

fn distroless(repository: &str, tag: &str) -> Option<Option<Account>> {
    if tag.contains("nonroot") {
        return Some(None);
    }
    let name = repository.strip_prefix("distroless/")?.split('-').next()?;
    let is_known = ACCOUNTS.has(&format!("gcr.io/distroless/{name}"), "takes any user");
    (is_known && ["latest", "debug"].contains(&tag)).then_some(Some(DISTROLESS))
}

/// The user where a variable is the tag, or the start of it, and all tags have the same user or say the distribution behind it.
fn of_any_tag(written: &str) -> Option<Account> {
    let (name, tag) = written.split_once(':').filter(|(name, _)| !name.contains('$'))?;
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    if name == "node" {
        return Some(NODE);
    }
    let behind = tag.rsplit_once(['}', '$'])?.1;
    let is_alpine = behind.starts_with("-alpine");
    let is_debian =
        behind == "-slim" || behind.strip_prefix("-slim-").is_some_and(|suite| suites::suite(suite).is_some());
    let account = if is_alpine { BUSYBOX } else { DEBIAN };
    let is_one = ["python", "ruby"].contains(&name) && ACCOUNTS.has(name, "takes any user");
    (is_one && (is_alpine || is_debian)).then_some(account)
}

fn dotnet(repository: &str, tag: &str) -> Option<Option<Account>> {
    if tag.contains("chiseled") || tag.contains("distroless") {
        return Some(None);
    }
    let is_known = ACCOUNTS.has(&format!("mcr.microsoft.com/{repository}"), "takes any user");
    let mut words = tag.split('-');
    let version = words.next()?;
    let is_recent = major(version).is_some_and(|major| major >= DOTNET_MIN);
    let is_suite = |word: &str| suites::suite(word).is_some_and(|suite| suite.value("has .NET images").is_some());
    let is_linux =
        words.all(|word| is_suite(word) || word.starts_with("alpine") || FACTS.has("word in tags of .NET", word));
    if is_recent {
        return (is_known && is_linux).then_some(Some(DOTNET));
    }
    let is_alpine = tag.contains("alpine");
    let is_console = ACCOUNTS.has(&format!("mcr.microsoft.com/{repository} before 8"), "takes any user");
    (is_console && is_linux).then_some(Some(if is_alpine { BUSYBOX } else { DEBIAN }))
}

fn official(image: Image<'_>, tag: &str) -> Option<Option<Account>> {
    let name = image.name();
    let build = image.build_of(tag);
    if build.and_then(|build| build.user()).is_some_and(|user| user != "root" && user != "0") {
        return Some(None);
    }
    let is_minimal = tag.contains("minimal") || tag.contains("micro");
    let family = match build.and_then(|build| build.distribution) {
        Some(distribution) => of_family(distribution.family)?,
        None => by_words(name, tag)?,
    };
    let account = match name {
        "node" => {
            let is_old = major(tag).is_some_and(|major| major < NODE_MIN);
            (!is_old).then_some(NODE)
        }
        "gradle" => ACCOUNTS.has(name, "takes any user").then_some(FIRST),
        "php" => {
            let is_server = tag.contains("apache") || tag.contains("fpm");
            (ACCOUNTS.has(name, "takes any user without a server") && !is_server).then_some(family)
        }
        _ => ACCOUNTS.has(name, "takes any user").then_some(family),
    };
    account.filter(|_| !is_minimal).map(Some)
}

fn of_family(family: &str) -> Option<Account> {
    Some(match ACCOUNTS.of(family).find_map(|fact| fact.strip_prefix("makes users as "))? {
        "Debian" => DEBIAN,
        "BusyBox" => BUSYBOX,
        _ => RED_HAT,
    })
}

/// By the words of a tag that the catalogue does not have, such as an exact version that is no longer built.
fn by_words(name: &str, tag: &str) -> Option<Account> {
    const NOTHING_OF_USERS: &str = "word in tags that says nothing of users";
    let is_version = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_digit())
            && word.bytes().all(|byte| byte.is_ascii_digit() || b"._u".contains(&byte))
    };
    let words: Vec<_> = tag.split('-').collect();
    let is_known = |suite: Suite| suite.version().is_some() && !suite.is("is from before 2014");
    let is_suite = |word: &str| word == "slim" || suites::suite(word).is_some_and(is_known);
    let is_alpine = |word: &str| word.strip_prefix("alpine").is_some_and(|rest| rest.is_empty() || is_version(rest));
    if !words
        .iter()
        .all(|word| is_version(word) || is_suite(word) || is_alpine(word) || FACTS.has(NOTHING_OF_USERS, word))
    {
        return None;
    }
    if words.iter().any(|word| is_alpine(word)) {
        return Some(BUSYBOX);
    }
    let is_said = words.iter().any(|word| is_suite(word));
    match name {
        "openjdk" => {
            let is_debian = major(tag).is_some_and(|major| major <= OPENJDK_ON_DEBIAN_MAX);
            (is_debian || is_said).then_some(DEBIAN)
        }
        "amazoncorretto" => None,
        _ => Some(of_family(name).unwrap_or(DEBIAN)),
    }
}

fn major(version: &str) -> Option<u32> {
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().ok()
}
