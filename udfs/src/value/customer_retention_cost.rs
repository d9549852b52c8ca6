//! What does it cost to keep a customer?

use crate::kernel::{Fold, Invalid, Numbers, Wholes, count, not_negative};
use crate::math::Quotient;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "customer_retention_cost",
    aliases: &[],
    family: Family::Value,
    summary: "Cost of retention per customer retained, in the unit of the cost.",
    formula: "sum of the costs / sum of the customers retained",
    forms: &[Form::rows::<CostOfKeeping>(
        "one period, or one segment",
        &[
            Arg::number(
                "cost",
                "all that was spent on keeping customers: service, loyalty, success",
            ),
            Arg::whole("customers_retained", "customers who stayed"),
        ],
    )],
    nulls: "A row with a NULL argument is not counted. No customers retained give NULL.",
    errors: "A cost that is negative, NaN or infinite; a count that is negative or not whole.",
    source: "The usual definition; to be held against clv.",
    example: Example {
        sql: "SELECT customer_retention_cost(cost, kept) \
              FROM (VALUES (25000, 400), (15000, 100)) AS quarter (cost, kept)",
        result: "80.0",
    },
    related: &["clv", "retention_rate", "roi"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct CostOfKeeping;

impl Fold for CostOfKeeping {
    type Input = (Numbers, Wholes);
    type State = Quotient;
    type Output = f64;

    const STATE: &'static [&'static str] =
        &["cost", "cost_compensation", "customers", "customers_compensation"];

    fn update(&self, sums: &mut Quotient, (cost, kept): (f64, i64)) -> Result<(), Invalid> {
        sums.add(not_negative(0, cost)?, count(1, kept)? as f64);
        Ok(())
    }

    fn finish(&self, sums: &Quotient) -> Option<f64> {
        sums.value()
    }
}
