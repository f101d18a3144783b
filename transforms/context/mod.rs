//! How the build context gets into the image: what is copied, when, and whose it is.

mod add_to_copy;
mod copy_chmod;
mod copy_chown;
mod copy_manifest_first;
mod write_dockerignore;

super::phase! { "context":
    add_to_copy,
    copy_chmod,
    copy_chown,
    copy_manifest_first,
    write_dockerignore,
}
