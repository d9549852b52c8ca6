//! How much of the revenue stayed? Without what the customers who stayed added to it.

use super::revenue::{CUSTOMER, ERRORS, NULLS, ROWS, revenue};
use crate::kernel::{Fold, Invalid, Numbers};
use crate::math::Quotient;
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "gross_revenue_retention",
    aliases: &["grr"],
    family: Family::Retention,
    summary: "Recurring revenue that is still there, without any expansion, in percent of what there was.",
    formula: "100 * sum of least(mrr_before, mrr_after) / sum of mrr_before",
    forms: &[Form::rows::<Kept>(ROWS, CUSTOMER)],
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

impl Fold for Kept {
    type Input = (Numbers, Numbers);
    type State = Quotient;
    type Output = f64;

    const STATE: &'static [&'static str] =
        &["kept", "kept_compensation", "opening", "opening_compensation"];

    fn update(&self, sums: &mut Quotient, row: (f64, f64)) -> Result<(), Invalid> {
        let (before, after) = revenue(row)?;
        // New and reactivated customers are nobody's retention: they had no revenue before.
        if before > 0.0 {
            sums.add(before.min(after), before);
        }
        Ok(())
    }

    fn finish(&self, sums: &Quotient) -> Option<f64> {
        sums.percent()
    }
}
