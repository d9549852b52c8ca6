//! Is one rate higher than another, or is it chance?

use super::groups::{NULLS, VARIANT};
use crate::kernel::{Flags, Fold, Invalid, Settings, Wholes};
use crate::math::{Comparison, Groups, Ratio};
use crate::rate::{LEVEL, add_part};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "compare_proportions",
    aliases: &[],
    family: Family::Inference,
    summary: "Two rates, their difference with its confidence interval, and how likely chance alone explains it.",
    formula: "z = difference / sqrt(p * (1 - p) * (1 / n1 + 1 / n2)) with the pooled rate p; around the \
              difference Newcombe's interval, from the two Wilson intervals",
    forms: &[
        Form::rows::<Cases>("one case", &[Arg::flag("converted", "the case is a hit"), VARIANT])
            .with(&[&LEVEL]),
        Form::rows::<Counts>(
            "cases of one group already counted",
            &[
                Arg::whole("successes", "cases that are hits"),
                Arg::whole("trials", "all cases of these"),
                VARIANT,
            ],
        )
        .with(&[&LEVEL]),
    ],
    nulls: NULLS,
    errors: "A count that is negative or not whole; more successes than trials.",
    source: "The z test of two proportions; Newcombe, Interval Estimation for the Difference Between \
             Independent Proportions, Statistics in Medicine 17 (1998), method 10. Looking every day \
             and stopping when p is small finds differences that are not there.",
    example: Example {
        sql: "SELECT compare_proportions(k, n, page = 'b')['p_value'] \
              FROM (VALUES ('a', 100, 1000), ('b', 130, 1000)) AS test (page, k, n)",
        result: "0.03548845046647",
    },
    related: &["sample_size_proportion", "proportion_ci", "compare_means", "chi_squared"],
    since: "0.1.0",
};

/// The names of the state.
const STATE: &[&str] = &["control_hits", "control_total", "variant_hits", "variant_total"];

/// One row, one case.
#[derive(Debug, Default)]
struct Cases {
    level: f64,
}

impl Fold for Cases {
    type Input = (Flags, Flags);
    type State = Groups<Ratio>;
    type Output = Comparison;

    const STATE: &'static [&'static str] = STATE;

    fn with(settings: &Settings) -> Self {
        Self { level: settings.number(&LEVEL) }
    }

    fn update(
        &self,
        groups: &mut Groups<Ratio>,
        (converted, variant): (bool, bool),
    ) -> Result<(), Invalid> {
        groups.of(variant).record(converted);
        Ok(())
    }

    fn finish(&self, groups: &Groups<Ratio>) -> Option<Comparison> {
        groups.compare(self.level)
    }
}

/// One row, many cases of one group.
#[derive(Debug, Default)]
struct Counts {
    level: f64,
}

impl Fold for Counts {
    type Input = (Wholes, Wholes, Flags);
    type State = Groups<Ratio>;
    type Output = Comparison;

    const STATE: &'static [&'static str] = STATE;

    fn with(settings: &Settings) -> Self {
        Self { level: settings.number(&LEVEL) }
    }

    fn update(
        &self,
        groups: &mut Groups<Ratio>,
        (successes, trials, variant): (i64, i64, bool),
    ) -> Result<(), Invalid> {
        add_part(groups.of(variant), successes, trials)
    }

    fn finish(&self, groups: &Groups<Ratio>) -> Option<Comparison> {
        groups.compare(self.level)
    }
}
