//! Are there more customers than before? The change of their number, new customers included.

use super::counts::{COUNTS, turnover};
use crate::kernel::{Fold, Invalid, Settings, Wholes, count};
use crate::math::{Interval, Part, Ratio, Turnover};
use crate::rate::LEVEL;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "growth_rate",
    aliases: &[],
    family: Family::Retention,
    summary: "Change of the number of customers over a period, in percent of those at its start.",
    formula: "100 * (customers_at_end - customers_at_start) / customers_at_start",
    forms: &[Form::rows::<Counted>(
        "customers already counted",
        &[
            Arg::whole("customers_at_start", "customers when the period began"),
            Arg::whole("customers_at_end", "customers when it ended, new ones included"),
        ],
    )],
    nulls: "A row with a NULL argument is not counted. No customers at the start give NULL.",
    errors: "A count that is negative or not whole.",
    source: "Elementary. An article on engagement prints this formula as its retention rate.",
    example: Example {
        sql: "SELECT growth_rate(s, e) FROM (VALUES (10000, 12000)) AS period (s, e)",
        result: "20.0",
    },
    related: &["growth_rate_ci", "retention_rate", "churn_rate"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "growth_rate_ci",
    summary: "Growth rate with its confidence interval, in percent.",
    formula: "growth_rate +/- z * 100 * sqrt(new + lost * (1 - lost / S)) / S, with lost = S - (E - new)",
    forms: &[Form::rows::<GainedAndLost>("customers already counted", COUNTS).with(&[&LEVEL])],
    errors: "A count that is negative or not whole; more new customers than customers at the end; \
             more customers kept than there were.",
    source: "The customers who leave as a binomial count of those at the start, the new ones as a \
             Poisson count: chance acts on both, so the new ones must be known. Few customers make it too narrow, \
             and none lost or won leave it no width.",
    example: Example {
        sql: "SELECT growth_rate_ci(s, e, new)['low'] \
              FROM (VALUES (10000, 12000, 5000)) AS period (s, e, new)",
        result: "18.3485049916",
    },
    related: &["growth_rate", "retention_rate_ci"],
    since: "0.1.0",
    ..SPEC
};

#[derive(Debug, Default)]
struct Counted;

impl Fold for Counted {
    type Input = (Wholes, Wholes);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = &["customers_at_end", "customers_at_start"];

    fn update(&self, ratio: &mut Ratio, (start, end): (i64, i64)) -> Result<(), Invalid> {
        Ok(ratio.add(count(1, end)?, count(0, start)?)?)
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent_change()
    }
}

/// One row, customers counted with those who came.
#[derive(Debug, Default)]
struct GainedAndLost {
    level: f64,
}

impl Fold for GainedAndLost {
    type Input = (Wholes, Wholes, Wholes);
    type State = Turnover;
    type Output = Interval;

    const STATE: &'static [&'static str] = &["customers_at_start", "lost", "new"];

    fn with(settings: &Settings) -> Self {
        Self { level: settings.number(&LEVEL) }
    }

    fn update(&self, sum: &mut Turnover, counts: (i64, i64, i64)) -> Result<(), Invalid> {
        Ok(sum.merge(&turnover(counts)?)?)
    }

    fn finish(&self, sum: &Turnover) -> Option<Interval> {
        sum.growth(self.level)
    }
}
