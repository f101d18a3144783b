//! Package installs: what they fetch, ask and leave behind in their layer.

mod apk_no_cache;
mod apt_assume_yes;
mod apt_get_for_apt;
mod apt_no_recommends;
mod apt_update_install;
mod pip_no_cache;
mod uv_no_cache;

super::phase! { "packages":
    apk_no_cache,
    apt_assume_yes,
    apt_get_for_apt,
    apt_no_recommends,
    apt_update_install,
    pip_no_cache,
    uv_no_cache,
}
