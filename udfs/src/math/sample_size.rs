//! How large a sample must be.

use super::distribution::normal_quantile;

/// Cases per group for a two-sided test of two proportions that finds `effect` with probability
/// `power`. All are shares, 0 to 1.
#[must_use]
pub fn sample_size(baseline: f64, effect: f64, power: f64, alpha: f64) -> f64 {
    let (p1, p2) = (baseline, baseline + effect);
    let pooled = f64::midpoint(p1, p2);
    let of_chance = normal_quantile(1.0 - alpha) * (2.0 * pooled * (1.0 - pooled)).sqrt();
    // A one-sided quantile at `power` is a two-sided one at 2 * power - 1.
    let of_effect = normal_quantile(2.0 * power - 1.0) * (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt();
    ((of_chance + of_effect) / effect).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values: statsmodels and the formula in R, to ten digits.
    #[test]
    fn sizes_are_those_of_the_tables() {
        for (baseline, effect, expected) in [
            (0.10, 0.02, 3_840.847_482_436),
            (0.05, 0.01, 8_157.731_447_849),
            (0.20, 0.02, 6_509.466_678_514),
        ] {
            let size = sample_size(baseline, effect, 0.8, 0.05);
            assert!((size / expected - 1.0).abs() < 1e-10, "{size} is not {expected}");
        }
    }
}
