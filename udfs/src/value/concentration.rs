//! How much of the revenue comes from few?

use super::amounts::{ERRORS, PURCHASE, PURCHASES, PerCustomer};
use crate::kernel::{EntityFold, Id, Invalid, ListFold, Numbers, Settings, finite};
use crate::math::{Sum, concentration};
use crate::spec::{Arg, Domain, Example, Family, Form, FunctionSpec, Setting, Stage};

const TOP_SHARE: Setting = Setting {
    name: "top_share",
    domain: Domain::Between { default: None, above: 0.0, below: 100.0 },
    stage: Stage::Result,
    doc: "how many are the top, in percent of all customers; a part of one counts as one",
};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "concentration",
    aliases: &[],
    family: Family::Value,
    summary: "Share of the revenue that comes from the top customers, in percent.",
    formula: "100 * amounts of the ceil(top_share / 100 * customers) largest / all amounts",
    forms: &[
        Form::lists::<Customers>(
            "one customer",
            &[Arg::number("amount", "what the customer brought")],
        )
        .with(&[&TOP_SHARE]),
        Form::entities::<Purchases>(PURCHASES, PURCHASE).with(&[&TOP_SHARE]),
    ],
    nulls: "A NULL customer drops the row; a NULL amount drops a customer's row, but adds nothing \
            to a customer of many. No customers, or no revenue, give NULL.",
    errors: ERRORS,
    source: "The share of the top customers, as in the 80/20 rule; exact, by sorting all of them. \
             Customers with more refunds than purchases can make it more than 100.",
    example: Example {
        sql: "SELECT concentration(amount, 20) FROM (VALUES (50), (30), (10), (5), (5)) \
              AS customer (amount)",
        result: "50.0",
    },
    related: &["revenue_per_customer", "share_of"],
    since: "0.1.0",
};

/// One row, one customer.
#[derive(Debug, Default)]
struct Customers {
    top_share: f64,
}

impl ListFold for Customers {
    type Input = (Numbers,);
    type Item = f64;
    type Output = f64;

    const ITEM: &'static [&'static str] = &["amounts"];

    fn with(settings: &Settings) -> Self {
        Self { top_share: settings.number(&TOP_SHARE) }
    }

    fn item(&self, (amount,): (f64,)) -> Result<f64, Invalid> {
        finite(0, amount)
    }

    fn finish(&self, amounts: &mut [f64]) -> Option<f64> {
        concentration(amounts, self.top_share)
    }
}

/// Any number of purchases per customer.
#[derive(Debug, Default)]
struct Purchases {
    top_share: f64,
}

impl EntityFold for Purchases {
    type Input = (Numbers,);
    type Entry = Sum;
    type Tally = Vec<f64>;
    type Output = f64;

    const ENTRY: &'static [&'static str] = PerCustomer::ENTRY;

    fn with(settings: &Settings) -> Self {
        Self { top_share: settings.number(&TOP_SHARE) }
    }

    fn update(&self, paid: &mut Sum, purchase: (f64,)) -> Result<(), Invalid> {
        PerCustomer.update(paid, purchase)
    }

    fn count(&self, amounts: &mut Vec<f64>, _: Id<'_>, paid: &Sum) -> Result<(), Invalid> {
        amounts.push(paid.value());
        Ok(())
    }

    fn finish(&self, amounts: &mut Vec<f64>) -> Option<f64> {
        concentration(amounts, self.top_share)
    }
}
