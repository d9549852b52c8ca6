//! GROUP BY one key, an integer or the text that a customer has for an id: the groups are numbered in the table
//! that the metrics keep customers in, which is several times as fast as the engine's own.

mod exec;
mod groups;

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::{ExecutionPlan, InputOrderMode};
use tenure_udfs::kernel::is_numbered;
use tenure_udfs::spec::FunctionSpec;

use super::{replaced, spec_of};
use exec::NumberedAggregateExec;
pub(super) use groups::{
    Groups, evaluate_filter, in_slices, is_sparse, key_range, key_type, leaves_gaps, most_groups,
    range_within, scanned_rows,
};

/// Puts [`NumberedAggregateExec`] in the place of aggregates that have one key, an integer or a text.
#[derive(Debug)]
pub(super) struct NumberGroups {
    /// From how many groups on a partial aggregate that does not pay is put out early.
    crowd: usize,
}

impl NumberGroups {
    /// The rule as it is used.
    pub(super) fn new() -> Self {
        Self { crowd: 1 << 20 }
    }
}

impl PhysicalOptimizerRule for NumberGroups {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        replaced(plan, |plan| {
            let aggregate = plan.downcast_ref::<AggregateExec>().filter(|of| can_number(of));
            Ok(aggregate.map(|of| NumberedAggregateExec::new(of.clone(), self.crowd)).map(Arc::new))
        })
    }

    fn name(&self) -> &'static str {
        "number_groups"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether the groups of an aggregate can be numbered by its key, and nothing is asked of their
/// order.
pub(super) fn can_number(aggregate: &AggregateExec) -> bool {
    let keys = aggregate.group_expr();
    keys.is_single()
        && key_type(aggregate).is_some_and(|key| pays_for(&key, aggregate))
        && *aggregate.mode() != AggregateMode::PartialReduce
        && *aggregate.input_order_mode() == InputOrderMode::Linear
        && aggregate.limit_options().is_none()
        && !aggregate.aggr_expr().is_empty()
        && aggregate
            .aggr_expr()
            .iter()
            .all(|call| call.groups_accumulator_supported() && call.order_bys().is_empty())
}

/// Whether it pays to number keys of a type. Texts are looked up by the engine as fast where they are few, such
/// as segments, and are numbered where each is a customer.
fn pays_for(key: &DataType, aggregate: &AggregateExec) -> bool {
    let is_by_customer = || aggregate.aggr_expr().iter().any(|call| is_of_one_customer(call));
    key.is_integer() || is_numbered(key) && is_by_customer()
}

/// Whether the rows of a call are what one customer did.
pub(super) fn is_of_one_customer(call: &AggregateFunctionExpr) -> bool {
    spec_of(call).is_some_and(FunctionSpec::is_of_one_customer)
}

#[cfg(test)]
mod tests;
