//! The two years of the lake: days and seconds since 1970-01-01 UTC, and the 24 months.

/// Days since 1970-01-01.
pub(super) type Day = i64;
/// Seconds since 1970-01-01 00:00 UTC.
pub(super) type Instant = i64;

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// 2024-01-01, a Monday.
pub(super) const FIRST_DAY: Day = 19_723;
/// 2026-01-01 00:00 UTC: the lake knows nothing that happened later.
pub(super) const END: Instant = (FIRST_DAY + 731) * DAY;

const MONTH_LENGTHS: [i64; 24] = [
    31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, //
    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
];

/// Working hours carry most of the traffic of a company that sells to offices.
const HOUR_WEIGHTS: [(i64, i64); 17] = [
    (6, 2),
    (7, 5),
    (8, 10),
    (9, 14),
    (10, 14),
    (11, 12),
    (12, 8),
    (13, 10),
    (14, 12), //
    (15, 11),
    (16, 9),
    (17, 6),
    (18, 4),
    (19, 3),
    (20, 3),
    (21, 2),
    (22, 1),
];

/// A month of the lake, counted from 2024-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(usize);

impl Month {
    pub(super) const COUNT: usize = MONTH_LENGTHS.len();

    pub(super) const fn of(year: usize, month: usize) -> Self {
        Self((year - 2024) * 12 + month - 1)
    }

    pub(super) fn all() -> impl DoubleEndedIterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// The month of a day of the lake; days outside fall into the first or the last month.
    pub(super) fn of_day(day: Day) -> Self {
        Self::all().rev().find(|month| month.first_day() <= day).unwrap_or(Self(0))
    }

    pub(super) fn index(self) -> usize {
        self.0
    }

    /// The index, for arithmetic.
    pub(super) fn number(self) -> i64 {
        i64::try_from(self.0).unwrap_or_default()
    }

    pub(super) fn calendar_index(self) -> usize {
        self.0 % 12
    }

    pub(super) fn year(self) -> usize {
        2024 + self.0 / 12
    }

    /// The following month, unless the lake ends first.
    pub(super) fn next(self) -> Option<Self> {
        (self.0 + 1 < Self::COUNT).then_some(Self(self.0 + 1))
    }

    pub(super) fn first_day(self) -> Day {
        FIRST_DAY + MONTH_LENGTHS[..self.0].iter().sum::<i64>()
    }

    pub(super) fn length(self) -> i64 {
        MONTH_LENGTHS[self.0]
    }

    pub(super) fn days(self) -> std::ops::Range<Day> {
        self.first_day()..self.first_day() + self.length()
    }

    /// `2024-01`, the name of a partition.
    pub(super) fn label(self) -> String {
        format!("{}-{:02}", self.year(), self.calendar_index() + 1)
    }
}

/// 0 is Monday.
pub(super) fn weekday(day: Day) -> i64 {
    (day - FIRST_DAY).rem_euclid(7)
}

pub(super) fn day_of(instant: Instant) -> Day {
    instant.div_euclid(DAY)
}

/// A moment of that day, mostly in working hours.
pub(super) fn working_moment(dice: &mut super::dice::Dice, day: Day) -> Instant {
    day * DAY + dice.weighted(&HOUR_WEIGHTS) * HOUR + dice.below(HOUR)
}

/// None when the lake ends before it happens.
pub(super) fn if_known(instant: Instant) -> Option<Instant> {
    (instant < END).then_some(instant)
}
