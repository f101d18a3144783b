//! Package installs: what they fetch, ask and leave behind in their layer.

mod apk_no_cache;
mod apt_clean_lists;

super::phase! { "packages":
    apk_no_cache,
    apt_clean_lists,
}
