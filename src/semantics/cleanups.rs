//! Commands that only empty caches: they need nothing from each other, so that they have an order of their own.

/// What such commands consist of, without `sudo` in front.
const CLEANUPS: &[&str] = &[
    "apt-get clean",
    "apt-get autoclean",
    "composer clear-cache",
    "conda clean",
    "dnf clean",
    "gem cleanup",
    "mamba clean",
    "microdnf clean",
    "micromamba clean",
    "npm cache clean",
    "pip cache purge",
    "pnpm store prune",
    "rm -rf \"$(gem env gemdir)\"/cache",
    "rm -rf /var/cache/",
    "rm -rf /var/lib/apt/lists",
    "rm -rf /root/.cache",
    "yarn cache clean",
    "yum clean",
    "zypper clean",
];

/// Whether `command`, as written, only empties a cache.
#[must_use]
pub fn is_cleanup(command: &str) -> bool {
    let command = command.strip_prefix("sudo ").unwrap_or(command);
    CLEANUPS.iter().any(|cleanup| command.starts_with(cleanup)) && !command.contains(['|', ';', '&', '>'])
}
