//! What customers say.
//!
//! A score comes first, then whatever weighs it.

mod bands;
mod ces;
mod ces_agreement_rate;
mod csat;
mod effort;
mod nps;
mod nps_parts;
mod response_rate;
mod weighted_nps;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[
    &nps::SPEC,
    &nps::CI,
    &nps_parts::SPEC,
    &weighted_nps::SPEC,
    &csat::SPEC,
    &csat::CI,
    &ces::SPEC,
    &ces_agreement_rate::SPEC,
    &ces_agreement_rate::CI,
    &response_rate::SPEC,
    &response_rate::CI,
];
