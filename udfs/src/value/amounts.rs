//! What each customer (or order) adds up to: the arithmetic of every value per customer.

use crate::kernel::{EntityFold, Id, Invalid, Numbers, finite};
use crate::math::{Mean, Sum};
use crate::spec::Arg;

/// The arguments of a purchase.
pub(super) const PURCHASE: &[Arg] = &[
    Arg::id("customer_id", "who bought"),
    Arg::number("amount", "what was paid; negative for a refund"),
];

/// What a row is.
pub(super) const PURCHASES: &str = "one purchase, any number per customer";

/// What NULLs and nobody give.
pub(super) const NULLS: &str = "A NULL customer drops the row, and a NULL amount adds nothing to \
                                its customer, who counts all the same. No customers give NULL.";

/// Which input is refused.
pub(super) const ERRORS: &str =
    "An amount that is NaN or infinite; a result beyond the range of DOUBLE.";

/// The amounts of each customer, added up and averaged over customers.
#[derive(Debug, Default)]
pub(super) struct PerCustomer;

impl EntityFold for PerCustomer {
    type Input = (Numbers,);
    type Entry = Sum;
    type Tally = Mean;
    type Output = f64;

    const ENTRY: &'static [&'static str] = &["amount", "amount_compensation"];

    fn update(&self, paid: &mut Sum, (amount,): (f64,)) -> Result<(), Invalid> {
        paid.add(finite(0, amount)?);
        Ok(())
    }

    fn count(&self, mean: &mut Mean, _: Id<'_>, paid: &Sum) -> Result<(), Invalid> {
        Ok(mean.record_sum(paid)?)
    }

    fn finish(&self, mean: &mut Mean) -> Option<f64> {
        mean.value()
    }
}
