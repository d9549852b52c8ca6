//! What customers say: surveys and their scores.
//!
//! Arguments are the answer first, then what it is measured against.

mod nps;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[&nps::SPEC];
