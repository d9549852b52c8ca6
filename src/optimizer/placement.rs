//! Whether it matters in which partition a group is.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::union::InterleaveExec;
use datafusion::physical_plan::{Distribution, ExecutionPlan};

/// A plan in which the nodes that `by` has something for are replaced, from the root down, where nothing
/// above relies on which partition a row is in.
pub(super) fn replaced_unless_placed(
    plan: Arc<dyn ExecutionPlan>,
    by: &impl Fn(&Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    replaced(plan, false, by)
}

/// The same below a plan; `placed` says whether something there relies on the partition.
fn replaced(
    plan: Arc<dyn ExecutionPlan>,
    placed: bool,
    by: &impl Fn(&Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let other = if placed { None } else { by(&plan)? };
    let plan = other.unwrap_or(plan);
    let required = plan.input_distribution_requirements().into_per_child();
    let inputs = plan.children().into_iter().zip(required);
    let inputs = inputs.map(|(input, required)| {
        let placed = match required {
            Distribution::SinglePartition => false,
            Distribution::UnspecifiedDistribution => {
                interleaves(&plan) || (placed && !mixes(&plan))
            }
            _ => true,
        };
        replaced(Arc::clone(input), placed, by)
    });
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    if plan.children().into_iter().zip(&inputs).all(|(before, after)| Arc::ptr_eq(before, after)) {
        return Ok(plan);
    }
    plan.replace_children(inputs, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}

/// Whether it does not matter above in which partition a row of its input was.
fn mixes(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<RepartitionExec>()
        || plan.is::<CoalescePartitionsExec>()
        || plan.is::<SortPreservingMergeExec>()
}

/// Whether it puts together partitions of its inputs that must have the same groups.
fn interleaves(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<InterleaveExec>()
}
