//! Metrics over customers: every thread knows some of the customers of each group, and hands what it knows
//! to another as it is. The engine would have each make a state of it, a list of all customers, and read
//! these lists into one more table.

mod exec;
mod keys;
mod part;
mod short_texts;

use std::sync::Arc;

use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, InputOrderMode, Partitioning};

use super::numbered::key_range;
use super::placement::replaced_unless_placed;
use exec::JoinedAggregateExec;

/// Puts [`JoinedAggregateExec`] in the place of a partial and a final aggregate, where one of the calls is a
/// metric over customers, and nothing above relies on which partition a group is in.
#[derive(Debug)]
pub(super) struct JoinCustomers {
    /// How many groups and customers one thread looks for, at most.
    little: usize,
}

impl JoinCustomers {
    /// The rule as it is used.
    pub(super) fn new() -> Self {
        Self { little: 1 << 17 }
    }
}

impl PhysicalOptimizerRule for JoinCustomers {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        replaced_unless_placed(plan, &|plan| {
            Ok(joined(plan, self.little)?.map(|joined| Arc::new(joined) as _))
        })
    }

    fn name(&self) -> &'static str {
        "join_customers"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What does the work of two aggregates, if it can.
fn joined(plan: &Arc<dyn ExecutionPlan>, little: usize) -> Result<Option<JoinedAggregateExec>> {
    let states = plan.downcast_ref::<AggregateExec>().filter(|last| is_plain(last));
    let Some(states) = states.and_then(exchanged) else { return Ok(None) };
    let first = states.downcast_ref::<AggregateExec>().filter(|first| is_plain(first));
    let first = first.filter(|first| *first.mode() == AggregateMode::Partial);
    match first.filter(|first| can_gather(first)) {
        Some(first) => JoinedAggregateExec::new(plan, states, first, little),
        None => Ok(None),
    }
}

/// What is below the exchange below a final aggregate.
fn exchanged(last: &AggregateExec) -> Option<&Arc<dyn ExecutionPlan>> {
    match last.mode() {
        AggregateMode::Final => {
            last.input().downcast_ref::<CoalescePartitionsExec>().map(CoalescePartitionsExec::input)
        }
        AggregateMode::FinalPartitioned => {
            let exchange = last.input().downcast_ref::<RepartitionExec>()?;
            let by_key = matches!(exchange.partitioning(), Partitioning::Hash(..));
            by_key.then(|| exchange.input())
        }
        _ => None,
    }
}

/// Whether nothing is asked of the order of rows or groups.
fn is_plain(aggregate: &AggregateExec) -> bool {
    aggregate.group_expr().is_single()
        && *aggregate.input_order_mode() == InputOrderMode::Linear
        && aggregate.limit_options().is_none()
        && aggregate.aggr_expr().iter().all(|call| call.order_bys().is_empty())
}

/// Keys in a range of more than these are numbered faster by their places in it, which is for another rule.
const FEW: usize = 1 << 12;

/// Whether threads can gather what the calls of an aggregate are about.
fn can_gather(aggregate: &AggregateExec) -> bool {
    aggregate.group_expr().expr().is_empty()
        || aggregate.aggr_expr().iter().all(|call| call.groups_accumulator_supported())
            && key_range(aggregate).is_none_or(|range| range.len <= FEW)
}

#[cfg(test)]
mod tests;
