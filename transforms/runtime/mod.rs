//! How the program of the image runs: as which user.

mod non_root_user;

super::phase! { "runtime":
    non_root_user,
}
