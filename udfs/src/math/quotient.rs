//! One sum over another.

use super::{Overflow, Part, Sum};

/// A sum, and the sum it is measured against. The division happens once, at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quotient {
    /// The numerator.
    pub part: Sum,
    /// The denominator.
    pub whole: Sum,
}

impl Quotient {
    /// Adds to both.
    pub fn add(&mut self, part: f64, whole: f64) {
        self.part.add(part);
        self.whole.add(whole);
    }

    /// `part / whole`, or `None` where `whole` is zero.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let whole = self.whole.value();
        (whole != 0.0).then(|| self.part.value() / whole)
    }

    /// `part / whole` in percent, or `None` where `whole` is zero.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        let whole = self.whole.value();
        (whole != 0.0).then(|| percent_of(self.part.value(), whole))
    }

    /// `(part - whole) / whole` in percent, or `None` where `whole` is zero.
    #[must_use]
    pub fn percent_change(&self) -> Option<f64> {
        let whole = self.whole.value();
        let mut change = self.part;
        change.subtract(&self.whole);
        (whole != 0.0).then(|| percent_of(change.value(), whole))
    }
}

/// `part` in percent of `whole`. Multiplying first keeps round percentages exact, unless that leaves
/// the range of numbers.
pub(super) fn percent_of(part: f64, whole: f64) -> f64 {
    let hundredfold = 100.0 * part;
    if hundredfold.is_finite() { hundredfold / whole } else { part / whole * 100.0 }
}

impl Part for Quotient {
    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.part.merge(&other.part)?;
        self.whole.merge(&other.whole)
    }

    fn subtract(&mut self, other: &Self) {
        self.part.subtract(&other.part);
        self.whole.subtract(&other.whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_quotient() {
        let mut gain = Quotient::default();
        gain.add(5.0, 0.0);
        assert_eq!((gain.value(), gain.percent(), gain.percent_change()), (None, None, None));
    }

    #[test]
    fn the_largest_numbers_have_a_share() {
        let mut share = Quotient::default();
        share.add(1e307, 1e307);
        assert_eq!(share.percent(), Some(100.0));
    }

    #[test]
    fn change_is_measured_against_the_whole() {
        let mut roi = Quotient::default();
        roi.add(150.0, 100.0);
        assert_eq!((roi.value(), roi.percent_change()), (Some(1.5), Some(50.0)));
    }
}
