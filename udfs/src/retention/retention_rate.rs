//! Who came back? The share of a period's customers who are still there later. New customers are
//! not counted, on either side: that is what tells retention from growth.

use super::counts::{COUNTS, turnover};
use super::outcome::{BeforeAndAfter, CUSTOMER, EVENT, Events, NULLS, Outcome};
use crate::kernel::{Fold, Invalid, Wholes};
use crate::math::Ratio;
use crate::rate::{
    CI_FORMULA, CI_SOURCE, CustomersWithInterval, Flagged, Named, SETTINGS, WithInterval,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("retained", "the customer is still there")];

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "retention_rate",
    aliases: &[],
    family: Family::Retention,
    summary: "Share of the customers of an earlier window who are still there later, in percent.",
    formula: "100 * retained / customers before; rolled up, 100 * (E - N) / S",
    forms: &[
        Form::rows::<Flagged<Retained>>("one customer of the earlier window", FLAG),
        Form::rows::<BeforeAndAfter<Retained>>("one customer", CUSTOMER),
        Form::rows::<Counted>("customers already counted", COUNTS),
        Form::entities::<Events<Retained>>("one event, any number per customer", EVENT),
    ],
    nulls: NULLS,
    errors: "A count that is negative or not whole; more new customers than customers at the end; \
             more customers kept than there were.",
    source: "The standard definition, (E - N) / S. Some articles print (E - S) / S under this \
             name, which counts new customers as retained: that is growth_rate.",
    example: Example {
        sql: "SELECT retention_rate(s, e, n) FROM (VALUES (10000, 12000, 5000)) AS period (s, e, n)",
        result: "70.0",
    },
    related: &["retention_rate_ci", "churn_rate", "growth_rate", "net_revenue_retention"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "retention_rate_ci",
    summary: "Retention rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Retained>>>("one customer of the earlier window", FLAG)
            .with(SETTINGS),
        Form::rows::<WithInterval<BeforeAndAfter<Retained>>>("one customer", CUSTOMER)
            .with(SETTINGS),
        Form::rows::<WithInterval<Counted>>("customers already counted", COUNTS).with(SETTINGS),
        Form::entities::<CustomersWithInterval<Events<Retained>>>(
            "one event, any number per customer",
            EVENT,
        )
        .with(SETTINGS),
    ],
    source: CI_SOURCE,
    example: Example {
        sql: "SELECT retention_rate_ci(s, e, n)['low'] FROM (VALUES (1000, 150, 50)) AS period (s, e, n)",
        result: "8.290944359",
    },
    related: &["retention_rate", "churn_rate_ci", "growth_rate_ci"],
    ..SPEC
};

/// A customer of the earlier window who was seen again.
#[derive(Debug, Default)]
struct Retained;

impl Named for Retained {
    const STATE: &'static [&'static str] = &["retained", "customers"];
}

impl Outcome for Retained {
    fn is_hit(seen_later: bool) -> bool {
        seen_later
    }
}

/// One row, many customers that were counted before.
#[derive(Debug, Default)]
struct Counted;

impl Fold for Counted {
    type Input = (Wholes, Wholes, Wholes);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = Retained::STATE;

    fn update(&self, ratio: &mut Ratio, counts: (i64, i64, i64)) -> Result<(), Invalid> {
        let turnover = turnover(counts)?;
        Ok(ratio.add(turnover.start - turnover.lost, turnover.start)?)
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
