//! What is a subscriber worth over the whole life of the subscription?

use crate::kernel::{Formula, Invalid, Numbers, finite, not_negative};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "clv_subscription",
    aliases: &[],
    family: Family::Value,
    summary: "Customer lifetime value of a subscription, in the unit of the margin.",
    formula: "margin / (churn_rate / 100 + discount_rate / 100)",
    forms: &[Form::formula::<Perpetuity>(&[
        Arg::number("margin", "what a subscriber earns per period, after costs"),
        Arg::number("churn_rate", "churn rate per period in percent, as churn_rate returns it"),
        Arg::number("discount_rate", "discount rate per period, in percent"),
    ])],
    nulls: "A NULL argument gives NULL, and so do a churn and a discount of zero: such a \
            subscription lasts, and is worth, forever.",
    errors: "A number that is NaN or infinite; a churn rate that is not from 0 to 100; a negative \
             discount rate.",
    source: "The perpetuity of a constant margin under constant churn and discount (Gupta and \
             Lehmann, Managing Customers as Investments, 2005). It explodes as churn nears zero.",
    example: Example { sql: "SELECT clv_subscription(50, 4, 1)", result: "1000.0" },
    related: &["clv", "churn_rate", "annualized_churn_rate"],
    since: "0.1.0",
};

#[derive(Debug)]
struct Perpetuity;

impl Formula for Perpetuity {
    type Input = (Numbers, Numbers, Numbers);
    type Output = f64;

    fn value((margin, churn, discount): (f64, f64, f64)) -> Result<Option<f64>, Invalid> {
        let margin = finite(0, margin)?;
        if !(0.0..=100.0).contains(&churn) {
            return Err(Invalid::argument(1, "be a percentage from 0 to 100"));
        }
        let decay = churn + not_negative(2, discount)?;
        Ok((decay > 0.0).then(|| margin / decay * 100.0))
    }
}
