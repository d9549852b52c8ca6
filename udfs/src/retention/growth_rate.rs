//! Are there more customers than before? The change of their number, new customers included.

use crate::kernel::{Fold, Invalid, Kernel, Wholes, count};
use crate::math::Ratio;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "growth_rate",
    aliases: &[],
    family: Family::Retention,
    summary: "Change of the number of customers over a period, in percent of those at its start.",
    formula: "100 * (customers_at_end - customers_at_start) / customers_at_start",
    forms: &[Form {
        rows: "customers already counted",
        args: &[
            Arg::whole("customers_at_start", "customers when the period began"),
            Arg::whole("customers_at_end", "customers when it ended, new ones included"),
        ],
        kernel: Kernel::rows::<Counted>(),
    }],
    nulls: "A row with a NULL argument is not counted. No customers at the start give NULL.",
    errors: "A count that is negative or not whole.",
    source: "Elementary. An article on engagement prints this formula as its retention rate.",
    example: Example {
        sql: "SELECT growth_rate(s, e) FROM (VALUES (10000, 12000)) AS period (s, e)",
        result: "20.0",
    },
    related: &["retention_rate", "churn_rate"],
    since: "0.1.0",
};

#[derive(Debug)]
struct Counted;

impl Fold for Counted {
    type Input = (Wholes, Wholes);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = &["customers_at_end", "customers_at_start"];

    fn update(ratio: &mut Ratio, (start, end): (i64, i64)) -> Result<(), Invalid> {
        Ok(ratio.add(count(1, end)?, count(0, start)?)?)
    }

    fn finish(ratio: &Ratio) -> Option<f64> {
        ratio.percent_change()
    }
}
