//! What time it is. `SOURCE_DATE_EPOCH` says it where what is printed has to be the same each time, unless it is a time that cannot be now.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::catalogue::Catalogue;

/// The time, of `SOURCE_DATE_EPOCH` or of the system. Build systems that want all files to be old set it to a day before this program was.
#[must_use]
pub fn now() -> Timestamp {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| timestamp(&seconds));
    let fixed = fixed.filter(|time| time.to_zoned(TimeZone::UTC).date() >= Catalogue::embedded().date());
    fixed.unwrap_or_else(Timestamp::now)
}

/// The day in UTC.
#[must_use]
pub fn today() -> Date {
    now().to_zoned(TimeZone::UTC).date()
}

/// Seconds since 1970, as <https://reproducible-builds.org/specs/source-date-epoch/> has it.
fn timestamp(seconds: &str) -> Option<Timestamp> {
    Timestamp::from_second(seconds.trim().parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_is_seconds() {
        assert_eq!(timestamp("1787270400\n").unwrap().to_string(), "2026-08-21T00:00:00Z");
        assert_eq!((timestamp("today"), timestamp("")), (None, None));
    }
}
