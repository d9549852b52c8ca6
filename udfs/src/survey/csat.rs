//! Were they satisfied? The share of answers in the top two boxes of the scale.

use crate::kernel::{Fold, Invalid, Settings, Wholes};
use crate::math::Ratio;
use crate::rate::{
    CI_FORMULA, CI_SOURCE, Flagged, LEVEL, METHOD, NULLS, Named, SETTINGS, WithInterval,
    state_names,
};
use crate::spec::{Arg, Domain, Example, Family, Form, FunctionSpec, Setting, Stage};

const SCORE: &[Arg] = &[Arg::whole("score", "the answer, from 1 (worst) to scale_max (best)")];

const FLAG: &[Arg] = &[Arg::flag("satisfied", "the answer counts as satisfied")];

const SCALE_MAX: Setting = Setting {
    name: "scale_max",
    domain: Domain::Whole { default: 5, min: 3, max: 11 },
    stage: Stage::Rows,
    doc: "the best answer of the scale, 3 to 11; 5 unless given",
};

state_names!(Satisfied: "satisfied", "answers");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "csat",
    aliases: &["customer_satisfaction"],
    family: Family::Survey,
    summary: "Customer satisfaction: the share of answers in the top two boxes, in percent.",
    formula: "100 * (answers of scale_max or scale_max - 1) / answers",
    forms: &[
        Form::rows::<TopTwoBoxes>("one answer", SCORE).with(&[&SCALE_MAX]),
        Form::rows::<Flagged<Satisfied>>("one answer", FLAG),
    ],
    nulls: NULLS,
    errors: "A score that is not a whole number from 1 to scale_max.",
    source: "The top-two-box score. It is not the mean of the answers, nor satisfied less \
             dissatisfied (net satisfaction), which some tools show under the same name. From \
             counts it is proportion_ci(satisfied, answers).",
    example: Example {
        sql: "SELECT csat(score) FROM (VALUES (5), (4), (4), (3), (1)) AS survey (score)",
        result: "60.0",
    },
    related: &["csat_ci", "ces", "nps"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "csat_ci",
    aliases: &[],
    summary: "Customer satisfaction with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<TopTwoBoxes>>("one answer", SCORE)
            .with(&[&SCALE_MAX, &LEVEL, &METHOD]),
        Form::rows::<WithInterval<Flagged<Satisfied>>>("one answer", FLAG).with(SETTINGS),
    ],
    source: CI_SOURCE,
    example: Example {
        sql: "SELECT csat_ci(i <= 100)['low'] FROM generate_series(1, 1000) AS answer (i)",
        result: "8.290944359",
    },
    related: &["csat", "proportion_ci"],
    ..SPEC
};

/// One row, one answer on a scale from 1.
#[derive(Debug)]
struct TopTwoBoxes {
    scale_max: i64,
}

impl Default for TopTwoBoxes {
    fn default() -> Self {
        Self::with(&Settings::default())
    }
}

impl Fold for TopTwoBoxes {
    type Input = (Wholes,);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = Satisfied::STATE;

    fn with(settings: &Settings) -> Self {
        Self { scale_max: settings.whole(&SCALE_MAX) }
    }

    fn update(&self, ratio: &mut Ratio, (score,): (i64,)) -> Result<(), Invalid> {
        if !(1..=self.scale_max).contains(&score) {
            return Err(Invalid::Range { index: 0, min: 1, max: self.scale_max });
        }
        ratio.record(score >= self.scale_max - 1);
        Ok(())
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
