//! The period of a report: which days `$start` and `$end` are.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::clock::Clock;

/// A kind of calendar period, in a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// How long a period is.
    pub grain: Grain,
    /// Whose midnight it begins at.
    pub timezone: Tz,
}

/// The length of a calendar period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// A day.
    Day,
    /// A week, from Monday (ISO 8601).
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months, from January, April, July or October.
    Quarter,
    /// A calendar year.
    Year,
}

impl Period {
    /// The parameter that is the first moment of the period.
    pub const START: &'static str = "start";
    /// The parameter that is the first moment after it.
    pub const END: &'static str = "end";

    /// The first day of the period, for columns that hold days. A day compared with a moment is
    /// taken for midnight in UTC, which lies in another day west of Greenwich.
    pub const START_DATE: &'static str = "start_date";
    /// The first day after it.
    pub const END_DATE: &'static str = "end_date";

    /// The names that a report with a period cannot give to its own parameters.
    pub const NAMES: [&'static str; 4] = [Self::START, Self::END, Self::START_DATE, Self::END_DATE];

    /// The last period that was complete at a moment, half-open.
    pub(super) fn last_complete(self, clock: Clock) -> (DateTime<Utc>, DateTime<Utc>) {
        let today = self.day(clock.moment());
        let end = self.grain.first_day(today);
        let start = self.grain.first_day(end.pred_opt().unwrap_or(end));
        (self.midnight(start), self.midnight(end))
    }

    /// The day that a moment lies in, where the report is at home.
    pub(super) fn day(self, moment: DateTime<Utc>) -> NaiveDate {
        moment.with_timezone(&self.timezone).date_naive()
    }

    /// The first moment of a day. Where clocks skip midnight, the day begins when they go on.
    pub(super) fn midnight(self, day: NaiveDate) -> DateTime<Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        let mut quarters = (0..8).map(|quarter| midnight + TimeDelta::minutes(15 * quarter));
        quarters
            .find_map(|time| self.timezone.from_local_datetime(&time).earliest())
            .map_or_else(|| midnight.and_utc(), |moment| moment.to_utc())
    }
}

impl Grain {
    /// Its name, as a header writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The first day of the period that a day lies in.
    fn first_day(self, day: NaiveDate) -> NaiveDate {
        let of_month = day.with_day(1).unwrap_or(day);
        let first = match self {
            Self::Day => Some(day),
            Self::Week => {
                day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))
            }
            Self::Month => Some(of_month),
            Self::Quarter => of_month.checked_sub_months(Months::new(day.month0() % 3)),
            Self::Year => of_month.with_month(1),
        };
        first.unwrap_or(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(grain: Grain, timezone: Tz, at: &str) -> (String, String) {
        let (start, end) = Period { grain, timezone }.last_complete(Clock::parse(at).unwrap());
        (start.to_rfc3339(), end.to_rfc3339())
    }

    fn days(grain: Grain, at: &str) -> (String, String) {
        let (start, end) = last(grain, Tz::UTC, at);
        (start[..10].to_owned(), end[..10].to_owned())
    }

    fn pair(start: &str, end: &str) -> (String, String) {
        (start.to_owned(), end.to_owned())
    }

    #[test]
    fn the_period_before_this_one_is_the_last_complete_one() {
        let at = "2026-05-13T12:00:00";
        assert_eq!(days(Grain::Day, at), pair("2026-05-12", "2026-05-13"));
        // 2026-05-13 is a Wednesday.
        assert_eq!(days(Grain::Week, at), pair("2026-05-04", "2026-05-11"));
        assert_eq!(days(Grain::Month, at), pair("2026-04-01", "2026-05-01"));
        assert_eq!(days(Grain::Quarter, at), pair("2026-01-01", "2026-04-01"));
        assert_eq!(days(Grain::Year, at), pair("2025-01-01", "2026-01-01"));
    }

    #[test]
    fn a_period_is_complete_at_its_end() {
        assert_eq!(days(Grain::Month, "2026-01-01"), pair("2025-12-01", "2026-01-01"));
        assert_eq!(days(Grain::Month, "2026-01-31T23:59:59"), pair("2025-12-01", "2026-01-01"));
    }

    #[test]
    fn midnight_is_local_in_summer_and_in_winter() {
        let expected = pair("2026-02-28T23:00:00+00:00", "2026-03-31T22:00:00+00:00");
        assert_eq!(last(Grain::Month, Tz::Europe__Berlin, "2026-04-15"), expected);
        // It is still March in New York when April has begun in UTC.
        let expected = pair("2026-02-01T05:00:00+00:00", "2026-03-01T05:00:00+00:00");
        assert_eq!(last(Grain::Month, Tz::America__New_York, "2026-04-01T01:00:00"), expected);
    }

    #[test]
    fn a_day_without_midnight_begins_when_the_clocks_go_on() {
        // In Beirut clocks went from 00:00 to 01:00 on 2022-03-27, which was 22:00 UTC the day before.
        let period = Period { grain: Grain::Day, timezone: Tz::Asia__Beirut };
        let day = NaiveDate::from_ymd_opt(2022, 3, 27).unwrap();
        assert_eq!(period.midnight(day).to_rfc3339(), "2022-03-26T22:00:00+00:00");
    }
}
