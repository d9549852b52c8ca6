//! What is a customer worth? Customer lifetime value, by formula or from what was bought so far.

use super::amounts::{PURCHASE, PURCHASES, PerCustomer};
use crate::kernel::{Fold, Invalid, Numbers, finite, not_negative};
use crate::math::Mean;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "clv",
    aliases: &["customer_lifetime_value"],
    family: Family::Value,
    summary: "Customer lifetime value: what a customer brings on average, in the unit of the amounts.",
    formula: "mean of purchase_value * purchase_frequency * lifespan; from purchases, the sum of \
              the amounts / the number of customers",
    forms: &[
        Form::rows::<Formula>(
            "one customer, or one kind of customer",
            &[
                Arg::number("purchase_value", "average amount of a purchase"),
                Arg::number("purchase_frequency", "purchases per unit of time"),
                Arg::number("lifespan", "how long a customer stays, in the same unit of time"),
            ],
        ),
        Form::entities::<PerCustomer>(PURCHASES, PURCHASE),
    ],
    nulls: "A row with a NULL argument is not counted; among purchases only a NULL customer drops \
            the row, and a NULL amount adds nothing to its customer. No customers give NULL.",
    errors: "A number that is NaN or infinite; a negative frequency or lifespan; a result beyond \
             the range of DOUBLE.",
    source: "The textbook product of value, frequency and lifespan. From purchases it is the \
             historic value, revenue per customer to date: no prediction, no discount, no cost.",
    example: Example {
        sql: "SELECT clv(value, frequency, lifespan) \
              FROM (VALUES (100, 12, 1)) AS customer (value, frequency, lifespan)",
        result: "1200.0",
    },
    related: &["clv_subscription", "revenue_per_customer", "average_order_value"],
    since: "0.1.0",
};

/// The product of the three factors, averaged over rows.
#[derive(Debug, Default)]
struct Formula;

impl Fold for Formula {
    type Input = (Numbers, Numbers, Numbers);
    type State = Mean;
    type Output = f64;

    const STATE: &'static [&'static str] = &["value", "value_compensation", "customers"];

    fn update(
        &self,
        mean: &mut Mean,
        (value, frequency, lifespan): (f64, f64, f64),
    ) -> Result<(), Invalid> {
        let value = finite(0, value)?;
        let product = value * not_negative(1, frequency)? * not_negative(2, lifespan)?;
        if !product.is_finite() {
            return Err(Invalid::argument(0, "give a product within the range of DOUBLE"));
        }
        mean.record(product);
        Ok(())
    }

    fn finish(&self, mean: &Mean) -> Option<f64> {
        mean.value()
    }
}
