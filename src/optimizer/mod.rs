//! What physical plans of metrics become beyond the engine's own rules.
//!
//! The results are the same without; a program that embeds the metrics gives [`rules`] to its
//! `SessionStateBuilder` for the speed of them.

mod gather;
mod numbered;

use std::sync::Arc;

use datafusion::physical_optimizer::PhysicalOptimizerRule;

use gather::GatherEvents;
use numbered::NumberGroups;

/// The rules, in the order in which they are applied after those of the engine.
#[must_use]
pub fn rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    vec![Arc::new(GatherEvents), Arc::new(NumberGroups::new())]
}
