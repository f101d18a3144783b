//! One of several runs that share a work without talking to each other.

use std::fmt;
use std::str::FromStr;

/// The part of the work that is this run's: `2/5` is the second of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: u64,
    count: u64,
}

impl Shard {
    /// Whether the piece of work with this number is for this run.
    #[must_use]
    pub fn takes(self, number: u64) -> bool {
        number % self.count == self.index
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('/').and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index: index - 1, count }),
            _ => Err("it is I/N, such as 2/5 for the second of five; I is from 1 to N"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_of_work_is_for_one_run() {
        let shards: Vec<Shard> = ["1/3", "2/3", "3/3"].iter().map(|text| text.parse().unwrap()).collect();
        let takers = |number| shards.iter().filter(|shard| shard.takes(number)).count();
        assert!((0..10).chain([u64::MAX]).all(|number| takers(number) == 1));
        assert!(shards[0].takes(0));
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        ["", "1", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "a/b"]
            .iter()
            .for_each(|text| assert!(text.parse::<Shard>().is_err()));
    }
}
