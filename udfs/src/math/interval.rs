//! Confidence intervals: how far a number from a sample may be from that of everybody.

use super::distribution::{beta_quantile, normal_quantile, student_quantile};
use super::{Bands, Moments, Ratio};

/// A rate with its confidence interval, in percent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Share {
    /// The rate.
    pub estimate: f64,
    /// The lower end of its interval; none where the numerator exceeds the denominator.
    pub low: Option<f64>,
    /// The upper end of its interval.
    pub high: Option<f64>,
    /// The denominator.
    pub n: u64,
    /// The numerator.
    pub hits: u64,
}

/// A number with its confidence interval, in its own unit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Interval {
    /// The number.
    pub estimate: f64,
    /// The lower end of its interval, where there is one.
    pub low: Option<f64>,
    /// The upper end of its interval, where there is one.
    pub high: Option<f64>,
    /// How many were counted.
    pub n: u64,
}

/// How the interval of a proportion is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProportionMethod {
    /// Wilson's score interval, which is right on average.
    #[default]
    Wilson,
    /// Clopper and Pearson's, never too narrow and often too wide.
    ClopperPearson,
    /// Agresti and Coull's, Wilson's centre with a plain width.
    AgrestiCoull,
    /// Jeffreys', Bayesian with the prior beta(1/2, 1/2).
    Jeffreys,
    /// The textbook's, too narrow for small samples and extreme rates.
    Wald,
}

impl ProportionMethod {
    /// Their names, the default first.
    pub const NAMES: &'static [&'static str] =
        &["wilson", "clopper_pearson", "agresti_coull", "jeffreys", "wald"];

    /// The method of a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "clopper_pearson" => Self::ClopperPearson,
            "agresti_coull" => Self::AgrestiCoull,
            "jeffreys" => Self::Jeffreys,
            "wald" => Self::Wald,
            _ => Self::Wilson,
        }
    }

    /// The interval of a proportion, 0 to 1, of a sample that is not empty.
    #[must_use]
    pub fn interval(self, hits: u64, n: u64, level: f64) -> (f64, f64) {
        let (k, n_all) = (hits as f64, n as f64);
        let misses = n_all - k;
        let tail = (1.0 - level) / 2.0;
        let (low, high) = match self {
            Self::Wilson => wilson(k / n_all, n_all, normal_quantile(level)),
            Self::ClopperPearson => {
                (beta_quantile(tail, k, misses + 1.0), beta_quantile(1.0 - tail, k + 1.0, misses))
            }
            Self::AgrestiCoull => {
                let z = normal_quantile(level);
                plain((k + z * z / 2.0) / (n_all + z * z), n_all + z * z, z)
            }
            Self::Jeffreys => (
                beta_quantile(tail, k + 0.5, misses + 0.5),
                beta_quantile(1.0 - tail, k + 0.5, misses + 0.5),
            ),
            Self::Wald => plain(k / n_all, n_all, normal_quantile(level)),
        };
        // Of none, or of all, one end is known, whatever rounding says.
        let low = if hits == 0 { 0.0 } else { low.clamp(0.0, 1.0) };
        let high = if hits == n { 1.0 } else { high.clamp(0.0, 1.0) };
        (low, high)
    }
}

fn wilson(p: f64, n: f64, z: f64) -> (f64, f64) {
    let shrink = 1.0 + z * z / n;
    let centre = (p + z * z / (2.0 * n)) / shrink;
    let half = z / shrink * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (centre - half, centre + half)
}

fn plain(p: f64, n: f64, z: f64) -> (f64, f64) {
    let half = z * (p * (1.0 - p) / n).sqrt();
    (p - half, p + half)
}

impl Ratio {
    /// The rate with its interval, or `None` of nothing. More hits than cases are no proportion,
    /// and have no interval.
    #[must_use]
    pub fn share(&self, level: f64, method: ProportionMethod) -> Option<Share> {
        let estimate = self.percent()?;
        let interval =
            (self.hits <= self.total).then(|| method.interval(self.hits, self.total, level));
        Some(Share {
            estimate,
            low: interval.map(|(low, _)| 100.0 * low),
            high: interval.map(|(_, high)| 100.0 * high),
            n: self.total,
            hits: self.hits,
        })
    }
}

/// How the interval of a Net Promoter Score is computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ScoreMethod {
    /// With three more answers, a quarter of them promoters and a quarter detractors: right for
    /// small samples, too.
    #[default]
    AdjustedWald,
    /// The textbook's, too narrow for small samples.
    Wald,
}

