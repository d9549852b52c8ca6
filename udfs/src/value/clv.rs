//! What is a customer worth? Customer lifetime value, by formula or from what was bought so far.

use crate::kernel::{EntityFold, Fold, Invalid, Kernel, Numbers, finite};
use crate::math::{Mean, Sum};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "clv",
    aliases: &["customer_lifetime_value"],
    family: Family::Value,
    summary: "Customer lifetime value: what a customer brings on average, in the unit of the amounts.",
    formula: "mean of purchase_value * purchase_frequency * lifespan; from purchases, the sum of \
              the amounts / the number of customers",
    forms: &[
        Form {
            rows: "one customer, or one kind of customer",
            args: &[
                Arg::number("purchase_value", "average amount of a purchase"),
                Arg::number("purchase_frequency", "purchases per unit of time"),
                Arg::number("lifespan", "how long a customer stays, in the same unit of time"),
            ],
            kernel: Kernel::rows::<Formula>(),
        },
        Form {
            rows: "one purchase, any number per customer",
            args: &[
                Arg::id("customer_id", "who bought"),
                Arg::number("amount", "what was paid; negative for a refund"),
            ],
            kernel: Kernel::entities::<Purchases>(),
        },
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
    related: &["retention_rate"],
    since: "0.1.0",
};

/// The product of the three factors, averaged over rows.
#[derive(Debug)]
struct Formula;

impl Fold for Formula {
    type Input = (Numbers, Numbers, Numbers);
    type State = Mean;
    type Output = f64;

    const STATE: &'static [&'static str] = &["value", "value_compensation", "customers"];

    fn update(
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

    fn finish(mean: &Mean) -> Option<f64> {
        mean.value()
    }
}

fn not_negative(index: usize, value: f64) -> Result<f64, Invalid> {
    if finite(index, value)? >= 0.0 {
        Ok(value)
    } else {
        Err(Invalid::argument(index, "not be negative"))
    }
}

/// What each customer has paid, averaged over customers.
#[derive(Debug)]
struct Purchases;

impl EntityFold for Purchases {
    type Input = (Numbers,);
    type Entry = Sum;
    type State = Mean;
    type Output = f64;

    const ENTRY: &'static [&'static str] = &["amount", "amount_compensation"];

    fn update(paid: &mut Sum, (amount,): (f64,)) -> Result<(), Invalid> {
        paid.add(finite(0, amount)?);
        Ok(())
    }

    fn count(mean: &mut Mean, paid: &Sum) -> Result<(), Invalid> {
        Ok(mean.record_sum(paid)?)
    }

    fn finish(mean: &Mean) -> Option<f64> {
        mean.value()
    }
}
