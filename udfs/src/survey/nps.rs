//! Would customers recommend us? The Net Promoter Score: the share of promoters (9-10) less the
//! share of detractors (0-6), among answers from 0 to 10. Passives (7-8) count in the base only.

use super::bands::{Answers, COUNTS, Counted, ERRORS, NULLS, SCORE};
use crate::rate::{LEVEL, SCORE_METHOD, WithInterval};
use crate::spec::{Example, Family, Form, FunctionSpec, Setting};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "nps",
    aliases: &["net_promoter_score"],
    family: Family::Survey,
    summary: "Net Promoter Score, from -100 (all detractors) to 100 (all promoters).",
    formula: "100 * (promoters - detractors) / (promoters + passives + detractors)",
    forms: &[
        Form::rows::<Answers>("one answer", SCORE),
        Form::rows::<Counted>("answers already counted", COUNTS),
    ],
    nulls: NULLS,
    errors: ERRORS,
    source: "Reichheld, The One Number You Need to Grow, Harvard Business Review 12/2003.",
    example: Example {
        sql: "SELECT nps(promoters, passives, detractors) \
              FROM (VALUES (300, 100, 100)) AS survey (promoters, passives, detractors)",
        result: "40.0",
    },
    related: &["nps_ci", "nps_parts", "weighted_nps", "compare_nps", "referral_rate"],
    since: "0.1.0",
};

const SETTINGS: &[&Setting] = &[&LEVEL, &SCORE_METHOD];

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "nps_ci",
    aliases: &["net_promoter_score_ci"],
    summary: "Net Promoter Score with its confidence interval, within -100 and 100.",
    formula: "nps +/- z * sqrt((p + d - (p - d)^2) / n), with p and d the shares of promoters and \
              detractors; adjusted, three answers are added first, 3/4 to each of the two; \
              clipped to -100 and 100, and wide enough for the score itself",
    forms: &[
        Form::rows::<WithInterval<Answers>>("one answer", SCORE).with(SETTINGS),
        Form::rows::<WithInterval<Counted>>("answers already counted", COUNTS).with(SETTINGS),
    ],
    source: "Rocks, Interval Estimation for the Net Promoter Score, The American Statistician 70 \
             (2016). The plain interval ('wald') holds the truth in 65 of 100 cases instead of 95 \
             at ten answers.",
    example: Example {
        sql: "SELECT nps_ci(promoters, passives, detractors)['low'] \
              FROM (VALUES (300, 100, 100)) AS survey (promoters, passives, detractors)",
        result: "32.7695730288",
    },
    related: &["nps", "nps_parts", "compare_nps"],
    since: "0.1.0",
    ..SPEC
};
