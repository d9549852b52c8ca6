//! By how much did it change?

use crate::kernel::{Formula, Invalid, Numbers, finite};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "change_from",
    aliases: &[],
    family: Family::Display,
    summary: "Change from a previous value to the current one, in percent of the previous.",
    formula: "100 * (current - previous) / abs(previous)",
    forms: &[Form::formula::<Change>(&[
        Arg::number("current", "the value now"),
        Arg::number("previous", "the value before: of the previous period, or a year ago"),
    ])],
    nulls: "A NULL argument gives NULL, and so does a previous value of zero.",
    errors: "A number that is NaN or infinite.",
    source: "Elementary. Of rates and scores the difference in points says more: current - previous.",
    example: Example { sql: "SELECT change_from(120, 150)", result: "-20.0" },
    related: &["format_percent", "growth_rate"],
    since: "0.1.0",
};

#[derive(Debug)]
struct Change;

impl Formula for Change {
    type Input = (Numbers, Numbers);
    type Output = f64;

    fn value((current, previous): (f64, f64)) -> Result<Option<f64>, Invalid> {
        let (current, previous) = (finite(0, current)?, finite(1, previous)?);
        Ok((previous != 0.0).then(|| 100.0 * (current - previous) / previous.abs()))
    }
}
