//! How the program of the image runs: as which user.

mod accounts;
mod non_root_user;
mod ownership;
mod signs;
mod starts;

super::phase! { "runtime":
    non_root_user,
}
