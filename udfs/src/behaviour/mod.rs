//! What customers do, in order.
//!
//! These functions are grouped by customer, and their results are counted or summed afterwards.

mod retention;
mod sequence;
mod sequence_count;
mod sequence_match;
mod sequence_match_events;
mod window_funnel;

use crate::spec::{Arg, FunctionSpec};

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[
    &retention::SPEC,
    &window_funnel::SPEC,
    &sequence_match::SPEC,
    &sequence_count::SPEC,
    &sequence_match_events::SPEC,
];

/// When something happened.
const TIME: Arg = Arg::time(
    "ts",
    "when it happened: a timestamp of any unit and zone, a date, or a whole number of any unit",
);

const NULLS: &str = "A row whose ts is NULL is dropped. A condition that is NULL is not met.";
