//! Who stays and who leaves.
//!
//! Arguments go by time: the customer first where there is one, then what was before, then what
//! came after. `retention_rate` and `churn_rate` of the same rows add up to 100.

mod churn_rate;
mod growth_rate;
mod outcome;
mod retention_rate;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] =
    &[&retention_rate::SPEC, &churn_rate::SPEC, &growth_rate::SPEC];
