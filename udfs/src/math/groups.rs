//! Two groups side by side, and the tests of whether they differ.

use super::distribution::{normal_quantile, normal_tails, student_quantile, student_tails};
use super::{Bands, Moments, Overflow, Part, ProportionMethod, Ratio};

/// The same summary of a control group and of the group that got the variant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Groups<S> {
    /// Those for whom nothing was changed.
    pub control: S,
    /// Those who got the variant.
    pub variant: S,
}

impl<S> Groups<S> {
    /// The group that a case belongs to.
    pub fn of(&mut self, variant: bool) -> &mut S {
        if variant { &mut self.variant } else { &mut self.control }
    }
}

impl<S: Part> Part for Groups<S> {
    const SUBTRACTS: bool = S::SUBTRACTS;

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.control.merge(&other.control)?;
        self.variant.merge(&other.variant)
    }

    fn subtract(&mut self, other: &Self) {
        self.control.subtract(&other.control);
        self.variant.subtract(&other.variant);
    }
}

/// Two rates (in percent), means or scores, and how they differ.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Comparison {
    /// That of the control group.
    pub control: Option<f64>,
    /// That of the variant.
    pub variant: Option<f64>,
    /// The second less the first.
    pub difference: Option<f64>,
    /// The lower end of the interval of the difference.
    pub low: Option<f64>,
    /// The upper end of the interval of the difference.
    pub high: Option<f64>,
    /// The difference in percent of the first.
    pub uplift: Option<f64>,
    /// The test statistic.
    pub statistic: Option<f64>,
    /// The degrees of freedom of the test, if it has any.
    pub df: Option<f64>,
    /// How likely so large a difference would be by chance.
    pub p_value: Option<f64>,
    /// Size of the control group.
    pub n_control: u64,
    /// Size of the variant's group.
    pub n_variant: u64,
}

impl Comparison {
    /// Two groups side by side, each with its size. `None` if both are empty, and without a
    /// difference if one is.
    fn of(control: (Option<f64>, u64), variant: (Option<f64>, u64)) -> Option<Self> {
        control.0.or(variant.0)?;
        Some(Self {
            control: control.0,
            variant: variant.0,
            difference: control.0.zip(variant.0).map(|(control, variant)| variant - control),
            n_control: control.1,
            n_variant: variant.1,
            ..Self::default()
        })
    }

    /// The difference in percent of control, where that is positive.
    fn relative(&self) -> Option<f64> {
        let control = self.control.filter(|control| *control > 0.0)?;
        Some(100.0 * self.difference? / control)
    }
}

impl Groups<Ratio> {
    /// The two rates: a pooled z test, and Newcombe's interval of their difference, which puts
    /// the two Wilson intervals together. `None` if nobody was counted at all.
    #[must_use]
    pub fn compare(&self, level: f64) -> Option<Comparison> {
        let mut result = Comparison::of(
            (self.control.percent(), self.control.total),
            (self.variant.percent(), self.variant.total),
        )?;
        let Some(difference) = result.difference else { return Some(result) };
        result.uplift = result.relative();
        let (low, high) = self.newcombe(level);
        result.low = Some(100.0 * low);
        result.high = Some(100.0 * high);
        result.statistic = self.pooled_z(difference / 100.0);
        result.p_value = result.statistic.map(normal_tails);
        Some(result)
    }

    fn newcombe(&self, level: f64) -> (f64, f64) {
        let ends = |ratio: &Ratio| {
            let (low, high) = ProportionMethod::Wilson.interval(ratio.hits, ratio.total, level);
            (ratio.hits as f64 / ratio.total as f64, low, high)
        };
        let (control, control_low, control_high) = ends(&self.control);
        let (variant, variant_low, variant_high) = ends(&self.variant);
        let difference = variant - control;
        (
            difference - (variant - variant_low).hypot(control_high - control),
            difference + (variant_high - variant).hypot(control - control_low),
        )
    }

    fn pooled_z(&self, difference: f64) -> Option<f64> {
        let (n_control, n_variant) = (self.control.total as f64, self.variant.total as f64);
        let hits = self.control.hits as f64 + self.variant.hits as f64;
        let pooled = hits / (n_control + n_variant);
        let variance = pooled * (1.0 - pooled) * (1.0 / n_control + 1.0 / n_variant);
        (variance > 0.0).then(|| difference / variance.sqrt())
    }
}

