//! The scale of the Customer Effort Score: agreement, from 1 to 7, that it was easy.

use crate::kernel::Invalid;
use crate::spec::Arg;

/// The argument of both of its metrics.
pub(super) const SCORE: &[Arg] =
    &[Arg::whole("score", "agreement that it was easy, from 1 (not at all) to 7 (fully)")];

/// Which input they refuse.
pub(super) const ERRORS: &str = "A score that is not a whole number from 1 to 7.";

/// From which score on an answer agrees.
pub(super) const AGREES: f64 = 5.0;

/// A score on the scale.
pub(super) fn effort(score: i64) -> Result<f64, Invalid> {
    if (1..=7).contains(&score) {
        Ok(score as f64)
    } else {
        Err(Invalid::argument(0, "be a whole number from 1 to 7"))
    }
}
