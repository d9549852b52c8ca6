//! How sure a number is, and whether two differ.
//!
//! What is measured comes first, then which of two groups it belongs to. An interval has the fields
//! `estimate`, `low`, `high` and `n` wherever it stands; a comparison has `control`, `variant`,
//! `difference`, `low`, `high`, `statistic`, `p_value`, `n_control` and `n_variant`.

mod chi_squared;
mod compare_means;
mod compare_nps;
mod compare_proportions;
mod groups;
mod mann_whitney;
mod mean_ci;
mod proportion_ci;
mod ratio_ci;
mod sample_size_proportion;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[
    &proportion_ci::SPEC,
    &mean_ci::SPEC,
    &ratio_ci::SPEC,
    &compare_proportions::SPEC,
    &compare_means::SPEC,
    &compare_nps::SPEC,
    &mann_whitney::SPEC,
    &chi_squared::SPEC,
    &sample_size_proportion::SPEC,
];
