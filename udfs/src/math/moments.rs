//! Mean and spread of numbers, the same to the last digits in whatever order they come.

use super::{Overflow, Part, Sum};

/// Mean and spread of some numbers: their sum, and the sum of their squares, each with all the
/// digits that its additions and multiplications would round away. That leaves enough of them when
/// the one is taken off the other, which sums of plain squares do not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    /// How many numbers.
    pub count: u64,
    /// Their sum.
    pub sum: Sum,
    /// The sum of their squares.
    pub squares: Sum,
}

impl Moments {
    /// Takes in a number.
    pub fn record(&mut self, value: f64) {
        self.count += 1;
        self.sum.add(value);
        let (square, error) = product(value, value);
        self.squares.add(square);
        self.squares.compensation += error;
    }

    /// The mean, or `None` of no numbers.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum.value() / self.count as f64)
    }

    /// The variance of the population they were drawn from; none of fewer than two.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.spread() / (self.count - 1) as f64)
    }

    /// The standard error of the mean; none of fewer than two.
    #[must_use]
    pub fn standard_error(&self) -> Option<f64> {
        Some((self.variance()? / self.count as f64).sqrt())
    }

    /// The sum of the squared distances from the mean: squares - sum^2 / count.
    fn spread(&self) -> f64 {
        let n = self.count as f64;
        let (sum, below) = self.sum.parts();
        let (squares, squares_below) = self.squares.parts();
        let (square, error) = product(sum, sum);
        let quotient = square / n;
        let (back, back_error) = product(quotient, n);
        let rest = (square - back - back_error + error + 2.0 * sum * below) / n;
        let spread = (squares - quotient) + (squares_below - rest);
        // What the last of some 106 bits leaves is rounding and not spread: numbers that are all
        // the same do not vary. What is beyond numbers (NaN) is not nothing, though.
        if spread < squares * n * ROUNDING { 0.0 } else { spread }
    }
}

/// More than an addition or a multiplication rounds away, as a part of the result: 2^-100.
const ROUNDING: f64 = 7.888_609_052_210_118e-31;

/// A product, and what rounding took off it (Dekker's method with Veltkamp's split, which needs no
/// fused multiplication: not every processor has one).
fn product(a: f64, b: f64) -> (f64, f64) {
    let split = |value: f64| {
        let scaled = 134_217_729.0 * value;
        let high = scaled - (scaled - value);
        (high, value - high)
    };
    let ((a_high, a_low), (b_high, b_low)) = (split(a), split(b));
    let rounded = a * b;
    let error = ((a_high * b_high - rounded) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (rounded, error)
}

impl Part for Moments {
    // A value that dwarfed the others took the digits of their squares with it.
    const SUBTRACTS: bool = false;

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.count = self.count.checked_add(other.count).ok_or(Overflow)?;
        self.sum.merge(&other.sum)?;
        self.squares.merge(&other.squares)
    }

    fn subtract(&mut self, _: &Self) {}
}

/// The sum of the first numbers of some pairs over the sum of the second ones, with its standard
/// error by the delta method, which fewer than two pairs do not have. `None` where the second
/// numbers add up to zero.
#[must_use]
pub fn ratio_of_pairs(pairs: &[(f64, f64)]) -> Option<(f64, Option<f64>)> {
    let total = |numbers: &mut dyn Iterator<Item = f64>| {
        let mut sum = Sum::default();
        for number in numbers {
            sum.add(number);
        }
        sum.value()
    };
    let below = total(&mut pairs.iter().map(|pair| pair.1));
    if below == 0.0 {
        return None;
    }
    let ratio = total(&mut pairs.iter().map(|pair| pair.0)) / below;
    let n = pairs.len() as f64;
    let error = (pairs.len() > 1).then(|| {
        let spread = total(&mut pairs.iter().map(|(x, y)| (x - ratio * y).powi(2)));
        (spread / (n - 1.0) * n).sqrt() / below.abs()
    });
    Some((ratio, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        for &value in values {
            moments.record(value);
        }
        moments
    }

    #[test]
    fn variance_is_that_of_the_textbook() {
        // Mean 5, squared distances 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 7.
        let eight = moments(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!(eight.mean(), Some(5.0));
        assert_eq!(eight.variance(), Some(32.0 / 7.0));
        assert_eq!(moments(&[3.0]).variance(), None);
    }

    #[test]
    fn a_large_offset_changes_nothing() {
        for (offset, precision) in [(1e6, 1e-14), (1e9, 1e-12), (1e12, 1e-6)] {
            let far = moments(&[offset + 1.0, offset + 2.0, offset + 4.0]);
            assert!((far.variance().unwrap() - 7.0 / 3.0).abs() < precision, "{far:?}");
        }
    }

    #[test]
    fn numbers_that_are_all_the_same_do_not_vary() {
        assert_eq!(moments(&[0.1; 1000]).variance(), Some(0.0));
    }

    #[test]
    fn a_ratio_of_equal_pairs_is_certain() {
        let (ratio, error) = ratio_of_pairs(&[(1.0, 10.0), (2.0, 20.0), (7.0, 70.0)]).unwrap();
        assert!((ratio - 0.1).abs() < 1e-16);
        assert!(error.unwrap() < 1e-15);
        assert_eq!(ratio_of_pairs(&[(1.0, 2.0), (1.0, -2.0)]), None);
    }
}
