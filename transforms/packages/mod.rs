//! Package installs: what they fetch, ask and leave behind in their layer.

mod apk_no_cache;
mod apt_assume_yes;
mod apt_clean_lists;
mod apt_get_for_apt;
mod apt_no_recommends;
mod apt_update_install;
mod cache;
mod cleanup;
mod composer_clean;
mod conda_clean;
mod dnf_clean;
mod gem_clean;
mod merge_installs;
mod names;
mod npm_cache_clean;
mod operands;
mod pacman_clean;
mod pip_no_cache;
mod uv_no_cache;
mod zypper_clean;

super::phase!(
    "packages":
    apk_no_cache, apt_assume_yes, apt_clean_lists, apt_get_for_apt, apt_no_recommends, apt_update_install,
    composer_clean, conda_clean, dnf_clean, gem_clean, merge_installs, npm_cache_clean, pacman_clean, pip_no_cache,
    uv_no_cache, zypper_clean,
);