impl ScoreMethod {
    /// Their names, the default first.
    pub const NAMES: &'static [&'static str] = &["adjusted_wald", "wald"];

    /// The method of a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name == "wald" { Self::Wald } else { Self::AdjustedWald }
    }
}

impl Bands {
    /// The variance of the score as a share, -1 to 1, and the share itself, with `more` answers
    /// added, a quarter of them promoters and a quarter detractors.
    pub(super) fn score_and_variance(&self, more: f64) -> (f64, f64) {
        let n = self.answers() as f64 + more;
        let promoters = (self.promoters as f64 + more / 4.0) / n;
        let detractors = (self.detractors as f64 + more / 4.0) / n;
        let score = promoters - detractors;
        (score, (promoters + detractors - score * score) / n)
    }

    /// The score with its interval, within -100 and 100, or `None` of no answers.
    #[must_use]
    pub fn interval(&self, level: f64, method: ScoreMethod) -> Option<Interval> {
        let estimate = self.net_promoter_score()?;
        let (score, variance) = match method {
            ScoreMethod::AdjustedWald => self.score_and_variance(3.0),
            ScoreMethod::Wald => self.score_and_variance(0.0),
        };
        // A difference of shares can round to less than nothing.
        let half = normal_quantile(level) * variance.max(0.0).sqrt();
        let end = |share: f64| (100.0 * share).clamp(-100.0, 100.0);
        // With very few answers the adjusted centre is so far away that the interval would leave
        // out the score itself.
        let low = end(score - half).min(estimate);
        let high = end(score + half).max(estimate);
        let n = u64::try_from(self.answers()).unwrap_or(u64::MAX);
        Some(Interval { estimate, low: Some(low), high: Some(high), n })
    }
}

impl Moments {
    /// The mean with its interval by Student's t, or `None` of no numbers. A single number has a
    /// mean and no interval.
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<Interval> {
        let estimate = self.mean()?;
        let half = self
            .standard_error()
            .and_then(|error| student_quantile(level, (self.count - 1) as f64).map(|t| t * error));
        Some(Interval {
            estimate,
            low: half.map(|half| estimate - half),
            high: half.map(|half| estimate + half),
            n: self.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(value: f64, expected: f64) {
        // Ten digits are given.
        assert!((value - expected).abs() < 6e-10 * expected.abs().max(0.1), "{value} {expected}");
    }

    fn assert_interval(method: ProportionMethod, hits: u64, n: u64, low: f64, high: f64) {
        let (l, h) = method.interval(hits, n, 0.95);
        assert_close(l, low);
        assert_close(h, high);
    }

    // Expected values: statsmodels, proportion_confint, and R.
    #[test]
    fn wilson_is_that_of_statsmodels() {
        let wilson = ProportionMethod::Wilson;
        assert_interval(wilson, 100, 1000, 0.082_909_443_59, 0.120_151_963_2);
        assert_interval(wilson, 130, 1000, 0.110_563_774_6, 0.152_268_026_7);
        assert_interval(wilson, 0, 20, 0.0, 0.161_125_158_1);
        assert_interval(wilson, 20, 20, 0.838_874_841_9, 1.0);
        assert_interval(wilson, 1, 10, 0.017_876_213_1, 0.404_150_026_8);
    }

    #[test]
    fn clopper_pearson_is_that_of_statsmodels() {
        let exact = ProportionMethod::ClopperPearson;
        assert_interval(exact, 100, 1000, 0.082_105_334_36, 0.120_287_936_5);
        assert_interval(exact, 130, 1000, 0.109_769_312_5, 0.152_436_494_6);
        assert_interval(exact, 0, 20, 0.0, 0.168_433_471);
        assert_interval(exact, 20, 20, 0.831_566_529, 1.0);
        assert_interval(exact, 1, 10, 0.002_528_578_544, 0.445_016_117);
    }

    #[test]
    fn an_interval_holds_its_own_estimate() {
        let one = Bands { promoters: 0, passives: 0, detractors: 1 };
        let interval = one.interval(0.95, ScoreMethod::AdjustedWald).unwrap();
        assert_eq!((interval.estimate, interval.low), (-100.0, Some(-100.0)));
    }

    #[test]
    fn small_surveys_have_honest_intervals() {
        let all = Bands { promoters: 10, passives: 0, detractors: 0 };
        let plain = all.interval(0.95, ScoreMethod::Wald).unwrap();
        assert_eq!((plain.low, plain.high), (Some(100.0), Some(100.0)));
        let adjusted = all.interval(0.95, ScoreMethod::AdjustedWald).unwrap();
        assert_close(adjusted.low.unwrap(), 47.503_551_544_8);
        assert_eq!(adjusted.high, Some(100.0));
    }
}
