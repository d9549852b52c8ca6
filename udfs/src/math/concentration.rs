//! How much of a total few contribute.

use super::Sum;
use super::quotient::percent_of;

/// The share, in percent, that the top `top_share` percent of `amounts` have in their total. That
/// many are rounded up to whole ones. `None` where the total is not positive.
#[must_use]
pub fn concentration(amounts: &mut [f64], top_share: f64) -> Option<f64> {
    amounts.sort_unstable_by(|a, b| b.total_cmp(a));
    let sum = |amounts: &[f64]| {
        let mut sum = Sum::default();
        for &amount in amounts {
            sum.add(amount);
        }
        sum.value()
    };
    let total = sum(amounts);
    // 7 % of 300 is a little more than 21 in floating point.
    let wanted = (amounts.len() as f64 * top_share / 100.0 - 1e-9).ceil();
    let top = (1..=amounts.len()).find(|&count| count as f64 >= wanted)?;
    // A total beyond the range of numbers is not no revenue.
    (total > 0.0 || total.is_nan()).then(|| percent_of(sum(&amounts[..top]), total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_fifth_of_ten_are_two() {
        let mut amounts = [1.0, 50.0, 2.0, 30.0, 3.0, 4.0, 5.0, 1.0, 2.0, 2.0];
        assert_eq!(concentration(&mut amounts, 20.0), Some(80.0));
        assert_eq!(concentration(&mut amounts, 11.0), Some(80.0));
        assert_eq!(concentration(&mut amounts, 1.0), Some(50.0));
    }

    #[test]
    fn round_shares_of_many_are_not_rounded_up() {
        assert_eq!(concentration(&mut [1.0; 300], 7.0), Some(7.0));
    }

    #[test]
    fn no_total_has_no_share() {
        assert_eq!(concentration(&mut [], 20.0), None);
        assert_eq!(concentration(&mut [5.0, -5.0], 20.0), None);
    }
}
