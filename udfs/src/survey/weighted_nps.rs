//! Would customers recommend us, if some answers stand for more than others? The Net Promoter
//! Score by weight: of the revenue, or of the group that a respondent represents.

use super::bands::SCORE_RULE;
use crate::kernel::{Fold, Invalid, Numbers, Wholes, not_negative};
use crate::math::{Quotient, band};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "weighted_nps",
    aliases: &[],
    family: Family::Survey,
    summary: "Net Promoter Score in which each answer counts by its weight, from -100 to 100.",
    formula: "100 * (weight of promoters - weight of detractors) / weight of all answers",
    forms: &[Form::rows::<Weighted>(
        "one answer",
        &[
            Arg::whole("score", "the answer on the 0-10 scale"),
            Arg::number("weight", "how much the answer stands for: revenue, people, 1"),
        ],
    )],
    nulls: "A row with a NULL argument is not counted; no answers, or no weight, give NULL.",
    errors: SCORE_RULE_AND_WEIGHT,
    source: "Survey weighting (post-stratification), or by revenue, which is another metric than \
             the NPS of respondents: say which was used.",
    example: Example {
        sql: "SELECT weighted_nps(score, weight) \
              FROM (VALUES (10, 3), (8, 4), (2, 1)) AS survey (score, weight)",
        result: "25.0",
    },
    related: &["nps"],
    since: "0.1.0",
};

const SCORE_RULE_AND_WEIGHT: &str =
    "A score that is not a whole number from 0 to 10; a weight that is negative, NaN or infinite.";

#[derive(Debug, Default)]
struct Weighted;

impl Fold for Weighted {
    type Input = (Wholes, Numbers);
    type State = Quotient;
    type Output = f64;

    const STATE: &'static [&'static str] =
        &["net_weight", "net_weight_compensation", "weight", "weight_compensation"];

    fn update(&self, net: &mut Quotient, (score, weight): (i64, f64)) -> Result<(), Invalid> {
        let weight = not_negative(1, weight)?;
        let (promoter, detractor) = band(score).ok_or(Invalid::argument(0, SCORE_RULE))?;
        net.add((f64::from(promoter) - f64::from(detractor)) * weight, weight);
        Ok(())
    }

    fn finish(&self, net: &Quotient) -> Option<f64> {
        net.percent()
    }
}
