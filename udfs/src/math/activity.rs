//! In which periods after the first a customer was there.

use super::{Overflow, Part};

/// Periods, counted from the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// The first period.
    pub first: i32,
    /// The last one.
    pub last: i32,
    /// Bit `k` is set for the period `k` after the first; 0 before anything happened.
    pub early: u64,
    /// The 64 periods after those.
    pub late: u64,
}

impl Activity {
    /// How many periods have a bit. Later ones are forgotten, but for the last.
    pub const SPAN: u32 = 128;

    /// Notes that the customer was there.
    #[inline]
    pub fn note(&mut self, period: i32) {
        if self.early == 0 {
            *self = Self { first: period, last: period, early: 1, late: 0 };
            return;
        }
        if period < self.first {
            self.move_to(period);
        }
        self.last = self.last.max(period);
        match self.first.abs_diff(period) {
            after @ 0..64 => self.early |= 1 << after,
            after @ 64..128 => self.late |= 1 << (after - 64),
            _ => {}
        }
    }

    /// Counts from an earlier period.
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
    fn move_to(&mut self, first: i32) {
        let moved = self.bits().unbounded_shl(self.first.abs_diff(first)) | 1;
        (self.early, self.late, self.first) = (moved as u64, (moved >> 64) as u64, first);
    }

    fn bits(&self) -> u128 {
        u128::from(self.late) << 64 | u128::from(self.early)
    }

    /// Whether the customer was there so many periods after the first.
    #[must_use]
    pub fn holds(&self, after: u32) -> bool {
        self.bits().unbounded_shr(after) & 1 == 1
    }

    /// Whether the customer was there so many periods after the first, or later.
    #[must_use]
    pub fn holds_from(&self, after: u32) -> bool {
        self.early != 0 && self.last.abs_diff(self.first) >= after
    }
}

impl Part for Activity {
    // A period that two parts have in common would be lost by taking out one of them.
    const SUBTRACTS: bool = false;

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        if other.early == 0 {
            return Ok(());
        }
        let mut other = *other;
        if self.early == 0 {
            *self = other;
        } else if other.first < self.first {
            std::mem::swap(self, &mut other);
        }
        let bits = other.bits().unbounded_shl(other.first.abs_diff(self.first));
        #[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
        let halves = (bits as u64, (bits >> 64) as u64);
        self.early |= halves.0;
        self.late |= halves.1;
        self.last = self.last.max(other.last);
        Ok(())
    }

    fn subtract(&mut self, _: &Self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_what_happened_does_not_matter() {
        let periods = [5, 7, -60, 68, 200, 5];
        let mut forwards = Activity::default();
        for period in periods {
            forwards.note(period);
        }
        let mut backwards = Activity::default();
        for period in periods.into_iter().rev() {
            backwards.note(period);
        }
        assert_eq!(forwards, backwards);
        let there: Vec<_> = (0..300).filter(|after| forwards.holds(*after)).collect();
        // 200 is 260 after the first, which has no bit.
        assert_eq!(there, [0, 65, 67]);
        assert!(forwards.holds_from(260) && !forwards.holds_from(261));
        for split in 0..=periods.len() {
            let (mut one, mut other) = (Activity::default(), Activity::default());
            for (at, period) in periods.into_iter().enumerate() {
                if at < split { one.note(period) } else { other.note(period) }
            }
            one.merge(&other).unwrap();
            let same = |after| one.holds(after) == forwards.holds(after);
            assert!((0..128).all(same), "{split}");
            assert_eq!((one.first, one.last), (-60, 200));
        }
    }
}
