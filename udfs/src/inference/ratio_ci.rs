//! How sure is a ratio of which each customer contributes many parts? Clicks per impression are not
//! independent: some customers click on everything.

use crate::kernel::{EntityFold, Id, Invalid, Numbers, Settings, finite};
use crate::math::distribution::normal_quantile;
use crate::math::{Interval, Quotient, ratio_of_pairs};
use crate::rate::LEVEL;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "ratio_ci",
    aliases: &[],
    family: Family::Inference,
    summary: "A ratio of two sums with its confidence interval, clustered by customer.",
    formula: "R = sum(numerator) / sum(denominator) +/- z * sqrt(var(x - R * y) / n) / mean(y), with \
              x and y the sums of each of n customers",
    forms: &[Form::entities::<PerCustomer>(
        "one event or count, any number per customer",
        &[
            Arg::id("customer_id", "whose it is"),
            Arg::number("numerator", "what is counted, such as clicks"),
            Arg::number("denominator", "what it is measured against, such as impressions"),
        ],
    )
    .with(&[&LEVEL])],
    nulls: "A NULL customer drops the row, and a NULL number adds nothing. A denominator of zero \
            gives NULL; a single customer has a ratio but no interval.",
    errors: "A number that is NaN or infinite.",
    source: "The delta method, clustered: Deng, Knoblich and Lu, Applying the Delta Method in \
             Metric Analytics, KDD 2018. The result is a plain ratio, not a percentage, and the \
             interval is about the average customer: it needs some dozens of them.",
    example: Example {
        sql: "SELECT ratio_ci(customer_id, clicks, impressions)['low'] FROM (VALUES (1, 2, 10), \
              (1, 1, 10), (2, 1, 10), (3, 6, 20)) AS ad (customer_id, clicks, impressions)",
        result: "0.082402160928",
    },
    related: &["proportion_ci", "mean_ci", "click_through_rate"],
    since: "0.1.0",
};

/// The sums of each customer.
#[derive(Debug, Default)]
struct PerCustomer {
    level: f64,
}

impl EntityFold for PerCustomer {
    type Input = (Numbers, Numbers);
    type Entry = Quotient;
    type Tally = Vec<(f64, f64)>;
    type Output = Interval;

    const ENTRY: &'static [&'static str] =
        &["numerator", "numerator_compensation", "denominator", "denominator_compensation"];

    fn with(settings: &Settings) -> Self {
        Self { level: settings.number(&LEVEL) }
    }

    fn update(&self, sums: &mut Quotient, (x, y): (f64, f64)) -> Result<(), Invalid> {
        sums.add(finite(0, x)?, finite(1, y)?);
        Ok(())
    }

    fn count(&self, pairs: &mut Self::Tally, _: Id<'_>, sums: &Quotient) -> Result<(), Invalid> {
        pairs.push((sums.part.value(), sums.whole.value()));
        Ok(())
    }

    fn finish(&self, pairs: &mut Self::Tally) -> Option<Interval> {
        let (estimate, error) = ratio_of_pairs(pairs)?;
        let half = error.map(|error| normal_quantile(self.level) * error);
        Some(Interval {
            estimate,
            low: half.map(|half| estimate - half),
            high: half.map(|half| estimate + half),
            n: pairs.len() as u64,
        })
    }
}
