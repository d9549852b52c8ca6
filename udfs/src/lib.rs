//! Customer metrics as SQL functions for any [DataFusion](https://datafusion.apache.org) program.
//!
//! ```
//! # use datafusion::prelude::*;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> datafusion::error::Result<()> {
//! let ctx = SessionContext::new();
//! for function in tenure_udfs::all_functions() {
//!     ctx.register_udaf(function);
//! }
//! let scores = "(VALUES (10), (9), (9), (7), (3)) AS survey (score)";
//! let nps = ctx.sql(&format!("SELECT nps(score) AS nps FROM {scores}")).await?;
//! assert_eq!(nps.to_string().await?.lines().nth(3), Some("| 40.0 |"));
//! # Ok(())
//! # }
//! ```
//!
//! | family | question |
//! |---|---|
//! | [`survey`] | what customers say |
//! | [`retention`] | who stays and who leaves |
//! | [`value`] | what customers are worth |
//! | [`engagement`] | how much customers interact |
//!
//! Every metric `f` also comes as `f_state`, which returns its partial state as a value, and
//! `f_merge`, which takes such states: a batch can store a day's states in Parquet, and a month's
//! report merges thirty of them and gets what a full recompute gives.

pub mod engagement;
pub mod kernel;
pub mod math;
pub mod retention;
pub mod spec;
pub mod survey;
pub mod value;

use std::sync::Arc;

use datafusion_common::Result;
use datafusion_expr::AggregateUDF;
use datafusion_expr::registry::FunctionRegistry;

use kernel::Role;
use spec::FunctionSpec;

const FAMILIES: &[&[&FunctionSpec]] =
    &[survey::FUNCTIONS, retention::FUNCTIONS, value::FUNCTIONS, engagement::FUNCTIONS];

/// What every metric says of itself, family by family.
pub fn specs() -> impl Iterator<Item = &'static FunctionSpec> {
    FAMILIES.iter().copied().flatten().copied()
}

/// Every function there is: each metric `f`, its `f_state` and its `f_merge`.
#[must_use]
pub fn all_functions() -> Vec<AggregateUDF> {
    specs().flat_map(|spec| Role::ALL.map(|role| kernel::udaf(spec, role))).collect()
}

/// Registers [`all_functions`].
///
/// # Errors
///
/// When the registry takes no aggregate functions.
pub fn register_all(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for function in all_functions() {
        registry.register_udaf(Arc::new(function))?;
    }
    Ok(())
}