impl Groups<Moments> {
    /// The two means by Welch's t test. `None` if nothing was counted at all.
    #[must_use]
    pub fn compare(&self, level: f64) -> Option<Comparison> {
        let mut result = Comparison::of(
            (self.control.mean(), self.control.count),
            (self.variant.mean(), self.variant.count),
        )?;
        let Some(difference) = result.difference else { return Some(result) };
        result.uplift = result.relative();
        let errors = (self.control.standard_error(), self.variant.standard_error());
        let (Some(of_control), Some(of_variant)) = errors else { return Some(result) };
        let (a, b) = (of_control.powi(2), of_variant.powi(2));
        if a + b > 0.0 {
            let (dfa, dfb) = ((self.control.count - 1) as f64, (self.variant.count - 1) as f64);
            let error = (a + b).sqrt();
            // By the share of each variance, since squares of squares leave the range of numbers.
            let share = a / (a + b);
            let df = 1.0 / (share.powi(2) / dfa + (1.0 - share).powi(2) / dfb);
            let half = student_quantile(level, df).map(|t| t * error);
            result.low = half.map(|half| difference - half);
            result.high = half.map(|half| difference + half);
            result.statistic = Some(difference / error);
            result.df = Some(df);
            result.p_value = student_tails(difference / error, df);
        }
        Some(result)
    }
}

impl Groups<Bands> {
    /// The two Net Promoter Scores by a z test of their difference. `None` of no answers at all.
    #[must_use]
    pub fn compare(&self, level: f64) -> Option<Comparison> {
        let score = |bands: &Bands| {
            let n = u64::try_from(bands.answers()).unwrap_or(u64::MAX);
            (bands.net_promoter_score(), n)
        };
        let mut result = Comparison::of(score(&self.control), score(&self.variant))?;
        let Some(difference) = result.difference else { return Some(result) };
        let variance =
            self.control.score_and_variance(0.0).1 + self.variant.score_and_variance(0.0).1;
        if variance > 0.0 {
            let error = 100.0 * variance.sqrt();
            let half = normal_quantile(level) * error;
            result.low = Some((difference - half).max(-200.0));
            result.high = Some((difference + half).min(200.0));
            result.statistic = Some(difference / error);
            result.p_value = Some(normal_tails(difference / error));
        }
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(value: Option<f64>, expected: f64) {
        let value = value.unwrap();
        assert!((value / expected - 1.0).abs() < 1e-10, "{value} is not {expected}");
    }

    // Expected values: statsmodels, R prop.test and ClickHouse, of 100/1000 against 130/1000.
    #[test]
    fn proportions_compare_as_in_statsmodels() {
        let groups = Groups {
            control: Ratio { hits: 100, total: 1000 },
            variant: Ratio { hits: 130, total: 1000 },
        };
        let compared = groups.compare(0.95).unwrap();
        assert_close(compared.statistic, 2.102_740_605_622);
        assert_close(compared.p_value, 0.035_488_450_466_47);
        // Here, ten digits are given.
        assert!((compared.low.unwrap() - 0.200_234_871_5).abs() < 5e-11);
        assert!((compared.high.unwrap() - 5.807_048_502).abs() < 5e-10);
        assert_close(compared.uplift, 30.0);
    }

    // Expected values: SciPy and R, the difference there being A - B.
    #[test]
    fn means_compare_as_in_r() {
        let a = [
            27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7,
            21.4,
        ];
        let b = [
            27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.0,
            23.9,
        ];
        let mut groups = Groups::<Moments>::default();
        for (a, b) in a.into_iter().zip(b) {
            groups.control.record(a);
            groups.variant.record(b);
        }
        let compared = groups.compare(0.95).unwrap();
        assert_close(compared.statistic, 2.835_263_800_664);
        assert_close(compared.df, 27.713_625_968_12);
        assert_close(compared.p_value, 0.008_452_732_437_443);
        assert_close(compared.low, 0.766_888_294_115);
        assert_close(compared.high, 4.766_445_039_22);
    }

    #[test]
    fn scores_compare_as_worked_out() {
        let groups = Groups {
            control: Bands { promoters: 300, passives: 100, detractors: 100 },
            variant: Bands { promoters: 320, passives: 110, detractors: 70 },
        };
        let compared = groups.compare(0.95).unwrap();
        assert_close(compared.difference, 10.0);
        assert_close(compared.statistic, 2.067_245_576_49);
        assert_close(compared.p_value, 0.038_711_019_601_2);
        assert_close(compared.low, 0.518_959_107_554);
        assert_close(compared.high, 19.481_040_892_4);
    }

    #[test]
    fn an_empty_group_leaves_the_other_to_be_seen() {
        let one = Groups { control: Ratio { hits: 1, total: 4 }, variant: Ratio::default() };
        let compared = one.compare(0.95).unwrap();
        assert_eq!((compared.control, compared.variant, compared.n_variant), (Some(25.0), None, 0));
        assert_eq!((compared.difference, compared.p_value), (None, None));
    }
}
