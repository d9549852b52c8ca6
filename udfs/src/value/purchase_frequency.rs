//! How often does a customer buy?

use super::orders::{ENTRY, ORDER, ORDERS, ordered};
use crate::kernel::{EntityFold, Id, Invalid};
use crate::math::{Count, Ratio};
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "purchase_frequency",
    aliases: &[],
    family: Family::Value,
    summary: "Orders per customer who ordered.",
    formula: "number of orders / number of customers",
    forms: &[Form::entities::<Orders>(ORDERS, ORDER)],
    nulls: "A row with a NULL customer is not counted. No orders give NULL.",
    errors: "None.",
    source: "Elementary. To count the orders of one day as one, select the distinct customers and \
             days first.",
    example: Example {
        sql: "SELECT purchase_frequency(customer_id) \
              FROM (VALUES (1), (1), (1), (2)) AS purchase (customer_id)",
        result: "2.0",
    },
    related: &["repeat_purchase_rate", "average_order_value", "clv"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct Orders;

impl EntityFold for Orders {
    type Input = ();
    type Entry = Count;
    type Tally = Ratio;
    type Output = f64;

    const ENTRY: &'static [&'static str] = ENTRY;

    fn update(&self, orders: &mut Count, (): ()) -> Result<(), Invalid> {
        ordered(orders)
    }

    fn count(&self, ratio: &mut Ratio, _: Id<'_>, orders: &Count) -> Result<(), Invalid> {
        Ok(ratio.add(orders.count, 1)?)
    }

    fn finish(&self, ratio: &mut Ratio) -> Option<f64> {
        ratio.quotient()
    }
}
