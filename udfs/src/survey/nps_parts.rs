//! What a Net Promoter Score is made of: promoters, passives and detractors. A score of 0 can mean
//! that nobody cares, or that half are enthusiastic and half are gone.

use super::bands::{Answers, COUNTS, Counted, ERRORS, NULLS, SCORE, STATE};
use crate::kernel::{Columns, Fold, Invalid};
use crate::math::{Bands, Parts};
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "nps_parts",
    aliases: &[],
    family: Family::Survey,
    summary: "Net Promoter Score with its promoters, passives and detractors, as counts and in percent.",
    formula: "each band's answers, and 100 * these / all answers",
    forms: &[
        Form::rows::<WithParts<Answers>>("one answer", SCORE),
        Form::rows::<WithParts<Counted>>("answers already counted", COUNTS),
    ],
    nulls: NULLS,
    errors: ERRORS,
    source: "Reichheld, The One Number You Need to Grow, Harvard Business Review 12/2003.",
    example: Example {
        sql: "SELECT nps_parts(promoters, passives, detractors)['detractor_share'] \
              FROM (VALUES (300, 100, 100)) AS survey (promoters, passives, detractors)",
        result: "20.0",
    },
    related: &["nps", "nps_ci"],
    since: "0.1.0",
};

/// The same answers with another result.
#[derive(Debug, Default)]
struct WithParts<F>(F);

impl<F: Fold<State = Bands>> Fold for WithParts<F> {
    type Input = F::Input;
    type State = Bands;
    type Output = Parts;

    const STATE: &'static [&'static str] = STATE;

    fn update(
        &self,
        bands: &mut Bands,
        row: <F::Input as Columns>::Row<'_>,
    ) -> Result<(), Invalid> {
        self.0.update(bands, row)
    }

    fn finish(&self, bands: &Bands) -> Option<Parts> {
        bands.parts()
    }
}
