//! How many came back to buy again?

use super::orders::{ENTRY, ORDER, ORDERS, ordered};
use crate::kernel::{EntityFold, Id, Invalid};
use crate::math::{Count, Ratio};
use crate::rate::{
    CI_FORMULA, CI_SOURCE, CustomersWithInterval, Flagged, NULLS, SETTINGS, WithInterval,
    state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("repeated", "the customer has two orders or more")];

state_names!(Repeaters: "repeat_customers", "customers");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "repeat_purchase_rate",
    aliases: &[],
    family: Family::Value,
    summary: "Customers with two orders or more per customer who ordered, in percent.",
    formula: "100 * customers with two or more orders / customers",
    forms: &[
        Form::rows::<Flagged<Repeaters>>("one customer", FLAG),
        Form::entities::<Orders>(ORDERS, ORDER),
    ],
    nulls: NULLS,
    errors: "None.",
    source: "The standard definition, over the orders that the query selects: in a window of time \
             a customer whose first order lies before it needs two more. To count the orders of one \
             day as one, select the distinct customers and days first. From counts it is \
             proportion_ci(repeat_customers, customers).",
    example: Example {
        sql: "SELECT repeat_purchase_rate(customer_id) \
              FROM (VALUES (1), (1), (2), (3), (3), (3), (4)) AS purchase (customer_id)",
        result: "50.0",
    },
    related: &["repeat_purchase_rate_ci", "purchase_frequency", "retention_rate"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "repeat_purchase_rate_ci",
    summary: "Repeat purchase rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Repeaters>>>("one customer", FLAG).with(SETTINGS),
        Form::entities::<CustomersWithInterval<Orders>>(ORDERS, ORDER).with(SETTINGS),
    ],
    source: CI_SOURCE,
    example: Example {
        sql: "SELECT repeat_purchase_rate_ci(i <= 100)['low'] \
              FROM generate_series(1, 1000) AS customer (i)",
        result: "8.290944359",
    },
    related: &["repeat_purchase_rate"],
    ..SPEC
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
        ratio.record(orders.count > 1);
        Ok(())
    }

    fn finish(&self, ratio: &mut Ratio) -> Option<f64> {
        ratio.percent()
    }
}
