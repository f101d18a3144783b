//! What the options of the package managers of Python and Node.js have to do with an install: a table for each.

use crate::known::Table;
use crate::semantics::packages::{Manager, NPM, PIP, PIPENV, PNPM, POETRY, UV, YARN};

/// The managers whose command lines are read.
pub(super) const READ: &[Manager] = &[PIP, UV, POETRY, PIPENV, NPM, YARN, PNPM];

/// What an option has to do with what an install reads, brings, compiles and runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing: it is about what is said, asked or waited for.
    Plain,
    /// The next word is a file with requirements.
    Requirements,
    /// The next word is a file with versions.
    Constraints,
    /// The next word is a file that is read besides.
    Reads,
    /// The next word is a project that is installed where it is.
    Editable,
    /// What has a wheel is compiled all the same.
    Compiles,
    /// It chooses among packages and versions.
    Chooses,
    /// Packages come from somewhere else than a registry.
    From,
    /// The same, from the folder or page that the next word names.
    Links,
    /// Packages come from the registry with this address.
    Registry,
    /// Packages go somewhere else.
    To,
    /// The next word is the folder to work in.
    Folder,
    /// Nothing is kept in a cache.
    NoCache,
    /// The next word is the folder of the cache.
    Cache,
    /// The cache is read, and maybe nothing else.
    Offline,
    /// What is in the cache is not asked for again.
    PrefersCache,
    /// No script runs.
    NoScripts,
    /// Packages are for all projects.
    Global,
    /// It only says what it would do.
    Simulates,
    /// The project itself is not installed.
    NoProject,
    /// It is known, and what it brings is not followed.
    Unclear,
}

/// An option of a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub meaning: Meaning,
    pub has_value: bool,
}

/// The options of all managers, one a line: the manager, the option, whether the next word is its value, its meaning.
static OPTIONS: Table = Table::new(include_str!("options.txt"));

/// What `manager` knows the option `name` as.
pub(super) fn option(manager: &Manager, name: &str) -> Option<Known> {
    if !READ.contains(manager) || name.len() > NAME_BYTES_MAX {
        return None;
    }
    let row = OPTIONS.get(&format!("{} {name}", manager.name))?;
    let (kind, meaning) = row.split_once(' ')?;
    Some(Known { meaning: Meaning::of(meaning)?, has_value: kind == "value" })
}

impl Meaning {
    fn of(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)
    }
}

/// What meanings are called in the table.
const NAMES: &[(&str, Meaning)] = &[
    ("cache", Meaning::Cache),
    ("chooses", Meaning::Chooses),
    ("compiles", Meaning::Compiles),
    ("constraints", Meaning::Constraints),
    ("editable", Meaning::Editable),
    ("folder", Meaning::Folder),
    ("from", Meaning::From),
    ("global", Meaning::Global),
    ("links", Meaning::Links),
    ("no-cache", Meaning::NoCache),
    ("no-project", Meaning::NoProject),
    ("no-scripts", Meaning::NoScripts),
    ("offline", Meaning::Offline),
    ("plain", Meaning::Plain),
    ("prefers-cache", Meaning::PrefersCache),
    ("reads", Meaning::Reads),
    ("registry", Meaning::Registry),
    ("requirements", Meaning::Requirements),
    ("simulates", Meaning::Simulates),
    ("to", Meaning::To),
    ("unclear", Meaning::Unclear),
];

/// Longer options are none that is known.
const NAME_BYTES_MAX: usize = 40;

/// Whether packages from `address` are those of the public registry.
pub(super) fn is_public(manager: &Manager, address: &str) -> bool {
    const OF_PYTHON: &[&str] = &[
        "mirror.baidu.com/pypi/simple",
        "mirrors.163.com/pypi/simple",
        "mirrors.aliyun.com/pypi/simple",
        "mirrors.bfsu.edu.cn/pypi/web/simple",
        "mirrors.cloud.tencent.com/pypi/simple",
        "mirrors.tuna.tsinghua.edu.cn/pypi/web/simple",
        "mirrors.ustc.edu.cn/pypi/simple",
        "mirrors.ustc.edu.cn/pypi/web/simple",
        "pypi.douban.com/simple",
        "pypi.doubanio.com/simple",
        "pypi.mirrors.ustc.edu.cn/simple",
        "pypi.org/simple",
        "pypi.python.org/simple",
        "pypi.tuna.tsinghua.edu.cn/simple",
        "repo.huaweicloud.com/repository/pypi/simple",
    ];
    const OF_NODE: &[&str] = &[
        "mirrors.cloud.tencent.com/npm",
        "mirrors.huaweicloud.com/repository/npm",
        "registry.npm.taobao.org",
        "registry.npmjs.org",
        "registry.npmmirror.com",
        "registry.yarnpkg.com",
    ];
    let known = if manager.is_of_node() { OF_NODE } else { OF_PYTHON };
    let place = address.split_once("://").map(|(_, place)| place.trim_end_matches('/'));
    place.is_some_and(|place| known.contains(&place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_of_a_manager_and_has_a_meaning() {
        for (key, value) in OPTIONS.all() {
            let (name, option) = key.split_once(' ').unwrap();
            let (kind, meaning) = value.split_once(' ').unwrap();
            let line = format!("{key} {value}");
            let manager = READ.iter().find(|manager| manager.name == name).unwrap_or_else(|| panic!("{line}"));
            let known = Known { meaning: Meaning::of(meaning).unwrap(), has_value: kind == "value" };
            assert_eq!(super::option(manager, option), Some(known), "{line}");
            assert!(["alone", "value"].contains(&kind) && option.len() <= NAME_BYTES_MAX, "{line}");
        }
        assert_eq!(super::option(&PIP, "--req"), None);
    }
}
