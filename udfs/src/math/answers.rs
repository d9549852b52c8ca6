//! Which of any number of conditions were met at least once.

use super::{Bits, Overflow, Part};

/// A set of conditions that have been met, one bit each, and how many conditions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answers<W, const WORDS: usize> {
    /// Bit `n` of all words one after the other is set once condition `n` was met.
    pub met: [W; WORDS],
    /// How many conditions there are; 0 where no part says so.
    pub conditions: W,
}

impl<W: Bits, const WORDS: usize> Default for Answers<W, WORDS> {
    fn default() -> Self {
        Self { met: [W::default(); WORDS], conditions: W::default() }
    }
}

impl<W: Bits, const WORDS: usize> Answers<W, WORDS> {
    /// Notes which conditions were met this time.
    pub fn note(&mut self, met: [W; WORDS]) {
        for (all, met) in self.met.iter_mut().zip(met) {
            *all |= met;
        }
    }

    /// Whether condition `index` was ever met.
    #[must_use]
    pub fn holds(&self, index: usize) -> bool {
        let bits = W::BITS as usize;
        self.met.get(index / bits).is_some_and(|&met| met.into() >> (index % bits) & 1 == 1)
    }
}

impl<W: Bits, const WORDS: usize> Part for Answers<W, WORDS> {
    // A condition that two parts met would be lost by taking out one of them.
    const SUBTRACTS: bool = false;

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        if other.conditions.into() > self.conditions.into() {
            self.conditions = other.conditions;
        }
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
        let mut some = Answers::<u64, 2>::default();
        some.note([1, 0]);
        let mut others = Answers { conditions: 128, ..Answers::default() };
        others.note([0, 1 << 63]);
        some.merge(&others).unwrap();
        let met: Vec<_> = (0..200).filter(|&index| some.holds(index)).collect();
        assert_eq!((met, some.conditions), (vec![0, 127], 128));
    }

    #[test]
    fn eight_conditions_fit_into_a_byte() {
        let mut some = Answers::<u8, 1>::default();
        some.note([0b1000_0010]);
        some.merge(&Answers { met: [1], conditions: 8 }).unwrap();
        let met: Vec<_> = (0..20).filter(|&index| some.holds(index)).collect();
        assert_eq!((met, some.conditions), (vec![0, 1, 7], 8));
    }
}
