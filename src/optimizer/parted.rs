//! GROUP BY one integer key whose range is known, of metrics that keep events: every thread gathers the
//! events of the rows that it reads, and no row goes from one thread to another.

mod exec;
mod gathered;

use std::sync::Arc;

use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::union::InterleaveExec;
use datafusion::physical_plan::{Distribution, ExecutionPlan, Partitioning};

use super::numbered::can_number;
use exec::PartedAggregateExec;

/// Puts [`PartedAggregateExec`] in the place of an aggregate of events and the exchange below it,
/// where nothing above relies on which partition a group is in.
#[derive(Debug)]
pub(super) struct PartEvents;

impl PhysicalOptimizerRule for PartEvents {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        parted(plan, false)
    }

    fn name(&self) -> &'static str {
        "part_events"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The plan with aggregates replaced; `placed` says whether something above relies on the partition
/// that a group is in.
fn parted(plan: Arc<dyn ExecutionPlan>, placed: bool) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = match in_parts(&plan)?.filter(|_| !placed) {
        Some(parted) => Arc::new(parted),
        None => plan,
    };
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
        parted(Arc::clone(input), placed)
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

/// What does the work of an aggregate in parts, if it can be done so.
fn in_parts(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<PartedAggregateExec>> {
    let aggregate = plan.downcast_ref::<AggregateExec>();
    let aggregate = aggregate.filter(|aggregate| {
        *aggregate.mode() == AggregateMode::SinglePartitioned && can_number(aggregate)
    });
    let Some(aggregate) = aggregate else { return Ok(None) };
    match aggregate.input().downcast_ref::<RepartitionExec>() {
        Some(exchange) if matches!(exchange.partitioning(), Partitioning::Hash(..)) => {
            PartedAggregateExec::new(aggregate, exchange)
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests;
