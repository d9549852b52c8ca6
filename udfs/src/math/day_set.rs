//! On which days something happened.

use super::{Overflow, Part};

/// Days within about four months, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DaySet {
    /// The day of the lowest bit, counted from 1970-01-01; never above the first day.
    pub first: i32,
    /// The days from `first` on.
    pub early: u64,
    /// The 64 days after those.
    pub late: u64,
}

impl DaySet {
    /// How many days apart the first and the last may be, at most, plus one.
    pub const SPAN: i32 = 128;

    /// A set of one day.
    #[must_use]
    pub fn of(day: i32) -> Self {
        Self { first: day, early: 1, late: 0 }
    }

    /// How many days.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.bits().count_ones()
    }

    /// Whether there is no day in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits() == 0
    }

    /// The first day and the last.
    #[must_use]
    pub fn ends(&self) -> Option<(i32, i32)> {
        let bits = self.bits();
        let day = |bit: u32| self.first.saturating_add_unsigned(bit);
        (bits != 0).then(|| (day(bits.trailing_zeros()), day(bits.ilog2())))
    }

    fn bits(&self) -> u128 {
        u128::from(self.late) << 64 | u128::from(self.early)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
    fn from_bits(first: i32, bits: u128) -> Self {
        Self { first, early: bits as u64, late: (bits >> 64) as u64 }
    }

    /// The bits as they stand when the lowest is `first`, if all of them fit.
    fn bits_from(&self, first: i32) -> Option<u128> {
        let shift = u32::try_from(i64::from(self.first) - i64::from(first)).ok()?;
        (shift <= self.bits().leading_zeros()).then(|| self.bits().unbounded_shl(shift))
    }
}

impl Part for DaySet {
    // A day that two parts have in common would be lost by taking out one of them.
    const SUBTRACTS: bool = false;

    /// Fails with [`Overflow`] where the days lie further apart than [`DaySet::SPAN`].
    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        let (Some((own, _)), Some((others, _))) = (self.ends(), other.ends()) else {
            if self.is_empty() {
                *self = *other;
            }
            return Ok(());
        };
        let first = own.min(others);
        let from = |set: &Self, start: i32| {
            let exact = Self::from_bits(start, set.bits().unbounded_shr(start.abs_diff(set.first)));
            exact.bits_from(first).ok_or(Overflow)
        };
        *self = Self::from_bits(first, from(self, own)? | from(other, others)?);
        Ok(())
    }

    fn subtract(&mut self, _: &Self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(days: &[i32]) -> Result<DaySet, Overflow> {
        let mut set = DaySet::default();
        days.iter().try_for_each(|&day| set.merge(&DaySet::of(day)))?;
        Ok(set)
    }

    #[test]
    fn a_day_counts_once_in_any_order() {
        let days = set(&[19_800, 19_790, 19_800, 19_917, 19_864]).unwrap();
        assert_eq!((days.len(), days.ends()), (4, Some((19_790, 19_917))));
        assert_eq!(days, set(&[19_917, 19_864, 19_800, 19_790]).unwrap());
        assert_eq!(set(&[-3, 5, 0]).unwrap().ends(), Some((-3, 5)));
    }

    #[test]
    fn days_too_far_apart_are_refused() {
        assert_eq!(set(&[0, 127]).unwrap().len(), 2);
        assert_eq!(set(&[0, 128]), Err(Overflow));
        assert_eq!(set(&[128, 0]), Err(Overflow));
        assert_eq!(set(&[i32::MIN, i32::MAX]), Err(Overflow));
    }

    #[test]
    fn nothing_changes_nothing() {
        let mut days = set(&[7]).unwrap();
        days.merge(&DaySet::default()).unwrap();
        assert_eq!((days.len(), days.ends()), (1, Some((7, 7))));
        assert!(set(&[]).unwrap().is_empty());
    }
}
