//! Quantiles and tails of the distributions that intervals and tests need.

use statrs::distribution::{ChiSquared, Continuous, ContinuousCDF, Normal, StudentsT};

pub use super::beta::beta_quantile;

/// The z of a two-sided interval at a confidence level: 1.96 at 0.95.
#[must_use]
pub fn normal_quantile(level: f64) -> f64 {
    // From the tail, which has more digits than what is next to 1.
    -Normal::standard().inverse_cdf((1.0 - level) / 2.0)
}

/// How likely a standard normal is at least as far from 0 as `z`, on either side.
#[must_use]
pub fn normal_tails(z: f64) -> f64 {
    // The same number by way of chi squared, where the library has five digits more.
    chi_squared_tail(z * z, 1.0).unwrap_or(f64::NAN)
}

/// The t of a two-sided interval at a confidence level with `df` degrees of freedom.
#[must_use]
pub fn student_quantile(level: f64, df: f64) -> Option<f64> {
    let student = StudentsT::new(0.0, 1.0, df).ok()?;
    let z = normal_quantile(level);
    if df >= MANY {
        return Some(near_normal(z, df));
    }
    // The tail is convex and t lies beyond z, so Newton's method climbs to it without overshooting.
    let mut t = z;
    for _ in 0..STEPS {
        let step = (student.sf(t) - (1.0 - level) / 2.0) / student.pdf(t);
        if !step.is_finite() || step.abs() <= f64::EPSILON * t {
            break;
        }
        t += step;
    }
    Some(t)
}

/// From how many degrees of freedom on three terms of an expansion are exact to ten digits.
const MANY: f64 = 1e4;

/// More steps than any of the iterations here needs.
const STEPS: usize = 200;

/// Student's quantile from the normal one (Cornish and Fisher; Abramowitz and Stegun 26.7.5).
fn near_normal(z: f64, df: f64) -> f64 {
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    z + first / df + second / (df * df)
}

/// How likely Student's t with `df` degrees of freedom is at least as far from 0 as `t`.
#[must_use]
pub fn student_tails(t: f64, df: f64) -> Option<f64> {
    Some(2.0 * StudentsT::new(0.0, 1.0, df).ok()?.sf(t.abs()))
}

/// How likely a chi squared with `df` degrees of freedom is at least `statistic`.
#[must_use]
pub fn chi_squared_tail(statistic: f64, df: f64) -> Option<f64> {
    Some(ChiSquared::new(df).ok()?.sf(statistic))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 1e-10, "{value} is not {expected}");
    }

    #[test]
    fn normal_is_that_of_the_tables() {
        assert_close(normal_quantile(0.95), 1.959_963_984_540_054);
        // SciPy 1.17: 2 * norm.sf(2.06724557649)
        assert_close(normal_tails(-2.067_245_576_49), 0.038_711_019_600_896_01);
    }

    // Expected values: SciPy 1.17 (of beta(3, 1e9) mpmath, since SciPy has eight digits), t.ppf, t.sf, chi2.sf and beta.ppf.
    #[test]
    fn students_t_is_that_of_scipy() {
        assert_close(student_quantile(0.95, 27.713_625_968_12).unwrap(), 2.049_361_167_125_608_2);
        assert_close(student_quantile(0.95, 1.0).unwrap(), 12.706_204_736_174_7);
        assert_close(student_quantile(0.99, 9_999.0).unwrap(), 2.576_321_095_856_597_4);
        assert_close(student_quantile(0.99, 10_000.0).unwrap(), 2.576_321_046_668_528_2);
        assert_close(student_quantile(0.95, 1e6).unwrap(), 1.959_966_356_814_107);
        assert_close(student_quantile(0.999, 2.0).unwrap(), 31.599_054_576_445_365);
        assert_close(
            student_tails(2.835_263_800_664, 27.713_625_968_12).unwrap(),
            0.008_452_732_437_453_076,
        );
    }

    #[test]
    fn chi_squared_is_that_of_scipy() {
        assert_close(chi_squared_tail(10.0, 3.0).unwrap(), 0.018_566_135_463_043_25);
    }

    #[test]
    fn beta_is_that_of_scipy() {
        assert_close(beta_quantile(0.025, 100.0, 901.0), 0.082_105_334_355_580_01);
        assert_close(beta_quantile(0.975, 1.0, 20.0), 0.168_433_470_983_085_3);
        assert_close(beta_quantile(0.025, 5e8, 500_000_001.0), 0.499_969_009_748_422_3);
        assert_close(beta_quantile(0.975, 20_000_001.0, 1.8e8), 0.100_041_585_403_792_38);
        assert_close(beta_quantile(0.025, 999_999.0, 999_999.0), 0.499_307_047_987_473_6);
        assert_close(beta_quantile(0.025, 1.0, 1e12), 0.000_000_000_000_025_317_807_984_289_554);
        assert_close(beta_quantile(0.975, 40.5, 60.5), 0.497_743_262_801_968_3);
        assert_close(beta_quantile(0.5, 1e6, 3e6), 0.249_999_958_333_33);
        assert_close(beta_quantile(0.975, 3.0, 1e9), 0.000_000_007_224_687_634_401_217);
        assert_close(beta_quantile(0.025, 0.5, 20.5), 0.000_024_246_478_459_242_733);
        assert_close(beta_quantile(0.025, 1e7, 9e7), 0.099_941_208_658_483_88);
    }
}
