//! The beta distribution, exact for samples of any size.
//!
//! The library that gives the other distributions takes differences of logarithms of factorials,
//! which leaves no digits for counts in the millions. Loader's deviance form (Fast and Accurate
//! Computation of Binomial Probabilities, 2000) has no such differences.

use std::f64::consts::PI;

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::ln_gamma;

/// From which size of both parameters on an expansion around the normal is exact to ten digits.
const LARGE: f64 = 1e6;

/// More steps than Newton's method and bisection need.
const STEPS: usize = 200;

/// More terms than the series needs below [`LARGE`].
const TERMS: usize = 100_000;

/// The quantile of a beta distribution: Newton's method, kept between bounds by bisection.
#[must_use]
pub fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    if a.min(b) > LARGE {
        return near_normal(probability, a, b);
    }
    let (mut low, mut high) = (0.0, 1.0);
    let mut quantile = a / (a + b);
    for _ in 0..STEPS {
        let miss = beta_cdf(quantile, a, b) - probability;
        if miss > 0.0 {
            high = quantile;
        } else {
            low = quantile;
        }
        let density = weight(quantile, a, b) / (quantile * (1.0 - quantile));
        let newton = quantile - miss / density;
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - quantile).abs() <= 2.0 * f64::EPSILON * quantile {
            return next;
        }
        quantile = next;
    }
    quantile
}

/// Cornish and Fisher's expansion from the normal quantile, with skewness and kurtosis.
fn near_normal(probability: f64, a: f64, b: f64) -> f64 {
    let z = Normal::standard().inverse_cdf(probability);
    let (n, product) = (a + b, a * b);
    let deviation = (a / n * (b / n) / (n + 1.0)).sqrt();
    let skewness = 2.0 * (b - a) * (n + 1.0).sqrt() / ((n + 2.0) * product.sqrt());
    let kurtosis = 6.0 * ((a - b).powi(2) * (n + 1.0) - product * (n + 2.0))
        / (product * (n + 2.0) * (n + 3.0));
    let shifted = z + (z * z - 1.0) * skewness / 6.0 + (z.powi(3) - 3.0 * z) * kurtosis / 24.0
        - (2.0 * z.powi(3) - 5.0 * z) * skewness * skewness / 36.0;
    a / n + shifted * deviation
}

/// How likely a beta variable is at most `x`.
fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    // By whichever of x and 1 - x is small: next to 1, too few digits say how far away 1 is.
    if x <= 0.5 { power_series(x, a, b) } else { 1.0 - power_series(1.0 - x, b, a) }
}

/// The same by a power series in `x`. Its terms are positive, so that no digits are lost.
fn power_series(x: f64, a: f64, b: f64) -> f64 {
    let (mut term, mut sum, mut at) = (1.0, 1.0, 0.0);
    for _ in 0..TERMS {
        term *= (a + b + at) / (a + 1.0 + at) * x;
        sum += term;
        at += 1.0;
        if term <= f64::EPSILON * sum * (1.0 - x) {
            break;
        }
    }
    let probability = weight(x, a, b) * sum / a;
    // Far beyond the mean nothing is left but rounding, or less than numbers can tell.
    if probability < 1.0 { probability } else { 1.0 }
}

/// `x^a * (1 - x)^b / B(a, b)`.
fn weight(x: f64, a: f64, b: f64) -> f64 {
    let n = a + b;
    let log = stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, n * x)
        - deviance(b, n * (1.0 - x));
    log.exp() * (n / (2.0 * PI * a * b)).sqrt() * a * b / n
}

/// The logarithm of `n!` less Stirling's approximation of it.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        return ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - (2.0 * PI).sqrt().ln();
    }
    let square = n * n;
    let terms = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0];
    terms.iter().rev().fold(0.0, |sum, term| sum / square + term) / n
}

/// `x * ln(x / m) + m - x`, without losing digits where the two are close.
fn deviance(x: f64, m: f64) -> f64 {
    let (distance, sum) = (x - m, x + m);
    if distance.abs() >= 0.1 * sum {
        return x * (x / m).ln() - distance;
    }
    let v = distance / sum;
    let mut term = 2.0 * x * v;
    let mut total = distance * v;
    let mut odd = 3.0;
    loop {
        term *= v * v;
        let next = total + term / odd;
        if (next - total).abs() <= f64::EPSILON * total.abs() {
            return next;
        }
        total = next;
        odd += 2.0;
    }
}
