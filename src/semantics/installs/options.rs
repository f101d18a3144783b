//! What the options of the package managers of Python and Node.js have to do with an install: a table for each.

use crate::semantics::packages::{Manager, NPM, PIP, PIPENV, PNPM, POETRY, UV, YARN};

/// What an option has to do with what an install reads, brings, compiles and runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing: it is about what is said, asked or waited for, or about a choice among packages of the registry.
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
    /// Packages come from somewhere else than a registry.
    From,
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

use Meaning::{
    Cache, Compiles, Constraints, Editable, Folder, From, Global, NoCache, NoProject, NoScripts, Offline, Plain, Reads,
    Registry, Requirements, Simulates, To, Unclear,
};

/// Options of one meaning: those without a value, and those with one. A letter has one dash, a word two.
type Row = (Meaning, &'static [&'static str], &'static [&'static str]);

/// The options of `manager`; `None` if it is none of these.
fn rows(manager: &Manager) -> Option<&'static [Row]> {
    match manager {
        manager if *manager == PIP => Some(OF_PIP),
        manager if *manager == UV => Some(OF_UV),
        manager if *manager == POETRY => Some(OF_POETRY),
        manager if *manager == PIPENV => Some(OF_PIPENV),
        manager if *manager == NPM => Some(OF_NPM),
        manager if *manager == YARN => Some(OF_YARN),
        manager if *manager == PNPM => Some(OF_PNPM),
        _ => None,
    }
}

/// An option of a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub meaning: Meaning,
    pub has_value: bool,
}

/// What `manager` knows the option `name` as.
pub(super) fn option(manager: &Manager, name: &str) -> Option<Known> {
    rows(manager)?.iter().find_map(|(meaning, alone, valued)| match () {
        () if alone.contains(&name) => Some(Known { meaning: *meaning, has_value: false }),
        () if valued.contains(&name) => Some(Known { meaning: *meaning, has_value: true }),
        () => None,
    })
}

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
    let known = if is_of_node(manager) { OF_NODE } else { OF_PYTHON };
    let place = address.split_once("://").map(|(_, place)| place.trim_end_matches('/'));
    place.is_some_and(|place| known.contains(&place))
}

pub(super) fn is_of_node(manager: &Manager) -> bool {
    [NPM, YARN, PNPM].contains(manager)
}

const OF_PIP: &[Row] = &[
    (
        Plain,
        &[
            "-q", "-v", "-U", "-I", "--quiet", "--verbose", "--upgrade", "--force-reinstall", "--force", "--ignore-installed",
            "--ignore-requires-python", "--no-deps", "--no-dependencies", "--pre", "--compile", "--no-compile", "--no-input",
            "--no-color", "--no-clean", "--debug", "--isolated", "--disable-pip-version-check", "--no-python-version-warning",
            "--no-build-isolation", "--use-pep517", "--no-use-pep517", "--check-build-dependencies", "--prefer-binary",
            "--require-hashes", "--break-system-packages", "--no-warn-script-location", "--no-warn-conflicts",
            "--require-virtualenv", "--use-wheel",
        ],
        &[
            "--log", "--proxy", "--retries", "--timeout", "--default-timeout", "--exists-action", "--trusted-host",
            "--keyring-provider", "--use-feature", "--use-deprecated", "--upgrade-strategy", "--only-binary", "--progress-bar",
            "--root-user-action", "--report", "--resume-retries",
        ],
    ),
    (Requirements, &[], &["-r", "--requirement"]),
    (Constraints, &[], &["-c", "--constraint", "--build-constraint"]),
    (Reads, &[], &["--cert", "--client-cert"]),
    (Editable, &[], &["-e", "--editable"]),
    (
        Compiles,
        &[],
        &["--no-binary", "--install-option", "--global-option", "--build-option", "-C", "--config-settings", "--config-setting"],
    ),
    (From, &["--no-index", "--process-dependency-links"], &["-f", "--find-links"]),
    (Registry, &[], &["-i", "--index-url", "--pypi-url", "--extra-index-url"]),
    (
        To,
        &["--user", "--egg"],
        &["-t", "--target", "--prefix", "--root", "--src", "-b", "--build", "--build-dir", "--python", "-w", "--wheel-dir",
          "-d", "--dest"],
    ),
    (NoCache, &["--no-cache-dir", "--no-cache"], &[]),
    (Cache, &[], &["--cache-dir"]),
    (Simulates, &["-h", "-V", "--help", "--version", "--dry-run"], &[]),
    (Unclear, &[], &["--platform", "--python-version", "--implementation", "--abi", "--group"]),
];

