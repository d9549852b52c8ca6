//! Which of any number of conditions were met at least once.

use super::{Overflow, Part};

/// A set of conditions that have been met, one bit each, and how many conditions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers<const WORDS: usize> {
    /// Bit `n` of all words one after the other is set once condition `n` was met.
    pub met: [u64; WORDS],
    /// How many conditions there are; 0 where no part says so.
    pub conditions: u64,
}

impl<const WORDS: usize> Default for Answers<WORDS> {
    fn default() -> Self {
        Self { met: [0; WORDS], conditions: 0 }
    }
}

impl<const WORDS: usize> Answers<WORDS> {
    /// Notes which conditions were met this time.
    pub fn note(&mut self, met: [u64; WORDS]) {
        for (all, met) in self.met.iter_mut().zip(met) {
            *all |= met;
        }
    }

    /// Whether condition `index` was ever met.
    #[must_use]
    pub fn holds(&self, index: usize) -> bool {
        self.met.get(index / 64).is_some_and(|met| met >> (index % 64) & 1 == 1)
    }
}

impl<const WORDS: usize> Part for Answers<WORDS> {
    // A condition that two parts met would be lost by taking out one of them.
    const SUBTRACTS: bool = false;

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.conditions = self.conditions.max(other.conditions);
        self.note(other.met);
        Ok(())
    }

    fn subtract(&mut self, _: &Self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_both_parts_hold_in_any_word() {
        let mut some = Answers::<2>::default();
        some.note([1, 0]);
        let mut others = Answers { conditions: 128, ..Answers::default() };
        others.note([0, 1 << 63]);
        some.merge(&others).unwrap();
        let met: Vec<_> = (0..200).filter(|&index| some.holds(index)).collect();
        assert_eq!((met, some.conditions), (vec![0, 127], 128));
    }
}
