//! How much customers interact.
//!
//! What was done comes first, the audience it is measured against last.

mod bounce_rate;
mod click_through_rate;
mod click_to_open_rate;
mod completion_rate;
mod conversion_rate;
mod engagement_rate;
mod open_rate;
mod play_through_rate;
mod referral_rate;
mod stickiness;
mod unsubscribe_rate;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[
    &engagement_rate::SPEC,
    &engagement_rate::CI,
    &click_through_rate::SPEC,
    &click_through_rate::CI,
    &conversion_rate::SPEC,
    &conversion_rate::CI,
    &open_rate::SPEC,
    &open_rate::CI,
    &click_to_open_rate::SPEC,
    &click_to_open_rate::CI,
    &unsubscribe_rate::SPEC,
    &unsubscribe_rate::CI,
    &bounce_rate::SPEC,
    &bounce_rate::CI,
    &completion_rate::SPEC,
    &completion_rate::CI,
    &play_through_rate::SPEC,
    &stickiness::SPEC,
    &referral_rate::SPEC,
    &referral_rate::CI,
];
