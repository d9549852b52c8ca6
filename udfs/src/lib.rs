//! Customer metrics as SQL functions for any [DataFusion](https://datafusion.apache.org) program.
//!
//! ```
//! # use datafusion::prelude::*;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> datafusion::error::Result<()> {
//! let mut ctx = SessionContext::new();
//! tenure_udfs::register_all(&mut ctx)?;
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
//! | [`behaviour`] | what customers do, in order |
//! | [`inference`] | how sure a number is, and whether two differ |
//! | [`display`] | how numbers are shown |
//!
//! Every metric `f` also comes as `f_state`, which returns its partial state as a value, and
//! `f_merge`, which takes such states: a batch can store a day's states in Parquet, and a month's
//! report merges thirty of them and gets what a full recompute gives. A metric over customers is also
//! `f_of_entries` over `f_entry` per customer, which is how a plan with less memory, or of many
//! machines, computes it.

pub mod behaviour;
pub mod display;
pub mod engagement;
pub mod inference;
pub mod kernel;
pub mod math;
mod rate;
pub mod retention;
pub mod spec;
pub mod survey;
pub mod value;

use std::sync::Arc;

use datafusion_common::Result;
use datafusion_expr::registry::FunctionRegistry;
use datafusion_expr::{AggregateUDF, ScalarUDF, WindowUDF};

use kernel::Role;
use spec::FunctionSpec;

const FAMILIES: &[&[&FunctionSpec]] = &[
    survey::FUNCTIONS,
    retention::FUNCTIONS,
    value::FUNCTIONS,
    engagement::FUNCTIONS,
    behaviour::FUNCTIONS,
    inference::FUNCTIONS,
    display::FUNCTIONS,
];

/// What every metric says of itself, family by family.
pub fn specs() -> impl Iterator<Item = &'static FunctionSpec> {
    FAMILIES.iter().copied().flatten().copied()
}

/// A function, as the engine takes it.
#[derive(Debug, Clone)]
pub enum Function {
    /// It puts many rows together.
    Aggregate(Arc<AggregateUDF>),
    /// It has a result for each row.
    Scalar(Arc<ScalarUDF>),
    /// It has a result for each row, among others in order.
    Window(Arc<WindowUDF>),
}

impl Function {
    /// Its SQL name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Aggregate(function) => function.name(),
            Self::Scalar(function) => function.name(),
            Self::Window(function) => function.name(),
        }
    }

    /// Its other SQL names.
    #[must_use]
    pub fn aliases(&self) -> &[String] {
        match self {
            Self::Aggregate(function) => function.aliases(),
            Self::Scalar(function) => function.aliases(),
            Self::Window(function) => function.aliases(),
        }
    }
}

/// Every function there is: of each aggregate `f` also its `f_state` and its `f_merge`, and of one
/// over customers its `f_entry` and its `f_of_entries`.
#[must_use]
pub fn all_functions() -> Vec<Function> {
    specs().flat_map(functions_of).collect()
}

fn functions_of(spec: &'static FunctionSpec) -> Vec<Function> {
    if spec.is_aggregate() {
        let roles = Role::all_of(spec);
        roles.map(|role| Function::Aggregate(kernel::udaf(spec, role).into())).collect()
    } else if spec.is_window() {
        vec![Function::Window(kernel::udwf(spec).into())]
    } else {
        vec![Function::Scalar(kernel::udf(spec).into())]
    }
}

/// Registers [`all_functions`].
///
/// # Errors
///
/// When the registry takes no functions.
pub fn register_all(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for function in all_functions() {
        match function {
            Function::Aggregate(function) => drop(registry.register_udaf(function)?),
            Function::Scalar(function) => drop(registry.register_udf(function)?),
            Function::Window(function) => drop(registry.register_udwf(function)?),
        }
    }
    Ok(())
}
