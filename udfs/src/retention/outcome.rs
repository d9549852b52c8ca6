//! What became of the customers of an earlier window: the arithmetic that retention and churn
//! share, so that they add up to 100 by construction.

use std::marker::PhantomData;

use crate::kernel::{EntityFold, Flags, Fold, Id, Invalid};
use crate::math::{Conditions, Ratio};
use crate::rate::Named;
use crate::spec::Arg;

/// The arguments about one customer.
pub(super) const CUSTOMER: &[Arg] = &[
    Arg::flag("active_before", "the customer was there in the earlier window"),
    Arg::flag("active_after", "the customer was there in the later window"),
];

/// The arguments about one event of a customer.
pub(super) const EVENT: &[Arg] = &[
    Arg::id("customer_id", "who did it"),
    Arg::flag("before", "the event lies in the earlier window"),
    Arg::flag("after", "the event lies in the later window"),
];

/// What NULLs and empty windows give, in every form.
pub(super) const NULLS: &str = "A row with a NULL argument is not counted; among events only a \
                                NULL customer drops the row, and a NULL condition is not met. No \
                                customers before give NULL.";

/// The outcome that a rate counts.
pub(super) trait Outcome: Named {
    /// Whether a customer of the earlier window who was, or was not, seen later is a hit.
    fn is_hit(seen_later: bool) -> bool;
}

/// One row per customer, with the two windows as flags.
#[derive(Debug, Default)]
pub(super) struct BeforeAndAfter<O>(PhantomData<O>);

impl<O: Outcome> Fold for BeforeAndAfter<O> {
    type Input = (Flags, Flags);
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = O::STATE;

    fn update(&self, ratio: &mut Ratio, (before, after): (bool, bool)) -> Result<(), Invalid> {
        // Whoever was not there before is nobody's loss and nobody's success.
        if before {
            ratio.record(O::is_hit(after));
        }
        Ok(())
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}

/// Any number of events per customer, each in either window, both or none.
#[derive(Debug, Default)]
pub(super) struct Events<O>(PhantomData<O>);

impl<O: Outcome> EntityFold for Events<O> {
    type Input = (Flags, Flags);
    type Entry = Conditions;
    type Tally = Ratio;
    type Output = f64;

    // What is stored is when a customer was seen, whatever rate is made of it later.
    const ENTRY: &'static [&'static str] = &["windows"];

    fn update(&self, seen: &mut Conditions, (before, after): (bool, bool)) -> Result<(), Invalid> {
        seen.note(0, before);
        seen.note(1, after);
        Ok(())
    }

    fn count(&self, ratio: &mut Ratio, _: Id<'_>, seen: &Conditions) -> Result<(), Invalid> {
        BeforeAndAfter::<O>::default().update(ratio, (seen.holds(0), seen.holds(1)))
    }

    fn finish(&self, ratio: &mut Ratio) -> Option<f64> {
        ratio.percent()
    }
}
