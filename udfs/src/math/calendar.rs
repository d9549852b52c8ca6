//! Days, weeks, months, quarters and years as whole numbers, and back.

/// How long a period is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Grain {
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
    /// A month of the calendar.
    #[default]
    Month,
    /// Three months of the calendar.
    Quarter,
    /// A year of the calendar.
    Year,
}

impl Grain {
    /// The number of the period in which a day lies. Days are counted from 1970-01-01.
    #[inline]
    #[must_use]
    pub fn period(self, day: i32) -> i32 {
        match self {
            Self::Day => day,
            // 1970-01-01 was a Thursday.
            Self::Week => day.saturating_add(3).div_euclid(7),
            Self::Month => month(day),
            Self::Quarter => month(day).div_euclid(3),
            Self::Year => month(day).div_euclid(12),
        }
    }

    /// The first day of a period.
    #[must_use]
    pub fn first_day(self, period: i32) -> i32 {
        match self {
            Self::Day => period,
            Self::Week => period.saturating_mul(7).saturating_sub(3),
            Self::Month => first_of_month(period),
            Self::Quarter => first_of_month(period.saturating_mul(3)),
            Self::Year => first_of_month(period.saturating_mul(12)),
        }
    }
}

/// The days of 400 years, after which the calendar repeats itself.
const ERA: i64 = 146_097;

/// From 0000-03-01, with which the years of this arithmetic begin so that a leap day is the last of
/// its year, to 1970-01-01.
const EPOCH: i64 = 719_468;

/// The months from the year 0 to that of a day. After Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms" (2013), `civil_from_days`.
fn month(day: i32) -> i32 {
    let day = i64::from(day) + EPOCH;
    let era = day.div_euclid(ERA);
    let of_era = day.rem_euclid(ERA);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let months = (era * 400 + year) * 12 + from_march + 2;
    i32::try_from(months).unwrap_or(i32::MAX)
}

/// The first day of a month, by the same source's `days_from_civil`.
fn first_of_month(month: i32) -> i32 {
    let from_march = i64::from(month) - 2;
    let (year, month) = (from_march.div_euclid(12), from_march.rem_euclid(12));
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let days = of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5;
    i32::try_from(era * ERA + days - EPOCH).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every day of five centuries, one after the other, as children learn it.
    #[test]
    fn days_lie_in_the_months_of_the_calendar() {
        let mut day = -135_140;
        for year in 1600..2100 {
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let february = if is_leap { 29 } else { 28 };
            let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (0..).zip(lengths) {
                if (year, month) == (1970, 0) {
                    assert_eq!(day, 0);
                }
                assert_eq!(Grain::Month.first_day(year * 12 + month), day, "{year}, {month}");
                for _ in 0..length {
                    assert_eq!(Grain::Month.period(day), year * 12 + month, "{day}");
                    assert_eq!(Grain::Quarter.period(day), year * 4 + month / 3, "{day}");
                    assert_eq!(Grain::Year.period(day), year, "{day}");
                    day += 1;
                }
            }
        }
    }

    #[test]
    fn a_period_begins_on_its_first_day() {
        for grain in [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
            for period in -30..3000 {
                let day = grain.first_day(period);
                assert_eq!(grain.period(day), period, "{grain:?}");
                assert_eq!(grain.period(day - 1), period - 1, "{grain:?}");
            }
        }
        // 2024-01-15 was a Monday.
        assert_eq!(Grain::Week.first_day(Grain::Week.period(19_740)), 19_737);
    }
}
