//! Rows before states: where a metric keeps every event of a customer, its events are brought
//! together first and its state is never exchanged.

use std::sync::Arc;

use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_expr::{Partitioning, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::repartition::RepartitionExec;
use tenure_udfs::spec::FunctionSpec;

use super::{replaced, spec_of};

/// Replaces partial aggregates of events, an exchange of their states and final aggregates by an
/// exchange of the events and one aggregate of each partition.
///
/// The engine's way pays where a partial aggregate is much smaller than its rows. The state of such
/// a metric is its rows, so they would be gathered, copied and gathered again.
#[derive(Debug)]
pub(super) struct GatherEvents;

impl PhysicalOptimizerRule for GatherEvents {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        replaced(plan, gathered)
    }

    fn name(&self) -> &'static str {
        "gather_events"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The plan with one aggregate instead of two, if it is one of the aggregates that this is for.
fn gathered(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<AggregateExec>>> {
    let Some(last) = aggregate(plan, AggregateMode::FinalPartitioned) else { return Ok(None) };
    let Some(exchange) = last.input().downcast_ref::<RepartitionExec>() else { return Ok(None) };
    let Some(first) = aggregate(exchange.input(), AggregateMode::Partial) else { return Ok(None) };
    let keys: Vec<Arc<dyn PhysicalExpr>> =
        first.group_expr().expr().iter().map(|(key, _)| Arc::clone(key)).collect();
    let is_for = first.group_expr().is_single()
        && !keys.is_empty()
        && first.aggr_expr().iter().any(|call| keeps_events(call));
    if !is_for {
        return Ok(None);
    }
    let partitions = exchange.partitioning().partition_count();
    let rows =
        RepartitionExec::try_new(Arc::clone(first.input()), Partitioning::Hash(keys, partitions))?;
    let whole = AggregateExec::try_new(
        AggregateMode::SinglePartitioned,
        first.group_expr().clone(),
        first.aggr_expr().to_vec(),
        first.filter_expr().to_vec(),
        Arc::new(rows),
        first.input_schema(),
    )?;
    Ok(Some(Arc::new(whole)))
}

fn aggregate(plan: &Arc<dyn ExecutionPlan>, mode: AggregateMode) -> Option<&AggregateExec> {
    plan.downcast_ref::<AggregateExec>().filter(|aggregate| *aggregate.mode() == mode)
}

/// Whether the state of a call is a list of events.
pub(super) fn keeps_events(call: &AggregateFunctionExpr) -> bool {
    spec_of(call).is_some_and(FunctionSpec::keeps_events)
}

#[cfg(test)]
mod tests;
