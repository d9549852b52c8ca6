//! Who came and who went.

use super::distribution::normal_quantile;
use super::{Interval, Overflow, Part};

/// The customers there were, those of them who left, and those who came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turnover {
    /// Customers at the start.
    pub start: u64,
    /// Those of them who left.
    pub lost: u64,
    /// Customers who came.
    pub new: u64,
}

impl Turnover {
    /// The growth in percent, with its interval: who leaves is a binomial count of those at the
    /// start, who comes a Poisson count. `None` of no customers at the start.
    #[must_use]
    pub fn growth(&self, level: f64) -> Option<Interval> {
        let (start, lost, new) = (self.start as f64, self.lost as f64, self.new as f64);
        let half =
            100.0 * normal_quantile(level) * (new + lost * (1.0 - lost / start)).sqrt() / start;
        let gained = i128::from(self.new) - i128::from(self.lost);
        (self.start > 0).then(|| {
            let estimate = (gained * 100) as f64 / start;
            Interval {
                estimate,
                low: Some((estimate - half).max(-100.0)),
                high: Some(estimate + half),
                n: self.start,
            }
        })
    }
}

impl Part for Turnover {
    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.start = self.start.checked_add(other.start).ok_or(Overflow)?;
        self.lost = self.lost.checked_add(other.lost).ok_or(Overflow)?;
        self.new = self.new.checked_add(other.new).ok_or(Overflow)?;
        Ok(())
    }

    fn subtract(&mut self, other: &Self) {
        self.start = self.start.saturating_sub(other.start);
        self.lost = self.lost.saturating_sub(other.lost);
        self.new = self.new.saturating_sub(other.new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_who_come_and_who_leave_are_left_to_chance() {
        // By hand: 100 lost 19, whose variance is 19 * 0.81 = 15.39, and won 10: variance 25.39.
        let growth = Turnover { start: 100, lost: 19, new: 10 }.growth(0.95).unwrap();
        assert!((growth.estimate + 9.0).abs() < 1e-12);
        let half = 1.959_963_984_540_054 * 25.39_f64.sqrt();
        assert!((growth.high.unwrap() - (half - 9.0)).abs() < 1e-12);
        assert!((growth.low.unwrap() - (-half - 9.0)).abs() < 1e-12);
    }
}
