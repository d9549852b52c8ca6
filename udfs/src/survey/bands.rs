//! The three bands of answers to "how likely are you to recommend us".

use crate::kernel::{Fold, Invalid, Wholes, count};
use crate::math::Bands;
use crate::spec::Arg;

/// The argument of one answer.
pub(super) const SCORE: &[Arg] = &[Arg::whole(
    "score",
    "the answer on the 0-10 scale: 0-6 detractor, 7-8 passive, 9-10 promoter",
)];

/// The arguments of answers that were counted before.
pub(super) const COUNTS: &[Arg] = &[
    Arg::whole("promoters", "answers of 9 or 10"),
    Arg::whole("passives", "answers of 7 or 8"),
    Arg::whole("detractors", "answers of 0 to 6"),
];

/// The names of the bands in stored states.
pub(super) const STATE: &[&str] = &["promoters", "passives", "detractors"];

/// What a score must do.
pub(super) const SCORE_RULE: &str = "be a whole number from 0 to 10";

/// Which input is refused.
pub(super) const ERRORS: &str =
    "A score that is not a whole number from 0 to 10; a count that is negative or not whole.";

/// What NULLs and no answers give.
pub(super) const NULLS: &str = "A row with a NULL argument is not counted; no answers give NULL.";

/// One row, one answer.
#[derive(Debug, Default)]
pub(super) struct Answers;

impl Fold for Answers {
    type Input = (Wholes,);
    type State = Bands;
    type Output = f64;

    const STATE: &'static [&'static str] = STATE;

    fn update(&self, bands: &mut Bands, (score,): (i64,)) -> Result<(), Invalid> {
        bands.record(score).ok_or(Invalid::argument(0, SCORE_RULE))
    }

    fn finish(&self, bands: &Bands) -> Option<f64> {
        bands.net_promoter_score()
    }
}

/// One row, many answers that were counted before.
#[derive(Debug, Default)]
pub(super) struct Counted;

impl Fold for Counted {
    type Input = (Wholes, Wholes, Wholes);
    type State = Bands;
    type Output = f64;

    const STATE: &'static [&'static str] = STATE;

    fn update(
        &self,
        bands: &mut Bands,
        (promoters, passives, detractors): (i64, i64, i64),
    ) -> Result<(), Invalid> {
        Ok(bands.add(count(0, promoters)?, count(1, passives)?, count(2, detractors)?)?)
    }

    fn finish(&self, bands: &Bands) -> Option<f64> {
        bands.net_promoter_score()
    }
}
