//! Would customers recommend us? The Net Promoter Score: the share of promoters (9-10) less the
//! share of detractors (0-6), among answers from 0 to 10. Passives (7-8) count in the base only.

use crate::kernel::{Fold, Invalid, Kernel, Wholes, count};
use crate::math::Bands;
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "nps",
    aliases: &["net_promoter_score"],
    family: Family::Survey,
    summary: "Net Promoter Score, from -100 (all detractors) to 100 (all promoters).",
    formula: "100 * (promoters - detractors) / (promoters + passives + detractors)",
    forms: &[
        Form {
            rows: "one answer",
            args: &[Arg::whole(
                "score",
                "the answer on the 0-10 scale: 0-6 detractor, 7-8 passive, 9-10 promoter",
            )],
            kernel: Kernel::rows::<Answers>(),
        },
        Form {
            rows: "answers already counted",
            args: &[
                Arg::whole("promoters", "answers of 9 or 10"),
                Arg::whole("passives", "answers of 7 or 8"),
                Arg::whole("detractors", "answers of 0 to 6"),
            ],
            kernel: Kernel::rows::<Counted>(),
        },
    ],
    nulls: "A row with a NULL argument is not counted; no answers give NULL.",
    errors: "A score that is not a whole number from 0 to 10; a count that is negative or not whole.",
    source: "Reichheld, The One Number You Need to Grow, Harvard Business Review 12/2003.",
    example: Example {
        sql: "SELECT nps(promoters, passives, detractors) \
              FROM (VALUES (300, 100, 100)) AS survey (promoters, passives, detractors)",
        result: "40.0",
    },
    related: &[],
    since: "0.1.0",
};

const STATE: &[&str] = &["promoters", "passives", "detractors"];

/// One row, one answer.
#[derive(Debug)]
struct Answers;

impl Fold for Answers {
    type Input = (Wholes,);
    type State = Bands;
    type Output = f64;

    const STATE: &'static [&'static str] = STATE;

    fn update(bands: &mut Bands, (score,): (i64,)) -> Result<(), Invalid> {
        if !(0..=10).contains(&score) {
            return Err(Invalid::argument(0, "be a whole number from 0 to 10"));
        }
        // Sums of comparisons, not branches: scores are as good as random to a branch predictor.
        let promoter = u64::from(score >= 9);
        let detractor = u64::from(score <= 6);
        bands.promoters += promoter;
        bands.detractors += detractor;
        bands.passives += 1 - promoter - detractor;
        Ok(())
    }

    fn finish(bands: &Bands) -> Option<f64> {
        bands.net_promoter_score()
    }
}

/// One row, many answers that were counted before.
#[derive(Debug)]
struct Counted;

impl Fold for Counted {
    type Input = (Wholes, Wholes, Wholes);
    type State = Bands;
    type Output = f64;

    const STATE: &'static [&'static str] = STATE;

    fn update(
        bands: &mut Bands,
        (promoters, passives, detractors): (i64, i64, i64),
    ) -> Result<(), Invalid> {
        Ok(bands.add(count(0, promoters)?, count(1, passives)?, count(2, detractors)?)?)
    }

    fn finish(bands: &Bands) -> Option<f64> {
        bands.net_promoter_score()
    }
}
