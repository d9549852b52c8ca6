//! What does a month's churn mean for a year?

use crate::kernel::{Formula, Invalid, Numbers};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "annualized_churn_rate",
    aliases: &[],
    family: Family::Retention,
    summary: "Share of customers who would be gone after twelve months of this churn, in percent.",
    formula: "100 * (1 - (1 - monthly_rate / 100) ^ 12)",
    forms: &[Form::formula::<Annualized>(&[Arg::number(
        "monthly_rate",
        "churn rate of a month in percent, as churn_rate returns it",
    )])],
    nulls: "A NULL rate gives NULL.",
    errors: "A rate that is not from 0 to 100.",
    source: "Compound churn. Twelve times the monthly rate overstates it, since who has left \
             cannot leave again.",
    example: Example { sql: "SELECT annualized_churn_rate(50)", result: "99.9755859375" },
    related: &["churn_rate"],
    since: "0.1.0",
};

#[derive(Debug)]
struct Annualized;

impl Formula for Annualized {
    type Input = (Numbers,);
    type Output = f64;

    fn value((monthly,): (f64,)) -> Result<Option<f64>, Invalid> {
        if !(0.0..=100.0).contains(&monthly) {
            return Err(Invalid::argument(0, "be a percentage from 0 to 100"));
        }
        // 1 - (1 - x)^12 without losing the digits of a small x.
        Ok(Some(-100.0 * (12.0 * (-monthly / 100.0).ln_1p()).exp_m1()))
    }
}