const OF_UV: &[Row] = &[
    (
        Plain,
        &[
            "-q", "-v", "-U", "--quiet", "--verbose", "--native-tls", "--system-certs", "--no-python-downloads", "--no-progress",
            "--no-config", "--managed-python", "--no-managed-python", "--frozen", "--locked", "--no-dev", "--dev",
            "--all-extras", "--all-groups", "--no-default-groups", "--inexact", "--exact", "--no-editable",
            "--compile-bytecode", "--no-compile-bytecode", "--no-compile", "--no-build", "--no-build-isolation", "--no-sources",
            "--refresh", "--reinstall", "--force-reinstall", "--upgrade", "--preview", "--system", "--break-system-packages",
            "--no-deps", "--require-hashes", "--verify-hashes", "--no-verify-hashes", "--strict", "--only-dev", "--pre",
            "--disable-pip-version-check",
        ],
        &[
            "--color", "--python-preference", "--allow-insecure-host", "--extra", "--no-extra", "--group", "--no-group",
            "--only-group", "--link-mode", "--no-build-package", "--prerelease", "--resolution", "--index-strategy",
            "--keyring-provider", "--exclude-newer", "--only-binary", "--no-install-package", "--trusted-host", "-P",
            "--upgrade-package", "--reinstall-package", "--refresh-package", "--fork-strategy",
        ],
    ),
    (Requirements, &[], &["-r", "--requirement", "--requirements"]),
    (Constraints, &[], &["-c", "--constraint", "--constraints", "--override", "--overrides", "-b", "--build-constraint",
                         "--build-constraints"]),
    (Reads, &[], &["--config-file"]),
    (Editable, &[], &["-e", "--editable"]),
    (Compiles, &[], &["--no-binary", "--no-binary-package", "-C", "--config-setting", "--config-settings"]),
    (From, &["--no-index"], &["-f", "--find-links"]),
    (Registry, &[], &["-i", "--index-url", "--extra-index-url", "--index", "--default-index"]),
    (To, &["--active", "--user"], &["-t", "--target", "--prefix", "-p", "--python"]),
    (Folder, &[], &["--directory", "--project"]),
    (NoCache, &["-n", "--no-cache", "--no-cache-dir"], &[]),
    (Cache, &[], &["--cache-dir"]),
    (Offline, &["--offline"], &[]),
    (Simulates, &["-h", "-V", "--help", "--version", "--dry-run", "--check"], &[]),
    (NoProject, &["--no-install-project", "--no-install-workspace"], &[]),
    (Unclear, &["--all-packages"], &["--package", "--script"]),
];

const OF_POETRY: &[Row] = &[
    (
        Plain,
        &[
            "-q", "-v", "-vv", "-vvv", "-n", "--quiet", "--verbose", "--no-interaction", "--ansi", "--no-ansi", "--no-dev",
            "--sync", "--all-extras", "--all-groups", "--remove-untracked", "--compile", "--no-plugins", "--no-directory",
        ],
        &["--only", "--with", "--without", "-E", "--extras"],
    ),
    (Folder, &[], &["-C", "--directory", "-P", "--project"]),
    (NoCache, &["--no-cache"], &[]),
    (NoProject, &["--no-root"], &[]),
    (Simulates, &["-h", "-V", "--help", "--version", "--dry-run"], &[]),
    (Unclear, &["--only-root"], &["-f", "--format", "-o", "--output", "--source"]),
];

const OF_PIPENV: &[Row] = &[
    (
        Plain,
        &[
            "-d", "-v", "-q", "--dev", "--system", "--deploy", "--ignore-pipfile", "--keep-outdated", "--skip-lock", "--verbose",
            "--quiet", "--sequential", "--pre", "--clear",
        ],
        &["--categories"],
    ),
    (Requirements, &[], &["-r", "--requirements"]),
    (Editable, &[], &["-e", "--editable"]),
    (Registry, &[], &["-i", "--index", "--pypi-mirror"]),
    (To, &["--site-packages"], &["--python"]),
    (Simulates, &["-h", "--help", "--version"], &[]),
    (Unclear, &[], &["--extra-pip-args"]),
];

