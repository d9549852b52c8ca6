//! How many found it easy? The share of answers from 5 to 7 to the question of the Customer Effort
//! Score.

use super::effort::{AGREES, ERRORS, SCORE, effort};
use crate::kernel::{Fold, Invalid, Wholes};
use crate::math::Ratio;
use crate::rate::{CI_FORMULA, CI_SOURCE, NULLS, Named, SETTINGS, WithInterval, state_names};
use crate::spec::{Example, Family, Form, FunctionSpec};

state_names!(Agreed: "agreed", "answers");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "ces_agreement_rate",
    aliases: &[],
    family: Family::Survey,
    summary: "Share of answers that agree (5 to 7 of 7) that it was easy, in percent.",
    formula: "100 * (answers from 5 to 7) / answers",
    forms: &[Form::rows::<Scores>("one answer", SCORE)],
    nulls: NULLS,
    errors: ERRORS,
    source: "The share of agreement that is usually shown beside CES 2.0.",
    example: Example {
        sql: "SELECT ces_agreement_rate(score) \
              FROM (VALUES (7), (6), (5), (2)) AS survey (score)",
        result: "75.0",
    },
    related: &["ces", "ces_agreement_rate_ci"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "ces_agreement_rate_ci",
    summary: "Share of answers that agree that it was easy, with its confidence interval, in \
              percent.",
    formula: CI_FORMULA,
    forms: &[Form::rows::<WithInterval<Scores>>("one answer", SCORE).with(SETTINGS)],
    source: CI_SOURCE,
    example: Example {
        sql: "SELECT ces_agreement_rate_ci(CASE WHEN i <= 100 THEN 5 ELSE 4 END)['low'] \
              FROM generate_series(1, 1000) AS answer (i)",
        result: "8.290944359",
    },
    related: &["ces_agreement_rate"],
    ..SPEC
};

#[derive(Debug, Default)]
struct Scores;

impl Fold for Scores {
    type Input = (Wholes,);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = Agreed::STATE;

    fn update(&self, ratio: &mut Ratio, (score,): (i64,)) -> Result<(), Invalid> {
        ratio.record(effort(score)? >= AGREES);
        Ok(())
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
