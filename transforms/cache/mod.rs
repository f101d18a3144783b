//! What package managers leave in the layer, taken out where it was made.

mod apt_clean_lists;
mod composer_clean;
mod conda_clean;
mod dnf_clean;
mod gem_clean;
mod npm_cache_clean;
mod pacman_clean;
mod zypper_clean;

super::phase! { "cache":
    apt_clean_lists,
    composer_clean,
    conda_clean,
    dnf_clean,
    gem_clean,
    npm_cache_clean,
    pacman_clean,
    zypper_clean,
}
