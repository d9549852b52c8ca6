//! How much of the revenue went away? The complement of `gross_revenue_retention`.

use super::revenue::{CUSTOMER, ERRORS, NULLS, OfOpening, Portion, ROWS};
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "revenue_churn_rate",
    aliases: &[],
    family: Family::Retention,
    summary: "Recurring revenue lost to contraction and churn, in percent of what there was.",
    formula: "100 * (contraction + churned) / sum of mrr_before",
    forms: &[Form::rows::<OfOpening<Lost>>(ROWS, CUSTOMER)],
    nulls: NULLS,
    errors: ERRORS,
    source: "Gross revenue churn: what others paid more is not set against it (net revenue churn is 100 less net_revenue_retention).",
    example: Example {
        sql: "SELECT revenue_churn_rate(mrr_before, mrr_after) FROM (VALUES (100, 130), (50, 30), (80, 0), \
              (20, 20), (0, 60), (0, 40)) AS customer (mrr_before, mrr_after)",
        result: "40.0",
    },
    related: &["churn_rate", "gross_revenue_retention", "mrr_movements"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct Lost;

impl Portion for Lost {
    const STATE: &'static [&'static str] =
        &["lost", "lost_compensation", "opening", "opening_compensation"];

    fn of(before: f64, after: f64) -> f64 {
        before - before.min(after)
    }
}
