//! What is an order worth?

use super::amounts::{ERRORS, PerCustomer};
use crate::kernel::{Fold, Invalid, Numbers, finite};
use crate::math::Mean;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "average_order_value",
    aliases: &["aov"],
    family: Family::Value,
    summary: "Average order value, in the unit of the amounts.",
    formula: "sum of the amounts / number of orders",
    forms: &[
        Form::rows::<Orders>(
            "one order",
            &[Arg::number("amount", "what was paid for the order; negative for a refund")],
        ),
        Form::entities::<PerCustomer>(
            "one line of an order, any number per order",
            &[
                Arg::id("order_id", "which order the line belongs to"),
                Arg::number("amount", "what was paid for the line; negative for a refund"),
            ],
        ),
    ],
    nulls: "A row with a NULL argument is not counted; of lines, a NULL order drops the line, and \
            a NULL amount adds nothing to its order. No orders give NULL.",
    errors: ERRORS,
    source: "Elementary. Whether amounts are net of refunds, tax and shipping is the analyst's \
             choice; a refund on a row of its own would count as an order.",
    example: Example {
        sql: "SELECT average_order_value(order_id, amount) \
              FROM (VALUES (1, 10), (1, 20), (2, 6)) AS line (order_id, amount)",
        result: "18.0",
    },
    related: &["purchase_frequency", "revenue_per_customer", "mean_ci"],
    since: "0.1.0",
};

/// One row, one order.
#[derive(Debug, Default)]
struct Orders;

impl Fold for Orders {
    type Input = (Numbers,);
    type State = Mean;
    type Output = f64;

    const STATE: &'static [&'static str] = &["amount", "amount_compensation", "orders"];

    fn update(&self, mean: &mut Mean, (amount,): (f64,)) -> Result<(), Invalid> {
        mean.record(finite(0, amount)?);
        Ok(())
    }

    fn finish(&self, mean: &Mean) -> Option<f64> {
        mean.value()
    }
}
