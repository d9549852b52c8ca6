//! Which of several conditions were met at least once.

use super::{Overflow, Part};

/// A set of up to eight conditions that have been met, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Bit `n` is set once condition `n` was met.
    pub met: u8,
}

impl Conditions {
    /// Notes whether condition `index` was met this time.
    pub fn note(&mut self, index: u32, met: bool) {
        self.met |= u8::from(met) << index;
    }

    /// Whether condition `index` was ever met.
    #[must_use]
    pub fn holds(self, index: u32) -> bool {
        self.met >> index & 1 == 1
    }
}

impl Part for Conditions {
    // A condition that two parts met would be lost by taking out one of them.
    const SUBTRACTS: bool = false;

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.met |= other.met;
        Ok(())
    }

    fn subtract(&mut self, _: &Self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_once_met_stays_met() {
        let mut seen = Conditions::default();
        seen.note(1, true);
        seen.note(1, false);
        assert!(seen.holds(1));
        assert!(!seen.holds(0));
    }
}
