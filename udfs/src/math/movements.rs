//! What becomes of recurring revenue from one period to the next.

use super::{Overflow, Part, Sum};

/// The sums that an account of recurring revenue is made of, each a positive amount.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MovementSums {
    /// Revenue before.
    pub opening: Sum,
    /// Of customers who had never paid.
    pub new: Sum,
    /// More from customers who paid before.
    pub expansion: Sum,
    /// Less from customers who still pay.
    pub contraction: Sum,
    /// Of customers who stopped.
    pub churned: Sum,
    /// Of customers who had stopped and pay again.
    pub reactivated: Sum,
    /// Customers.
    pub n: u64,
}

/// The account of recurring revenue.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Movements {
    /// Revenue before.
    pub opening: f64,
    /// Of customers who had never paid.
    pub new: f64,
    /// More from customers who paid before.
    pub expansion: f64,
    /// Less from customers who still pay.
    pub contraction: f64,
    /// Of customers who stopped.
    pub churned: f64,
    /// Of customers who had stopped and pay again.
    pub reactivated: f64,
    /// Revenue after.
    pub closing: f64,
    /// Customers.
    pub n: u64,
}

impl MovementSums {
    /// Takes in what a customer paid before and pays now.
    pub fn record(&mut self, before: f64, after: f64, paid_earlier: bool) {
        self.n += 1;
        self.opening.add(before);
        let (sum, amount) = match (before > 0.0, after > 0.0) {
            (true, false) => (&mut self.churned, before),
            (false, true) if paid_earlier => (&mut self.reactivated, after),
            (false, true) => (&mut self.new, after),
            _ if after >= before => (&mut self.expansion, after - before),
            _ => (&mut self.contraction, before - after),
        };
        sum.add(amount);
    }

    /// The account, or `None` of no customers.
    #[must_use]
    pub fn account(&self) -> Option<Movements> {
        let mut closing = self.opening;
        for gained in [&self.new, &self.expansion, &self.reactivated] {
            // Sums of money do not overflow: they become infinite, which is reported.
            closing.merge(gained).ok()?;
        }
        closing.subtract(&self.contraction);
        closing.subtract(&self.churned);
        (self.n > 0).then(|| Movements {
            opening: self.opening.value(),
            new: self.new.value(),
            expansion: self.expansion.value(),
            contraction: self.contraction.value(),
            churned: self.churned.value(),
            reactivated: self.reactivated.value(),
            closing: closing.value(),
            n: self.n,
        })
    }
}

impl Part for MovementSums {
    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.n = self.n.checked_add(other.n).ok_or(Overflow)?;
        self.opening.merge(&other.opening)?;
        self.new.merge(&other.new)?;
        self.expansion.merge(&other.expansion)?;
        self.contraction.merge(&other.contraction)?;
        self.churned.merge(&other.churned)?;
        self.reactivated.merge(&other.reactivated)
    }

    fn subtract(&mut self, other: &Self) {
        self.n = self.n.saturating_sub(other.n);
        self.opening.subtract(&other.opening);
        self.new.subtract(&other.new);
        self.expansion.subtract(&other.expansion);
        self.contraction.subtract(&other.contraction);
        self.churned.subtract(&other.churned);
        self.reactivated.subtract(&other.reactivated);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_worked_by_hand_balances() {
        let mut sums = MovementSums::default();
        // A, B, C, E, D (new), F (had paid in November).
        let customers = [
            (100.0, 130.0, true),
            (50.0, 30.0, true),
            (80.0, 0.0, true),
            (20.0, 20.0, true),
            (0.0, 60.0, false),
            (0.0, 40.0, true),
        ];
        for (before, after, earlier) in customers {
            sums.record(before, after, earlier);
        }
        let expected = Movements {
            opening: 250.0,
            new: 60.0,
            expansion: 30.0,
            contraction: 20.0,
            churned: 80.0,
            reactivated: 40.0,
            closing: 280.0,
            n: 6,
        };
        assert_eq!(sums.account(), Some(expected));
    }
}
