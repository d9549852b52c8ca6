//! How easy did we make it? The mean Customer Effort Score, on the scale of its second version.

use super::effort::{ERRORS, SCORE, effort};
use crate::kernel::{Fold, Invalid, Wholes};
use crate::math::Mean;
use crate::rate::NULLS;
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "ces",
    aliases: &["customer_effort_score"],
    family: Family::Survey,
    summary: "Customer Effort Score: the mean agreement, from 1 to 7, that it was easy.",
    formula: "sum of scores / answers",
    forms: &[Form::rows::<Scores>("one answer", SCORE)],
    nulls: NULLS,
    errors: ERRORS,
    source: "Dixon, Ponomareff, Turner and DeLisi, Kick-Ass Customer Service, Harvard Business \
             Review 1/2017 (CES 2.0): 7 is the least effort. The first version (2010) asked for \
             the effort on a scale from 1 to 5, where high is bad.",
    example: Example {
        sql: "SELECT ces(score) FROM (VALUES (7), (6), (5), (2)) AS survey (score)",
        result: "5.0",
    },
    related: &["ces_agreement_rate", "csat", "mean_ci"],
    since: "0.1.0",
};

#[derive(Debug, Default)]
struct Scores;

impl Fold for Scores {
    type Input = (Wholes,);
    type State = Mean;
    type Output = f64;

    const STATE: &'static [&'static str] = &["score", "score_compensation", "answers"];

    fn update(&self, mean: &mut Mean, (score,): (i64,)) -> Result<(), Invalid> {
        mean.record(effort(score)?);
        Ok(())
    }

    fn finish(&self, mean: &Mean) -> Option<f64> {
        mean.value()
    }
}
