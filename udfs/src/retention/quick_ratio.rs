//! Does more revenue come in than goes out?

use super::revenue::{CUSTOMER, ERRORS, ROWS, revenue};
use crate::kernel::{Fold, Invalid, Numbers};
use crate::math::Quotient;
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "quick_ratio",
    aliases: &[],
    family: Family::Retention,
    summary: "Recurring revenue gained per recurring revenue lost; above 1 it grows.",
    formula: "(new + reactivated + expansion) / (contraction + churned)",
    forms: &[Form::rows::<GainedAndLost>(ROWS, CUSTOMER)],
    nulls: "A row with a NULL argument is not counted, so a customer whom a join left without \
            revenue must come as 0: coalesce(mrr, 0). Nothing lost gives NULL.",
    errors: ERRORS,
    source: "The SaaS quick ratio (Mamoon Hamid); 4 is a common target of young companies.",
    example: Example {
        sql: "SELECT quick_ratio(mrr_before, mrr_after) FROM (VALUES (100, 130), (50, 30), \
              (80, 0), (20, 20), (0, 60), (0, 40)) AS customer (mrr_before, mrr_after)",
        result: "1.3",
    },
    related: &["mrr_movements", "net_revenue_retention"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct GainedAndLost;

impl Fold for GainedAndLost {
    type Input = (Numbers, Numbers);
    type State = Quotient;
    type Output = f64;

    const STATE: &'static [&'static str] =
        &["gained", "gained_compensation", "lost", "lost_compensation"];

    fn update(&self, sums: &mut Quotient, row: (f64, f64)) -> Result<(), Invalid> {
        let (before, after) = revenue(row)?;
        sums.add((after - before).max(0.0), (before - after).max(0.0));
        Ok(())
    }

    fn finish(&self, sums: &Quotient) -> Option<f64> {
        sums.value()
    }
}
