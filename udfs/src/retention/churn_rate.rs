//! Who left? The share of a period's customers who are gone later, the complement of
//! `retention_rate`.

use super::outcome::{BeforeAndAfter, CUSTOMER, EVENT, Events, NULLS, Outcome};
use crate::kernel::{Fold, Invalid, Wholes, count};
use crate::math::Ratio;
use crate::rate::{
    CI_FORMULA, CI_SOURCE, CustomersWithInterval, Flagged, Named, SETTINGS, WithInterval,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("churned", "the customer is gone")];

const COUNTS: &[Arg] = &[
    Arg::whole("customers_at_start", "customers when the period began"),
    Arg::whole("customers_lost", "those of them who left during the period"),
];

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "churn_rate",
    aliases: &[],
    family: Family::Retention,
    summary: "Share of the customers of an earlier window who are gone later, in percent.",
    formula: "100 * customers lost / customers before",
    forms: &[
        Form::rows::<Flagged<Churned>>("one customer of the earlier window", FLAG),
        Form::rows::<BeforeAndAfter<Churned>>("one customer", CUSTOMER),
        Form::rows::<Counted>("customers already counted", COUNTS),
        Form::entities::<Events<Churned>>("one event, any number per customer", EVENT),
    ],
    nulls: NULLS,
    errors: "A count that is negative or not whole; more customers lost than there were.",
    source: "The standard definition, over the customers at the start of the period.",
    example: Example {
        sql: "SELECT churn_rate(s, lost) FROM (VALUES (1000, 100)) AS period (s, lost)",
        result: "10.0",
    },
    related: &["churn_rate_ci", "retention_rate", "revenue_churn_rate", "annualized_churn_rate"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "churn_rate_ci",
    summary: "Churn rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Churned>>>("one customer of the earlier window", FLAG)
            .with(SETTINGS),
        Form::rows::<WithInterval<BeforeAndAfter<Churned>>>("one customer", CUSTOMER)
            .with(SETTINGS),
        Form::rows::<WithInterval<Counted>>("customers already counted", COUNTS).with(SETTINGS),
        Form::entities::<CustomersWithInterval<Events<Churned>>>(
            "one event, any number per customer",
            EVENT,
        )
        .with(SETTINGS),
    ],
    source: CI_SOURCE,
    example: Example {
        sql: "SELECT churn_rate_ci(s, lost)['low'] FROM (VALUES (1000, 100)) AS period (s, lost)",
        result: "8.290944359",
    },
    related: &["churn_rate", "retention_rate_ci", "annualized_churn_rate"],
    ..SPEC
};

/// A customer of the earlier window who was not seen again.
#[derive(Debug, Default)]
struct Churned;

impl Named for Churned {
    const STATE: &'static [&'static str] = &["churned", "customers"];
}

impl Outcome for Churned {
    fn is_hit(seen_later: bool) -> bool {
        !seen_later
    }
}

/// One row, many customers that were counted before.
#[derive(Debug, Default)]
struct Counted;

impl Fold for Counted {
    type Input = (Wholes, Wholes);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = Churned::STATE;

    fn update(&self, ratio: &mut Ratio, (start, lost): (i64, i64)) -> Result<(), Invalid> {
        let (start, lost) = (count(0, start)?, count(1, lost)?);
        if lost > start {
            return Err(Invalid::argument(1, "not exceed customers_at_start"));
        }
        Ok(ratio.add(lost, start)?)
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
