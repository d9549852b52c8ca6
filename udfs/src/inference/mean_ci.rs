//! How sure is a mean?

use crate::kernel::{Fold, Invalid, Numbers, finite};
use crate::math::Moments;
use crate::rate::{LEVEL, WithInterval};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "mean_ci",
    aliases: &[],
    family: Family::Inference,
    summary: "A mean with its confidence interval, in the unit of the values.",
    formula: "mean +/- t * sqrt(variance / n), with Student's t of n - 1 degrees of freedom",
    forms: &[Form::rows::<WithInterval<Values>>(
        "one case",
        &[Arg::number("value", "what is averaged")],
    )
    .with(&[&LEVEL])],
    nulls: "A row with a NULL argument is not counted; no rows give NULL, and one row has a mean \
            but no interval.",
    errors: "A value that is NaN or infinite.",
    source: "Student, The Probable Error of a Mean, Biometrika 6 (1908). It is about means of many; \
             a few very large values (revenue) make it too narrow.",
    example: Example {
        sql: "SELECT mean_ci(value)['low'] \
              FROM (VALUES (2), (4), (4), (4), (5), (5), (7), (9)) AS sample (value)",
        result: "3.2125120818",
    },
    related: &["compare_means", "average_order_value", "ratio_ci"],
    since: "0.1.0",
};

/// One row, one value.
#[derive(Debug, Default)]
struct Values;

impl Fold for Values {
    type Input = (Numbers,);
    type State = Moments;
    type Output = f64;

    const STATE: &'static [&'static str] =
        &["n", "sum", "sum_compensation", "squares", "squares_compensation"];

    fn update(&self, moments: &mut Moments, (value,): (f64,)) -> Result<(), Invalid> {
        moments.record(finite(0, value)?);
        Ok(())
    }

    fn finish(&self, moments: &Moments) -> Option<f64> {
        moments.mean()
    }
}
