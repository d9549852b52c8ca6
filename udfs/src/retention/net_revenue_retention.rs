//! What became of the revenue of those who were there? With what they added to it.

use super::revenue::{CUSTOMER, ERRORS, NULLS, OfOpening, Portion, ROWS};
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "net_revenue_retention",
    aliases: &["nrr"],
    family: Family::Retention,
    summary: "Recurring revenue of the customers there were, in percent of what they paid before.",
    formula: "100 * sum of mrr_after of customers with mrr_before > 0 / sum of mrr_before",
    forms: &[Form::rows::<OfOpening<Kept>>(ROWS, CUSTOMER)],
    nulls: NULLS,
    errors: ERRORS,
    source: "The standard definition: expansion counts, new and reactivated customers do not. Some tools count reactivated ones as well, and get more.",
    example: Example {
        sql: "SELECT net_revenue_retention(mrr_before, mrr_after) FROM (VALUES (100, 130), (50, 30), (80, 0), \
              (20, 20), (0, 60), (0, 40)) AS customer (mrr_before, mrr_after)",
        result: "72.0",
    },
    related: &["gross_revenue_retention", "revenue_churn_rate", "mrr_movements"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct Kept;

impl Portion for Kept {
    const STATE: &'static [&'static str] =
        &["kept_and_expanded", "kept_and_expanded_compensation", "opening", "opening_compensation"];

    fn of(_: f64, after: f64) -> f64 {
        after
    }
}
