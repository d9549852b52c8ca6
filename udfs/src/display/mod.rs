//! How numbers are shown.

mod change_from;
mod format_percent;
mod sparkline;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] =
    &[&change_from::SPEC, &format_percent::SPEC, &sparkline::SPEC];
