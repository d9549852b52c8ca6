//! Is one mean higher than another, or is it chance?

use super::groups::{NULLS, VARIANT};
use crate::kernel::{Flags, Fold, Invalid, Numbers, Settings, finite};
use crate::math::{Comparison, Groups, Moments};
use crate::rate::LEVEL;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "compare_means",
    aliases: &[],
    family: Family::Inference,
    summary: "Two means, their difference with its confidence interval, and how likely chance alone explains it.",
    formula: "t = difference / sqrt(v1 / n1 + v2 / n2), with degrees of freedom by Welch and Satterthwaite",
    forms: &[Form::rows::<Values>(
        "one case",
        &[Arg::number("value", "what is averaged"), VARIANT],
    )
    .with(&[&LEVEL])],
    nulls: NULLS,
    errors: "A value that is NaN or infinite.",
    source: "Welch, The Generalization of Student's Problem, Biometrika 34 (1947): the groups may vary \
             differently. Where few large values decide the mean, see mann_whitney.",
    example: Example {
        sql: "SELECT compare_means(value, arm = 'b')['statistic'] FROM (VALUES ('a', 1), ('a', 2), \
              ('a', 3), ('b', 3), ('b', 4), ('b', 5)) AS test (arm, value)",
        result: "2.4494897428",
    },
    related: &["mann_whitney", "mean_ci", "compare_proportions"],
    since: "0.1.0",
};

/// One row, one value.
#[derive(Debug, Default)]
struct Values {
    level: f64,
}

impl Fold for Values {
    type Input = (Numbers, Flags);
    type State = Groups<Moments>;
    type Output = Comparison;

    const STATE: &'static [&'static str] = &[
        "control_n",
        "control_sum",
        "control_sum_compensation",
        "control_squares",
        "control_squares_compensation",
        "variant_n",
        "variant_sum",
        "variant_sum_compensation",
        "variant_squares",
        "variant_squares_compensation",
    ];

    fn with(settings: &Settings) -> Self {
        Self { level: settings.number(&LEVEL) }
    }

    fn update(
        &self,
        groups: &mut Groups<Moments>,
        (value, variant): (f64, bool),
    ) -> Result<(), Invalid> {
        groups.of(variant).record(finite(0, value)?);
        Ok(())
    }

    fn finish(&self, groups: &Groups<Moments>) -> Option<Comparison> {
        groups.compare(self.level)
    }
}
