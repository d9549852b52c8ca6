//! What customers are worth.
//!
//! The customer comes first where there is one, then amounts, in any one currency.

mod clv;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[&clv::SPEC];
