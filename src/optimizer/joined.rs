//! Metrics over customers without GROUP BY: every thread knows some of the customers, and hands what it
//! knows to another as it is. The engine would have each make a state of it, a list of all customers,
//! and read these lists into one more table.

mod exec;
mod part;

use std::sync::Arc;

use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;

use super::replaced;
use exec::JoinedAggregateExec;

/// Puts [`JoinedAggregateExec`] in the place of a partial and a final aggregate of all rows, where one
/// of the calls is a metric over customers.
#[derive(Debug)]
pub(super) struct JoinCustomers;

impl PhysicalOptimizerRule for JoinCustomers {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        replaced(plan, |plan| Ok(joined(plan)?.map(Arc::new)))
    }

    fn name(&self) -> &'static str {
        "join_customers"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What does the work of two aggregates, if it can.
fn joined(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<JoinedAggregateExec>> {
    let Some(last) = of_all_rows(plan, AggregateMode::Final) else { return Ok(None) };
    let exchange = last.input().downcast_ref::<CoalescePartitionsExec>();
    let first = exchange.and_then(|exchange| of_all_rows(exchange.input(), AggregateMode::Partial));
    first.map_or(Ok(None), |first| JoinedAggregateExec::new(plan, first))
}

/// The aggregate without keys that a plan is, in this mode.
fn of_all_rows(plan: &Arc<dyn ExecutionPlan>, mode: AggregateMode) -> Option<&AggregateExec> {
    let aggregate = plan.downcast_ref::<AggregateExec>()?;
    let is_such = *aggregate.mode() == mode
        && aggregate.group_expr().expr().is_empty()
        && aggregate.group_expr().is_single()
        && aggregate.aggr_expr().iter().all(|call| call.order_bys().is_empty());
    is_such.then_some(aggregate)
}

#[cfg(test)]
mod tests;
