//! A sum of floating-point numbers that does not depend on their order.

use super::{Overflow, Part};

/// A compensated sum: the rounding error of every addition is kept beside the sum.
///
/// Money added in another order, on another number of threads or on another machine gives the
/// same total, and numbers taken out again leave nothing behind: the two parts together hold some
/// 106 bits, so this ends only where addends differ by more than some fifteen orders of magnitude. The
/// method is Neumaier's, with Knuth's branch-free two-sum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    /// The rounded sum.
    pub sum: f64,
    /// What rounding has dropped from `sum` so far.
    pub compensation: f64,
}

impl Sum {
    /// Adds a number.
    pub fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        let addend = sum - self.sum;
        let error = (self.sum - (sum - addend)) + (value - addend);
        self.sum = sum;
        self.compensation += error;
    }

    /// The total, rounded once. Infinite or NaN when a partial sum left the range of `f64`.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.sum + self.compensation
    }

    /// The total, and what rounding takes off it: the same two numbers in whatever order the
    /// addends came.
    pub(super) fn parts(&self) -> (f64, f64) {
        let total = self.value();
        (total, (self.sum - total) + self.compensation)
    }
}

impl Part for Sum {
    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.add(other.sum);
        self.compensation += other.compensation;
        Ok(())
    }

    fn subtract(&mut self, other: &Self) {
        self.add(-other.sum);
        self.compensation -= other.compensation;
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exactness is what is tested")]
mod tests {
    use super::*;

    fn total(values: &[f64]) -> f64 {
        let mut sum = Sum::default();
        for &value in values {
            sum.add(value);
        }
        sum.value()
    }

    #[test]
    fn small_numbers_survive_large_ones() {
        // Neumaier's example: plain addition gives 0.
        assert_eq!(total(&[1.0, 1e100, 1.0, -1e100]), 2.0);
    }

    #[test]
    fn tenths_add_up() {
        assert_eq!(total(&[0.1; 10]), 1.0);
    }

    #[test]
    fn what_is_taken_out_leaves_nothing() {
        let mut sum = Sum::default();
        let mut large = Sum::default();
        large.add(1e17);
        sum.add(0.25);
        sum.merge(&large).unwrap();
        sum.subtract(&large);
        assert_eq!(sum.value(), 0.25);
    }
}
