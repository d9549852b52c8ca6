//! What physical plans of metrics become beyond the engine's own rules.
//!
//! The results are the same without; a program that embeds the metrics gives [`rules`] to its
//! `SessionStateBuilder` for the speed of them.

mod arguments;
mod gather;
mod numbered;
mod parted;

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;

use gather::GatherEvents;
use numbered::NumberGroups;
use parted::PartGroups;

/// The rules, in the order in which they are applied after those of the engine.
#[must_use]
pub fn rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    vec![Arc::new(GatherEvents), Arc::new(PartGroups), Arc::new(NumberGroups::new())]
}

/// A plan in which the nodes that `by` has something for are replaced, from the leaves up.
fn replaced<P: ExecutionPlan + 'static>(
    plan: Arc<dyn ExecutionPlan>,
    by: impl Fn(&Arc<dyn ExecutionPlan>) -> Result<Option<Arc<P>>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|plan| {
        Ok(match by(&plan)? {
            Some(other) => Transformed::yes(other as Arc<dyn ExecutionPlan>),
            None => Transformed::no(plan),
        })
    })
    .data()
}
