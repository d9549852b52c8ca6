//! How much customers interact.
//!
//! Arguments are what was done first, then whom it could have reached.

mod engagement_rate;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[&engagement_rate::SPEC];