const OF_NPM: &[Row] = &[
    (
        Plain,
        &[
            "-S", "-D", "-P", "-O", "-E", "-B", "-f", "-q", "-s", "-d", "-dd", "-ddd", "-y", "--save", "--no-save", "--save-dev",
            "--save-prod", "--save-optional", "--save-exact", "--save-bundle", "--production", "--dev", "--optional",
            "--no-optional", "--force", "--audit", "--no-audit", "--fund", "--no-fund", "--package-lock", "--no-package-lock",
            "--shrinkwrap", "--no-shrinkwrap", "--legacy-peer-deps", "--no-legacy-peer-deps", "--strict-peer-deps",
            "--legacy-bundling", "--global-style", "--bin-links", "--no-bin-links", "--foreground-scripts", "--prefer-online",
            "--silent", "--quiet", "--verbose", "--progress", "--no-progress", "--unsafe-perm", "--allow-root", "--strict-ssl",
            "--no-strict-ssl", "--color", "--no-color", "--yes", "--engine-strict", "--no-engine-strict", "--update-notifier",
            "--no-update-notifier", "--if-present", "--prefer-dedupe",
        ],
        &[
            "--omit", "--include", "--only", "--also", "--loglevel", "--tag", "--before", "--fetch-timeout", "--fetch-retries",
            "--fetch-retry-mintimeout", "--fetch-retry-maxtimeout", "--network-timeout", "--maxsockets", "--scope",
            "--https-proxy", "--proxy", "--noproxy", "--lockfile-version", "--jobs", "--depth", "--python",
            "--install-strategy",
        ],
    ),
    (Reads, &[], &["--cafile", "--userconfig", "--globalconfig"]),
    (Compiles, &["--build-from-source"], &[]),
    (Registry, &[], &["--registry"]),
    (Folder, &[], &["-C", "--prefix"]),
    (Cache, &[], &["--cache"]),
    (Offline, &["--offline", "--prefer-offline"], &[]),
    (NoScripts, &["--ignore-scripts"], &[]),
    (Global, &["-g", "--global"], &[]),
    (Simulates, &["-h", "-v", "--help", "--version", "--dry-run", "--package-lock-only"], &[]),
    (
        Unclear,
        &["--workspaces", "--ws", "--include-workspace-root", "--install-links"],
        &["-w", "--workspace", "--location", "--cpu", "--os", "--libc"],
    ),
];

const OF_YARN: &[Row] = &[
    (
        Plain,
        &[
            "-D", "-P", "-O", "-E", "-T", "-W", "-s", "--dev", "--peer", "--optional", "--exact", "--tilde", "--production",
            "--prod", "--frozen-lockfile", "--pure-lockfile", "--no-lockfile", "--non-interactive", "--ignore-engines",
            "--ignore-optional", "--ignore-platform", "--silent", "--verbose", "--no-progress", "--progress", "--force",
            "--check-files", "--flat", "--har", "--link-duplicates", "--no-bin-links", "--no-default-rc", "--json", "--audit",
            "--no-audit", "--immutable", "--no-immutable", "--check-cache", "--inline-builds", "--no-node-version-check",
            "--update-checksums", "--ignore-workspace-root-check", "--latest", "--skip-integrity-check", "--no-emoji",
        ],
        &["--network-timeout", "--network-concurrency", "--mutex", "--proxy", "--https-proxy", "--emoji"],
    ),
    (Reads, &[], &["--use-yarnrc"]),
    (Registry, &[], &["--registry"]),
    (To, &["--enable-pnp", "--pnp"], &["--modules-folder", "--prefix", "--global-folder", "--link-folder"]),
    (Folder, &[], &["--cwd"]),
    (Cache, &[], &["--cache-folder", "--preferred-cache-folder"]),
    (Offline, &["--offline", "--prefer-offline", "--immutable-cache"], &[]),
    (NoScripts, &["--ignore-scripts"], &[]),
    (Simulates, &["-h", "-v", "--help", "--version"], &[]),
    (Unclear, &["--focus", "--disable-pnp"], &["--mode"]),
];

const OF_PNPM: &[Row] = &[
    (
        Plain,
        &[
            "-P", "-D", "-O", "-E", "-s", "--prod", "--production", "--dev", "--no-optional", "--frozen-lockfile",
            "--no-frozen-lockfile", "--prefer-frozen-lockfile", "--shamefully-hoist", "--silent", "--force", "--unsafe-perm",
            "--strict-peer-dependencies", "--no-strict-peer-dependencies", "--no-lockfile", "--fix-lockfile", "--color",
            "--no-color", "--stream", "--aggregate-output", "--save-dev", "--save-prod", "--save-optional", "--save-exact",
            "--side-effects-cache", "--no-verify-store-integrity", "--if-present", "--ignore-workspace",
        ],
        &["--reporter", "--loglevel", "--child-concurrency", "--network-concurrency", "--package-import-method", "--fetch-timeout",
          "--fetch-retries"],
    ),
    (Registry, &[], &["--registry"]),
    (To, &[], &["--modules-dir", "--virtual-store-dir", "--node-linker"]),
    (Folder, &[], &["-C", "--dir"]),
    (Cache, &[], &["--store-dir"]),
    (Offline, &["--offline", "--prefer-offline"], &[]),
    (NoScripts, &["--ignore-scripts"], &[]),
    (Global, &["-g", "--global"], &[]),
    (Simulates, &["-h", "-v", "--help", "--version", "--lockfile-only", "--resolution-only"], &[]),
    (Unclear, &["-r", "-w", "--recursive", "--workspace-root"], &["-F", "--filter", "--allow-build"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&Manager; 7] = [&PIP, &UV, &POETRY, &PIPENV, &NPM, &YARN, &PNPM];

    #[test]
    fn an_option_has_one_meaning() {
        for manager in ALL {
            let rows = rows(manager).unwrap();
            let mut names: Vec<_> = rows.iter().flat_map(|(_, alone, valued)| alone.iter().chain(*valued)).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{}", manager.name);
        }
    }
}
