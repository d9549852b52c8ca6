//! Did the Net Promoter Score move, or is it chance?

use super::groups::{NULLS, VARIANT};
use crate::kernel::{Flags, Fold, Invalid, Settings, Wholes};
use crate::math::{Bands, Comparison, Groups};
use crate::rate::LEVEL;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "compare_nps",
    aliases: &[],
    family: Family::Inference,
    summary: "Two Net Promoter Scores, their difference with its confidence interval, and how likely chance alone explains it.",
    formula: "z = difference / sqrt(variance 1 + variance 2), each as in nps_ci, unadjusted",
    forms: &[Form::rows::<Answers>(
        "one answer",
        &[Arg::whole("score", "the answer on the 0-10 scale"), VARIANT],
    )
    .with(&[&LEVEL])],
    nulls: NULLS,
    errors: "A score that is not a whole number from 0 to 10.",
    source: "The z test of two independent scores; the same people asked twice are not independent. \
             At 500 answers each, a change of less than 9 points is noise.",
    example: Example {
        sql: "SELECT compare_nps(score, wave = 2)['difference'] FROM (VALUES (1, 10), (1, 8), (1, 3), \
              (2, 9), (2, 9), (2, 7)) AS survey (wave, score)",
        result: "66.66666666667",
    },
    related: &["nps_ci", "compare_means"],
    since: "0.1.0",
};

/// One row, one answer.
#[derive(Debug, Default)]
struct Answers {
    level: f64,
}

impl Fold for Answers {
    type Input = (Wholes, Flags);
    type State = Groups<Bands>;
    type Output = Comparison;

    const STATE: &'static [&'static str] = &[
        "control_promoters",
        "control_passives",
        "control_detractors",
        "variant_promoters",
        "variant_passives",
        "variant_detractors",
    ];

    fn with(settings: &Settings) -> Self {
        Self { level: settings.number(&LEVEL) }
    }

    fn update(
        &self,
        groups: &mut Groups<Bands>,
        (score, variant): (i64, bool),
    ) -> Result<(), Invalid> {
        const OFF_SCALE: Invalid = Invalid::argument(0, "be a whole number from 0 to 10");
        groups.of(variant).record(score).ok_or(OFF_SCALE)
    }

    fn finish(&self, groups: &Groups<Bands>) -> Option<Comparison> {
        groups.compare(self.level)
    }
}
