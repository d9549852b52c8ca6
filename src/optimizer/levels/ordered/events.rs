//! Functions of what customers did, over files that are sorted by customer.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use super::{Customers, below_exchange};
use crate::optimizer::gather::keeps_events;
use crate::optimizer::numbered::scanned_rows;
use crate::optimizer::parted::PartedAggregateExec;
use crate::optimizer::placement::replaced_unless_placed;

/// More than an event takes in the lists of all groups, and while the engine spills them.
const EVENT: usize = 256;

/// Has groups whose events might not fit into so many bytes, such as those of each customer, read one after
/// another where files are sorted by them: one list is kept at a time. The engine would spill all of
/// them, and cannot where one is a large part of the memory.
///
/// This is for plans that every rule has seen: these do not know of a limit.
pub(in super::super) fn stream_events(
    plan: Arc<dyn ExecutionPlan>,
    memory: usize,
) -> Result<Arc<dyn ExecutionPlan>> {
    replaced_unless_placed(plan, &|plan| {
        let parted = plan.downcast_ref::<PartedAggregateExec>();
        let of_engine = parted.map_or(plan, PartedAggregateExec::replaced);
        match of_engine.downcast_ref::<AggregateExec>() {
            Some(aggregate) => streamed(aggregate, memory),
            None => Ok(None),
        }
    })
}

fn streamed(aggregate: &AggregateExec, memory: usize) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let rows = below_exchange(aggregate.input());
    let is_exchanged = !Arc::ptr_eq(rows, aggregate.input());
    let fits = |rows: usize| rows.saturating_mul(EVENT) <= memory;
    if !is_exchanged
        || !aggregate.aggr_expr().iter().any(|call| keeps_events(call))
        || scanned_rows(rows).is_some_and(fits)
    {
        return Ok(None);
    }
    let groups = Customers { last: aggregate, first: aggregate, rows, some_keys: false };
    let Some(streamed) = groups.aggregate()? else { return Ok(None) };
    let is_in_order = match aggregate.properties().output_ordering() {
        Some(order) => streamed.equivalence_properties().ordering_satisfy(order.clone())?,
        None => true,
    };
    Ok(is_in_order.then_some(streamed))
}
