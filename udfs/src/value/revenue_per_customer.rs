//! What does a customer bring?

use super::amounts::{ERRORS, NULLS, PURCHASE, PURCHASES, PerCustomer};
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "revenue_per_customer",
    aliases: &["arpc"],
    family: Family::Value,
    summary: "Revenue per customer who bought, in the unit of the amounts.",
    formula: "sum of the amounts / number of customers",
    forms: &[Form::entities::<PerCustomer>(PURCHASES, PURCHASE)],
    nulls: NULLS,
    errors: ERRORS,
    source: "Elementary. Over all time it is the historic customer lifetime value, clv.",
    example: Example {
        sql: "SELECT revenue_per_customer(customer_id, amount) \
              FROM (VALUES (1, 10), (1, 20), (2, 6)) AS purchase (customer_id, amount)",
        result: "18.0",
    },
    related: &["clv", "average_order_value", "purchase_frequency", "concentration"],
    since: "0.1.0",
};
