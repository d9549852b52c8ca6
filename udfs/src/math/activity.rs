//! In which periods after the first a customer was there.

use super::{Overflow, Part};

/// In which periods somebody was there.
pub trait Periods: Part + Copy {
    /// Notes that the customer was there.
    fn note(&mut self, period: i32);

    /// The first period.
    fn first(&self) -> i32;

    /// The last one that is known of.
    fn last(&self) -> i32;

    /// Whether the customer was there so many periods after the first.
    fn holds(&self, after: u32) -> bool;

    /// Whether the customer was there so many periods after the first, or later.
    fn holds_from(&self, after: u32) -> bool;
}

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

    /// Counts from an earlier period.
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
    fn move_to(&mut self, first: i32) {
        let moved = self.bits().unbounded_shl(self.first.abs_diff(first)) | 1;
        (self.early, self.late, self.first) = (moved as u64, (moved >> 64) as u64, first);
    }

    fn bits(&self) -> u128 {
        u128::from(self.late) << 64 | u128::from(self.early)
    }
}

impl Periods for Activity {
    #[inline]
    fn note(&mut self, period: i32) {
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

    fn first(&self) -> i32 {
        self.first
    }

    fn last(&self) -> i32 {
        self.last
    }

    fn holds(&self, after: u32) -> bool {
        self.bits().unbounded_shr(after) & 1 == 1
    }

    fn holds_from(&self, after: u32) -> bool {
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

/// The first few periods, counted from the first. Later ones are forgotten, the last included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShortActivity {
    /// The first period.
    pub first: i32,
    /// Bit `k` is set for the period `k` after the first; 0 before anything happened.
    pub early: u32,
}

impl ShortActivity {
    /// How many periods have a bit.
    pub const SPAN: u32 = 32;
}

impl Periods for ShortActivity {
    #[inline]
    fn note(&mut self, period: i32) {
        // Nothing is guessed here: whether a period is earlier is as good as random.
        let first = if self.early == 0 { period } else { self.first.min(period) };
        self.early = self.early.unbounded_shl(self.first.abs_diff(first))
            | 1_u32.unbounded_shl(period.abs_diff(first));
        self.first = first;
    }

    fn first(&self) -> i32 {
        self.first
    }

    fn last(&self) -> i32 {
        self.first.saturating_add_unsigned(self.early.checked_ilog2().unwrap_or(0))
    }

    fn holds(&self, after: u32) -> bool {
        self.early.unbounded_shr(after) & 1 == 1
    }

    fn holds_from(&self, after: u32) -> bool {
        self.early.unbounded_shr(after) != 0
    }
}

impl Part for ShortActivity {
    // A period that two parts have in common would be lost by taking out one of them.
    const SUBTRACTS: bool = false;

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        if other.early == 0 {
            return Ok(());
        }
        self.note(other.first);
        self.early |= other.early.unbounded_shl(self.first.abs_diff(other.first));
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

    #[test]
    fn the_first_periods_are_the_same_in_short() {
        let mut random = 1_u64;
        for _ in 0..2000 {
            let mut parts = [(); 2].map(|()| (Activity::default(), ShortActivity::default()));
            for _ in 0..random % 7 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let (period, part) = ((random >> 40) % 60, (random >> 33) as usize % 2);
                let period = i32::try_from(period).unwrap() - 20;
                parts[part].0.note(period);
                parts[part].1.note(period);
            }
            let [(mut all, mut short), (others, short_others)] = parts;
            all.merge(&others).unwrap();
            short.merge(&short_others).unwrap();
            assert_eq!(all.first, short.first);
            let same = |after| all.holds(after) == short.holds(after);
            assert!((0..ShortActivity::SPAN).all(same), "{all:?} {short:?}");
            random = random.wrapping_add(7);
        }
    }
}
