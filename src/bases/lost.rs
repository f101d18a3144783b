//! What the small variants of official images lack of the full ones, and what later ones lack of those before.

use super::FACTS;
pub(crate) use crate::known::lost::is_lost;

/// The programs that the official `image` of the line `tag`, such as `26-trixie`, no longer holds.
pub(crate) fn given_up(image: &str, tag: &str) -> impl Iterator<Item = &'static str> + Clone {
    let major = tag.split(['.', '-']).next().and_then(|major| major.parse::<u32>().ok());
    let start = format!("given up by {image} from ");
    let is_given_up = move |(about, program): (&str, &'static str)| {
        let first: u32 = about.strip_prefix(&start)?.parse().ok()?;
        major.is_some_and(|major| major >= first).then_some(program)
    };
    FACTS.all().filter_map(is_given_up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_given_up_from_a_version_on() {
        assert_eq!(given_up("node", "26-trixie").collect::<Vec<_>>(), ["corepack", "yarn", "yarnpkg"]);
        assert!(given_up("node", "25-trixie").next().is_none() && given_up("python", "26").next().is_none());
    }
}
