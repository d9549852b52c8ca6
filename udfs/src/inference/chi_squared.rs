//! Do two characteristics go together, or is it chance?

use crate::kernel::{EntityFold, Id, Invalid};
use crate::math::{Association, Contingency, Count};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "chi_squared",
    aliases: &[],
    family: Family::Inference,
    summary: "Whether two characteristics of the same cases go together, and how strongly.",
    formula: "sum over all pairs of (observed - expected)^2 / expected, with expected = cases with \
              a * cases with b / all cases",
    forms: &[Form::pairs::<Pairs>(
        "one case",
        &[
            Arg::id("a", "one characteristic, such as the segment"),
            Arg::id("b", "the other, such as the plan, or whether the customer churned"),
        ],
    )],
    nulls: "A row with a NULL argument is not counted; no rows give NULL. Where a or b has a single \
            value there is nothing to test, and p_value and cramers_v are NULL.",
    errors: "None.",
    source: "Pearson, Philosophical Magazine 50 (1900), without Yates' correction for tables of \
             two by two, which R and SciPy apply unless told not to.",
    example: Example {
        sql: "SELECT chi_squared(a, b)['statistic'] FROM (VALUES (1, 'x'), (1, 'x'), (1, 'y'), \
              (2, 'y'), (2, 'y'), (2, 'x')) AS cases (a, b)",
        result: "0.66666666667",
    },
    related: &["compare_proportions"],
    since: "0.1.0",
};

/// How often each pair occurred.
#[derive(Debug, Default)]
struct Pairs;

impl EntityFold for Pairs {
    type Input = ();
    type Entry = Count;
    type Tally = Contingency;
    type Output = Association;

    const ENTRY: &'static [&'static str] = &["cases"];

    fn update(&self, cases: &mut Count, (): ()) -> Result<(), Invalid> {
        cases.count = cases.count.checked_add(1).ok_or(Invalid::Overflow)?;
        Ok(())
    }

    fn count(&self, table: &mut Contingency, id: Id<'_>, cases: &Count) -> Result<(), Invalid> {
        if let Some((a, b)) = id.pair() {
            table.add(a, b, cases.count)?;
        }
        Ok(())
    }

    fn finish(&self, table: &mut Contingency) -> Option<Association> {
        table.association()
    }
}
