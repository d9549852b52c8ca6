//! The one moment that a whole run takes place at.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::problem::{Problem, Result};

/// The moment that `now()`, `current_date` and `$as_of` give, for every report of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock(DateTime<Utc>);

impl Clock {
    /// The moment this is called.
    #[must_use]
    pub fn now() -> Self {
        Self(Utc::now())
    }

    /// Reads `2025-12-31` (its first moment, in UTC), `2025-12-31T08:00:00` (UTC) or a timestamp
    /// with an offset.
    pub fn parse(text: &str) -> Result<Self> {
        parse_moment(text).map(Self).ok_or_else(|| {
            Problem::usage(format!("`{text}` is not a moment"))
                .hint("write 2025-12-31, 2025-12-31T08:00:00 or 2025-12-31T08:00:00+01:00")
        })
    }

    /// The moment.
    #[must_use]
    pub fn moment(self) -> DateTime<Utc> {
        self.0
    }
}

/// Reads a date or a timestamp, in UTC where it names no offset.
pub(crate) fn parse_moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let with_offset = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let without = || {
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(|at| at.and_utc())
    };
    let date = || {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    };
    with_offset().or_else(without).or_else(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_first_moment() {
        let midnight = parse_moment("2025-12-31T00:00:00Z");
        assert!(midnight.is_some());
        assert_eq!(parse_moment("2025-12-31"), midnight);
        assert_eq!(parse_moment("2025-12-31T01:00:00+01:00"), midnight);
    }

    #[test]
    fn a_day_that_is_not_in_the_calendar_is_refused() {
        assert_eq!(parse_moment("2025-02-29"), None);
        assert_eq!(parse_moment("yesterday"), None);
    }
}
