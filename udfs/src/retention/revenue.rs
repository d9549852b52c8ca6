//! Recurring revenue of a customer before and after: what the metrics of revenue retention share.

use crate::kernel::{Invalid, not_negative};
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
