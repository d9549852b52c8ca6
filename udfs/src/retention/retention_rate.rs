//! Who came back? The share of a period's customers who are still there later. New customers are
//! not counted, on either side: that is what tells retention from growth.

use super::outcome::{BeforeAndAfter, CUSTOMER, EVENT, Events, Flagged, NULLS, Outcome};
use crate::kernel::{Fold, Invalid, Kernel, Wholes, count};
use crate::math::Ratio;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "retention_rate",
    aliases: &[],
    family: Family::Retention,
    summary: "Share of the customers of an earlier window who are still there later, in percent.",
    formula: "100 * retained / customers before; rolled up, 100 * (E - N) / S",
    forms: &[
        Form {
            rows: "one customer of the earlier window",
            args: &[Arg::flag("retained", "the customer is still there")],
            kernel: Kernel::rows::<Flagged<Retained>>(),
        },
        Form {
            rows: "one customer",
            args: CUSTOMER,
            kernel: Kernel::rows::<BeforeAndAfter<Retained>>(),
        },
        Form {
            rows: "customers already counted",
            args: &[
                Arg::whole("customers_at_start", "S, customers when the period began"),
                Arg::whole("customers_at_end", "E, customers when it ended, new ones included"),
                Arg::whole("customers_new", "N, those of E who came during the period"),
            ],
            kernel: Kernel::rows::<Counted>(),
        },
        Form {
            rows: "one event, any number per customer",
            args: EVENT,
            kernel: Kernel::entities::<Events<Retained>>(),
        },
    ],
    nulls: NULLS,
    errors: "A count that is negative or not whole; more new customers than customers at the end; \
             more customers kept than there were.",
    source: "The standard definition, (E - N) / S. Some articles print (E - S) / S under this \
             name, which counts new customers as retained: that is growth_rate.",
    example: Example {
        sql: "SELECT retention_rate(s, e, n) FROM (VALUES (10000, 12000, 5000)) AS period (s, e, n)",
        result: "70.0",
    },
    related: &["churn_rate", "growth_rate"],
    since: "0.1.0",
};

/// A customer of the earlier window who was seen again.
#[derive(Debug)]
struct Retained;

impl Outcome for Retained {
    const STATE: &'static [&'static str] = &["retained", "customers"];

    fn is_hit(seen_later: bool) -> bool {
        seen_later
    }
}

/// One row, many customers that were counted before.
#[derive(Debug)]
struct Counted;

impl Fold for Counted {
    type Input = (Wholes, Wholes, Wholes);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = Retained::STATE;

    fn update(ratio: &mut Ratio, (start, end, new): (i64, i64, i64)) -> Result<(), Invalid> {
        let (start, end, new) = (count(0, start)?, count(1, end)?, count(2, new)?);
        let kept = end
            .checked_sub(new)
            .ok_or(Invalid::argument(2, "not exceed customers_at_end, of which they are a part"))?;
        if kept > start {
            let rule = "not exceed customers_at_start by more than customers_new";
            return Err(Invalid::argument(1, rule));
        }
        Ok(ratio.add(kept, start)?)
    }

    fn finish(ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
