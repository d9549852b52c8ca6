//! GROUP BY one key, such as a customer: all threads number the groups alike, so every thread gathers what
//! it reads, and neither rows nor states go through an exchange.

mod calls;
mod exec;
mod gathered;
mod numbering;
mod shares;

use std::sync::Arc;

use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, Partitioning};

use super::numbered::{can_number, is_of_one_customer, key_range, leaves_gaps};
use super::placement::replaced_unless_placed;
use numbering::Numbering;

pub(super) use exec::PartedAggregateExec;

/// Puts [`PartedAggregateExec`] in the place of aggregates and the exchange between or below them, where
/// nothing above relies on which partition a group is in.
#[derive(Debug)]
pub(super) struct PartGroups;

impl PhysicalOptimizerRule for PartGroups {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        replaced_unless_placed(
            plan,
            &|plan| Ok(in_parts(plan)?.map(|parted| Arc::new(parted) as _)),
        )
    }

    fn name(&self) -> &'static str {
        "part_groups"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What does the work of aggregates in parts, if it can be done so.
fn in_parts(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<PartedAggregateExec>> {
    let Some(last) = plan.downcast_ref::<AggregateExec>() else { return Ok(None) };
    let exchange = last.input().downcast_ref::<RepartitionExec>();
    let exchange =
        exchange.filter(|exchange| matches!(exchange.partitioning(), Partitioning::Hash(..)));
    let Some(exchange) = exchange else { return Ok(None) };
    // Either rows are exchanged or the states of them.
    let first = match last.mode() {
        AggregateMode::SinglePartitioned => Some(last),
        AggregateMode::FinalPartitioned => exchange
            .input()
            .downcast_ref::<AggregateExec>()
            .filter(|first| *first.mode() == AggregateMode::Partial),
        _ => None,
    };
    let Some(first) = first.filter(|first| can_number(first) && can_number(last)) else {
        return Ok(None);
    };
    let Some(numbering) = numbering(first) else { return Ok(None) };
    let rows = if std::ptr::eq(first, last) { exchange.input() } else { first.input() };
    let whole = AggregateExec::try_new(
        AggregateMode::SinglePartitioned,
        first.group_expr().clone(),
        first.aggr_expr().to_vec(),
        first.filter_expr().to_vec(),
        Arc::clone(rows),
        first.input_schema(),
    )?;
    let is_same = whole.schema() == plan.schema();
    Ok(is_same.then(|| PartedAggregateExec::new(plan, whole, numbering)))
}

/// How all threads can number the groups of an aggregate. In a table that they share, a thread keeps as much
/// for every group as for those that it reads; which pays where a group is a customer, of whom there are
/// events or few bytes to keep.
fn numbering(aggregate: &AggregateExec) -> Option<Numbering> {
    let calls = aggregate.aggr_expr();
    if let Some(range) = key_range(aggregate) {
        return Some(Numbering::Range(range));
    }
    let in_table = calls.iter().any(|call| is_of_one_customer(call))
        && calls.iter().all(|call| leaves_gaps(call));
    in_table.then_some(Numbering::Table)
}

#[cfg(test)]
mod tests;
