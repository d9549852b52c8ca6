//! The two groups of a comparison: what the tests share.

use crate::spec::Arg;

/// Which group a row belongs to.
pub(super) const VARIANT: Arg = Arg::flag(
    "variant",
    "whether the row belongs to the variant; the others are the control group. Write a condition, \
     such as page = '/checkout-b'",
);

/// What NULLs and empty groups give.
pub(super) const NULLS: &str = "A row with a NULL argument is not counted. An empty group leaves \
                                what needs it NULL, and its n at 0; no rows at all give NULL.";
