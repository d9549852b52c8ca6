//! Who left? The share of a period's customers who are gone later, the complement of
//! `retention_rate`.

use super::outcome::{BeforeAndAfter, CUSTOMER, EVENT, Events, Flagged, NULLS, Outcome};
use crate::kernel::{Fold, Invalid, Kernel, Wholes, count};
use crate::math::Ratio;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "churn_rate",
    aliases: &[],
    family: Family::Retention,
    summary: "Share of the customers of an earlier window who are gone later, in percent.",
    formula: "100 * customers lost / customers before",
    forms: &[
        Form {
            rows: "one customer of the earlier window",
            args: &[Arg::flag("churned", "the customer is gone")],
            kernel: Kernel::rows::<Flagged<Churned>>(),
        },
        Form {
            rows: "one customer",
            args: CUSTOMER,
            kernel: Kernel::rows::<BeforeAndAfter<Churned>>(),
        },
        Form {
            rows: "customers already counted",
            args: &[
                Arg::whole("customers_at_start", "customers when the period began"),
                Arg::whole("customers_lost", "those of them who left during the period"),
            ],
            kernel: Kernel::rows::<Counted>(),
        },
        Form {
            rows: "one event, any number per customer",
            args: EVENT,
            kernel: Kernel::entities::<Events<Churned>>(),
        },
    ],
    nulls: NULLS,
    errors: "A count that is negative or not whole; more customers lost than there were.",
    source: "The standard definition, over the customers at the start of the period.",
    example: Example {
        sql: "SELECT churn_rate(s, lost) FROM (VALUES (1000, 100)) AS period (s, lost)",
        result: "10.0",
    },
    related: &["retention_rate", "growth_rate"],
    since: "0.1.0",
};

/// A customer of the earlier window who was not seen again.
#[derive(Debug)]
struct Churned;

impl Outcome for Churned {
    const STATE: &'static [&'static str] = &["churned", "customers"];

    fn is_hit(seen_later: bool) -> bool {
        !seen_later
    }
}

/// One row, many customers that were counted before.
#[derive(Debug)]
struct Counted;

impl Fold for Counted {
    type Input = (Wholes, Wholes);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = Churned::STATE;

    fn update(ratio: &mut Ratio, (start, lost): (i64, i64)) -> Result<(), Invalid> {
        let (start, lost) = (count(0, start)?, count(1, lost)?);
        if lost > start {
            return Err(Invalid::argument(1, "not exceed customers_at_start"));
        }
        Ok(ratio.add(lost, start)?)
    }

    fn finish(ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
