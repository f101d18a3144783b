//! Which images a build starts from: tags that say what is meant, digests, and images that are still maintained.

mod pin_argument;
mod pin_digest;
mod pin_version;
mod replace_retired;
mod slim_variant;

super::phase! { "base":
    pin_argument,
    pin_digest,
    pin_version,
    replace_retired,
    slim_variant,
}
