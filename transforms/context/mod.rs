//! How the build context gets into the image: what is copied, when, and whose it is.

mod add_to_copy;

super::phase! { "context":
    add_to_copy,
}
