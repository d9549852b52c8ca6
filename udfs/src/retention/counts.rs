//! Customers counted at both ends of a period.

use crate::kernel::{Invalid, count};
use crate::math::Turnover;
use crate::spec::Arg;

/// The arguments of a period.
pub(super) const COUNTS: &[Arg] = &[
    Arg::whole("customers_at_start", "S, customers when the period began"),
    Arg::whole("customers_at_end", "E, customers when it ended, new ones included"),
    Arg::whole("customers_new", "N, those of E who came during the period"),
];

/// Who left and who came, if the counts can be meant.
pub(super) fn turnover((start, end, new): (i64, i64, i64)) -> Result<Turnover, Invalid> {
    let (start, end, new) = (count(0, start)?, count(1, end)?, count(2, new)?);
    let kept = end
        .checked_sub(new)
        .ok_or(Invalid::argument(2, "not exceed customers_at_end, of which they are a part"))?;
    let rule = "not exceed customers_at_start by more than customers_new";
    let lost = start.checked_sub(kept).ok_or_else(|| Invalid::argument(1, rule))?;
    Ok(Turnover { start, lost, new })
}
