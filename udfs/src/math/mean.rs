//! An arithmetic mean.

use super::{Overflow, Part, Sum};

/// A sum and how many numbers went into it. The division happens once, in [`Mean::value`].
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Mean {
    /// The total of the numbers.
    pub total: Sum,
    /// How many numbers.
    pub count: u64,
}

impl Mean {
    /// Takes in a number.
    pub fn record(&mut self, value: f64) {
        self.total.add(value);
        self.count += 1;
    }

    /// Takes in one number that was itself added up, without rounding it first.
    pub fn record_sum(&mut self, value: &Sum) -> Result<(), Overflow> {
        self.merge(&Self { total: *value, count: 1 })
    }

    /// The mean, or `None` of no numbers.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.count > 0).then(|| self.total.value() / self.count as f64)
    }
}

impl Part for Mean {
    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.count = self.count.checked_add(other.count).ok_or(Overflow)?;
        self.total.merge(&other.total)
    }

    fn subtract(&mut self, other: &Self) {
        self.count = self.count.saturating_sub(other.count);
        self.total.subtract(&other.total);
        if self.count == 0 {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_numbers_have_no_mean() {
        assert_eq!(Mean::default().value(), None);
    }

    #[test]
    fn emptied_again_is_as_new() {
        let mut mean = Mean::default();
        mean.record(0.1);
        let part = mean;
        mean.subtract(&part);
        assert_eq!(mean, Mean::default());
    }
}
