//! Caches that are kept beside the image, from one build to the next: once it is said how a layer is left clean.

mod cache_mounts;

super::phase! { "mounts":
    cache_mounts,
}
