//! Comparing two groups by rank: which has the higher values, whatever their distribution.

use super::distribution::{normal_quantile, normal_tails};

/// Two medians, and how often a value of one group is higher than one of the other.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct RankComparison {
    /// The median of the control group.
    pub control: Option<f64>,
    /// The median of the variant.
    pub variant: Option<f64>,
    /// The second less the first.
    pub difference: Option<f64>,
    /// How often, in percent, the variant's value of a random pair is the higher one.
    pub probability: Option<f64>,
    /// The lower end of its interval.
    pub low: Option<f64>,
    /// The upper end of its interval.
    pub high: Option<f64>,
    /// U of the variant.
    pub statistic: Option<f64>,
    /// How likely so unequal a ranking would be by chance.
    pub p_value: Option<f64>,
    /// Size of the control group.
    pub n_control: u64,
    /// Size of the variant's group.
    pub n_variant: u64,
}

/// A value and the group it belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ranked {
    /// The value; never NaN.
    pub value: f64,
    /// Whether it is of the variant.
    pub variant: bool,
}

/// The Mann-Whitney test: normal approximation with corrections for ties and continuity.
/// `None` of no values.
#[must_use]
pub fn mann_whitney(values: &mut [Ranked], level: f64) -> Option<RankComparison> {
    values.sort_unstable_by(|a, b| a.value.total_cmp(&b.value));
    let of = |variant| values.iter().filter(move |ranked| ranked.variant == variant);
    let median = |variant| median(&of(variant).map(|ranked| ranked.value).collect::<Vec<_>>());
    let (control, variant) = (median(false), median(true));
    control.or(variant)?;
    let (n_control, n_variant) = (of(false).count(), of(true).count());
    let mut result = RankComparison {
        control,
        variant,
        n_control: n_control as u64,
        n_variant: n_variant as u64,
        ..RankComparison::default()
    };
    let (Some(control), Some(variant)) = (control, variant) else { return Some(result) };
    let (m, n) = (n_control as f64, n_variant as f64);
    let Ranks { sum_of_variant, tied } = ranks(values);
    let u = sum_of_variant - n * (n + 1.0) / 2.0;
    let all = m + n;
    let variance = m * n / 12.0 * (all + 1.0 - tied / (all * (all - 1.0)));
    result.difference = Some(variant - control);
    result.statistic = Some(u);
    if variance > 0.0 {
        let z = ((u - m * n / 2.0).abs() - 0.5) / variance.sqrt();
        result.p_value = Some(if z > 0.0 { normal_tails(z) } else { 1.0 });
    }
    let probability = u / (m * n);
    let (low, high) = interval_of_probability(probability, m, n, level);
    result.probability = Some(100.0 * probability);
    result.low = Some(100.0 * low);
    result.high = Some(100.0 * high);
    Some(result)
}

struct Ranks {
    /// The sum of the ranks of the variant's values, equal values sharing their mean rank.
    sum_of_variant: f64,
    /// The sum of t^3 - t over all sets of t equal values.
    tied: f64,
}

fn ranks(sorted: &[Ranked]) -> Ranks {
    let mut ranks = Ranks { sum_of_variant: 0.0, tied: 0.0 };
    let mut before = 0.0;
    // Zero and minus zero are equal, which `total_cmp` only sorts next to each other.
    #[expect(clippy::float_cmp, reason = "ties are values that are exactly equal")]
    for tie in sorted.chunk_by(|a, b| a.value == b.value) {
        let size = tie.len() as f64;
        let rank = before + f64::midpoint(size, 1.0);
        let variants = tie.iter().filter(|ranked| ranked.variant).count();
        ranks.sum_of_variant += rank * variants as f64;
        ranks.tied += size * size * size - size;
        before += size;
    }
    ranks
}

/// The median of sorted values.
fn median(sorted: &[f64]) -> Option<f64> {
    let (low, high) = (sorted.len().checked_sub(1)? / 2, sorted.len() / 2);
    Some(f64::midpoint(sorted[low], sorted[high]))
}

/// Newcombe's interval (2006, method 5): the probabilities from which the one observed is not
/// further away than chance explains. Unlike a plain one it has a width when all of one group lie
/// above all of the other.
fn interval_of_probability(observed: f64, m: f64, n: f64, level: f64) -> (f64, f64) {
    let z = normal_quantile(level);
    let size = f64::midpoint(m, n);
    let too_far = |p: f64| {
        let more = (size - 1.0) * ((1.0 - p) / (2.0 - p) + p / (1.0 + p));
        let variance = p * (1.0 - p) / (m * n) * (1.0 + more);
        (observed - p).powi(2) > z * z * variance
    };
    let end = |mut outside: f64| {
        let mut inside = observed;
        // The distance halves each time; 60 halvings are beyond the last digit.
        for _ in 0..60 {
            let middle = f64::midpoint(inside, outside);
            if too_far(middle) {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        f64::midpoint(inside, outside)
    };
    (end(0.0), end(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(control: &[f64], variant: &[f64]) -> RankComparison {
        let mut values: Vec<Ranked> = control
            .iter()
            .map(|&value| Ranked { value, variant: false })
            .chain(variant.iter().map(|&value| Ranked { value, variant: true }))
            .collect();
        mann_whitney(&mut values, 0.95).unwrap()
    }

    // Expected values: SciPy 1.17, mannwhitneyu(variant, control, method='asymptotic').
    #[test]
    fn ranks_compare_as_in_scipy() {
        let compared =
            compare(&[3.0, 4.0, 4.0, 5.0, 7.0, 2.0], &[4.0, 6.0, 8.0, 9.0, 7.0, 7.0, 10.0]);
        assert_eq!((compared.control, compared.variant), (Some(4.0), Some(7.0)));
        assert_eq!(compared.statistic, Some(37.0));
        assert!((compared.p_value.unwrap() - 0.025_154_152_614_191_67).abs() < 1e-12);
    }

    #[test]
    fn groups_far_apart_still_have_an_interval() {
        let compared = compare(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]);
        assert_eq!(compared.probability, Some(100.0));
        let (low, high) = (compared.low.unwrap(), compared.high.unwrap());
        assert!(low < 80.0 && (high - 100.0).abs() < 1e-9, "{low} {high}");
    }

    #[test]
    fn equal_values_are_neither_higher_nor_lower() {
        let compared = compare(&[1.0, 1.0, -0.0], &[1.0, 1.0, 0.0]);
        assert_eq!((compared.probability, compared.p_value), (Some(50.0), Some(1.0)));
        assert_eq!(compare(&[1.0], &[1.0]).p_value, None);
    }
}
