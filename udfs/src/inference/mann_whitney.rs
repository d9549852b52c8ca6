//! Does one group have the higher values? By rank, so that a few very large ones decide nothing.

use super::groups::{NULLS, VARIANT};
use crate::kernel::{Flags, Invalid, ListFold, Numbers, Settings, finite};
use crate::math::{RankComparison, Ranked, mann_whitney};
use crate::rate::LEVEL;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "mann_whitney",
    aliases: &[],
    family: Family::Inference,
    summary: "Two groups compared by rank: medians, how often one exceeds the other, and how likely chance alone explains it.",
    formula: "U = pairs in which the variant is higher, ties counting half; p from the normal \
              distribution, corrected for ties and continuity",
    forms: &[Form::lists::<Values>(
        "one case",
        &[Arg::number("value", "what is compared"), VARIANT],
    )
    .with(&[&LEVEL])],
    nulls: NULLS,
    errors: "A value that is NaN or infinite.",
    source: "Mann and Whitney, Annals of Mathematical Statistics 18 (1947); the interval by Newcombe, \
             Statistics in Medicine 25 (2006), method 5. Every value is kept until the end: the \
             memory grows with the rows.",
    example: Example {
        sql: "SELECT mann_whitney(value, arm = 'b')['probability'] FROM (VALUES ('a', 1), ('a', 2), \
              ('a', 3), ('b', 3), ('b', 4), ('b', 5)) AS test (arm, value)",
        result: "94.4444444444",
    },
    related: &["compare_means"],
    since: "0.1.0",
};

/// One row, one value.
#[derive(Debug, Default)]
struct Values {
    level: f64,
}

impl ListFold for Values {
    type Input = (Numbers, Flags);
    type Item = Ranked;
    type Output = RankComparison;

    const ITEM: &'static [&'static str] = &["values", "variants"];

    fn with(settings: &Settings) -> Self {
        Self { level: settings.number(&LEVEL) }
    }

    fn item(&self, (value, variant): (f64, bool)) -> Result<Ranked, Invalid> {
        Ok(Ranked { value: finite(0, value)?, variant })
    }

    fn finish(&self, values: &mut [Ranked]) -> Option<RankComparison> {
        mann_whitney(values, self.level)
    }
}
