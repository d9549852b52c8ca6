//! What customers do, in order.
//!
//! These functions are grouped by customer, and their results are counted or summed afterwards.

mod cohort_counts;
mod funnel;
mod funnel_steps;
mod next_event;
mod retention;
mod retention_counts;
mod sequence;
mod sequence_count;
mod sequence_match;
mod sequence_match_events;
mod session_list;
mod sessionize;
mod touch_credits;
mod window_funnel;

use arrow::datatypes::{DataType, TimeUnit};

use crate::spec::{Arg, FunctionSpec};

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[
    &retention::SPEC,
    &retention_counts::SPEC,
    &cohort_counts::SPEC,
    &window_funnel::SPEC,
    &funnel_steps::SPEC,
    &sequence_match::SPEC,
    &sequence_count::SPEC,
    &sequence_match_events::SPEC,
    &next_event::SPEC,
    &sessionize::SPEC,
    &session_list::SPEC,
    &touch_credits::SPEC,
];

/// When something happened.
const TIME: Arg = Arg::time(
    "ts",
    "when it happened: a timestamp of any unit and zone, a date, or a whole number of any unit",
);

const NULLS: &str = "A row whose ts is NULL is dropped. A condition that is NULL is not met.";

/// How many ticks of a time there are in the unit that lengths of time are told in: a second, a day
/// of dates.
fn ticks_per_unit(time: &DataType) -> u64 {
    match time {
        DataType::Timestamp(TimeUnit::Millisecond, _) => 1_000,
        DataType::Timestamp(TimeUnit::Microsecond, _) => 1_000_000,
        DataType::Timestamp(TimeUnit::Nanosecond, _) => 1_000_000_000,
        _ => 1,
    }
}
