//! Recurring revenue of a customer before and after: what the metrics of revenue retention share.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::kernel::{Fold, Invalid, Numbers, not_negative};
use crate::math::Quotient;
use crate::spec::Arg;

/// The arguments about one customer.
pub(super) const CUSTOMER: &[Arg] = &[
    Arg::number("mrr_before", "recurring revenue in the earlier period; 0 if none"),
    Arg::number("mrr_after", "recurring revenue in the later period; 0 if none"),
];

/// What a row is.
pub(super) const ROWS: &str = "one customer of either period";

/// What NULLs and no revenue give.
pub(super) const NULLS: &str = "A row with a NULL argument is not counted, so a customer whom a \
                                join left without revenue must come as 0: coalesce(mrr, 0). No \
                                revenue before gives NULL.";

/// Which input is refused.
pub(super) const ERRORS: &str = "Revenue that is negative, NaN or infinite; a sum beyond the range \
                                 of DOUBLE.";

/// Revenue before and after, as it must be.
pub(super) fn revenue((before, after): (f64, f64)) -> Result<(f64, f64), Invalid> {
    Ok((not_negative(0, before)?, not_negative(1, after)?))
}

/// A part of the revenue there was, or what became of it.
pub(super) trait Portion: Debug + Default + Send + Sync + 'static {
    /// The names of the two sums in stored states.
    const STATE: &'static [&'static str];

    /// Of a customer who paid before.
    fn of(before: f64, after: f64) -> f64;
}

/// The sum of a portion in percent of the revenue there was.
#[derive(Debug, Default)]
pub(super) struct OfOpening<P>(PhantomData<P>);

impl<P: Portion> Fold for OfOpening<P> {
    type Input = (Numbers, Numbers);
    type State = Quotient;
    type Output = f64;

    const STATE: &'static [&'static str] = P::STATE;

    fn update(&self, sums: &mut Quotient, row: (f64, f64)) -> Result<(), Invalid> {
        let (before, after) = revenue(row)?;
        // New and reactivated customers are nobody's retention: they had no revenue before.
        if before > 0.0 {
            sums.add(P::of(before, after), before);
        }
        Ok(())
    }

    fn finish(&self, sums: &Quotient) -> Option<f64> {
        sums.percent()
    }
}
