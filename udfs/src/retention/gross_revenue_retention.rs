//! How much of the revenue stayed? Without what the customers who stayed added to it.

use super::revenue::{CUSTOMER, ERRORS, NULLS, OfOpening, Portion, ROWS};
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "gross_revenue_retention",
    aliases: &["grr"],
    family: Family::Retention,
    summary: "Recurring revenue that is still there, without any expansion, in percent of what there was.",
    formula: "100 * sum of least(mrr_before, mrr_after) / sum of mrr_before",
    forms: &[Form::rows::<OfOpening<Kept>>(ROWS, CUSTOMER)],
    nulls: NULLS,
    errors: ERRORS,
    source: "The standard definition, customer by customer, so that one customer's expansion does not hide another's contraction. Never above 100.",
    example: Example {
        sql: "SELECT gross_revenue_retention(mrr_before, mrr_after) FROM (VALUES (100, 130), (50, 30), (80, 0), \
              (20, 20), (0, 60), (0, 40)) AS customer (mrr_before, mrr_after)",
        result: "60.0",
    },
    related: &["net_revenue_retention", "revenue_churn_rate", "mrr_movements"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct Kept;

impl Portion for Kept {
    const STATE: &'static [&'static str] =
        &["kept", "kept_compensation", "opening", "opening_compensation"];

    fn of(before: f64, after: f64) -> f64 {
        before.min(after)
    }
}
