//! A share: how many of how many.

use super::{Overflow, Part};

/// `hits` out of `total`, both exact. The division happens once, in [`Ratio::percent`].
///
/// `hits` may exceed `total` (interactions per audience can), so nothing here forbids it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ratio {
    /// The numerator.
    pub hits: u64,
    /// The denominator.
    pub total: u64,
}

impl Ratio {
    /// Counts one more case, and one more hit if it is one.
    pub fn record(&mut self, hit: bool) {
        self.hits += u64::from(hit);
        self.total += 1;
    }

    /// Adds counts that were made elsewhere.
    pub fn add(&mut self, hits: u64, total: u64) -> Result<(), Overflow> {
        self.hits = self.hits.checked_add(hits).ok_or(Overflow)?;
        self.total = self.total.checked_add(total).ok_or(Overflow)?;
        Ok(())
    }

    /// `hits / total` in percent, or `None` of nothing.
    #[must_use]
    pub fn percent(&self) -> Option<f64> {
        percent(i128::from(self.hits), self.total)
    }

    /// `hits / total`, or `None` of nothing.
    #[must_use]
    pub fn quotient(&self) -> Option<f64> {
        (self.total > 0).then(|| self.hits as f64 / self.total as f64)
    }

    /// The change from `total` to `hits` in percent of `total`, or `None` of nothing.
    #[must_use]
    pub fn percent_change(&self) -> Option<f64> {
        percent(i128::from(self.hits) - i128::from(self.total), self.total)
    }
}

impl Part for Ratio {
    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.add(other.hits, other.total)
    }

    fn subtract(&mut self, other: &Self) {
        self.hits = self.hits.saturating_sub(other.hits);
        self.total = self.total.saturating_sub(other.total);
    }
}

/// `100 * part / whole`. Multiplying the integer first keeps round percentages exact.
pub(super) fn percent(part: i128, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part * 100) as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_share() {
        assert_eq!(Ratio::default().percent(), None);
        assert_eq!(Ratio { hits: 3, total: 0 }.percent(), None);
    }

    #[test]
    fn round_percentages_are_exact() {
        // 29 / 100 * 100 in floating point is 28.999999999999996.
        assert_eq!(Ratio { hits: 29, total: 100 }.percent(), Some(29.0));
    }

    #[test]
    fn change_can_be_negative() {
        let shrunk = Ratio { hits: 750, total: 1000 };
        assert_eq!(shrunk.percent_change(), Some(-25.0));
    }

    #[test]
    fn largest_counts_neither_wrap_nor_lose_the_share() {
        let mut most = Ratio { hits: u64::MAX, total: u64::MAX };
        assert_eq!(most.percent(), Some(100.0));
        assert_eq!(most.add(1, 0), Err(Overflow));
    }
}
