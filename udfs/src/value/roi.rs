//! Did it pay? The gain over the cost, less the cost.

use crate::kernel::{Fold, Invalid, Numbers, finite, not_negative};
use crate::math::Quotient;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "roi",
    aliases: &[],
    family: Family::Value,
    summary: "Return on investment, in percent: 0 is break-even, -100 all lost.",
    formula: "100 * (sum of gains - sum of costs) / sum of costs",
    forms: &[Form::rows::<GainOfCost>(
        "one campaign, or any other thing that has a cost",
        &[
            Arg::number("gain", "what it brought in, before the cost"),
            Arg::number("cost", "what it cost"),
        ],
    )],
    nulls: "A row with a NULL argument is not counted: a gain whose cost is not known yet says nothing. \
            No cost gives NULL.",
    errors: "A number that is NaN or infinite; a negative cost.",
    source: "Elementary, of sums, not a mean of rates. Whether the gain is revenue or margin, and \
             whether it would have come anyway, is up to the analyst.",
    example: Example {
        sql: "SELECT roi(gain, cost) FROM (VALUES (300, 100), (50, 100)) AS campaign (gain, cost)",
        result: "75.0",
    },
    related: &["customer_retention_cost", "clv"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct GainOfCost;

impl Fold for GainOfCost {
    type Input = (Numbers, Numbers);
    type State = Quotient;
    type Output = f64;

    const STATE: &'static [&'static str] =
        &["gain", "gain_compensation", "cost", "cost_compensation"];

    fn update(&self, sums: &mut Quotient, (gain, cost): (f64, f64)) -> Result<(), Invalid> {
        sums.add(finite(0, gain)?, not_negative(1, cost)?);
        Ok(())
    }

    fn finish(&self, sums: &Quotient) -> Option<f64> {
        sums.percent_change()
    }
}
