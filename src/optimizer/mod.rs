//! What plans of metrics become beyond the engine's own rules.
//!
//! The results are the same without, but for files that are not quite as they say (`doubts`); a program that
//! embeds the metrics hands its `SessionStateBuilder` to [`install`] for the speed of them, and to have metrics
//! over customers that need more memory than there is.

mod arguments;
mod doubts;
mod gather;
mod gathering;
mod joined;
mod levels;
mod numbered;
mod parted;
mod placement;
mod spilled;
mod together;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryLimit, MemoryPool};
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder};
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::make_cooperative;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::Stream;
use tenure_udfs::kernel::is_metric;
use tenure_udfs::spec::FunctionSpec;

use doubts::DoubtFiles;
use gather::GatherEvents;
use joined::JoinCustomers;
use levels::{CountEntitiesInLevels, LevelsPlanner, StreamCustomers};
use numbered::NumberGroups;
use parted::PartGroups;

pub use levels::{EntityOptions, EntityStrategy};

/// Lets the sessions of a builder plan as ours do: with the rules, the planner of metrics over
/// customers and the options `tenure.…`, unless the configuration has these already.
#[must_use]
pub fn install(mut builder: SessionStateBuilder) -> SessionStateBuilder {
    let options = builder.config().get_or_insert_default().options_mut();
    spilled::write_a_file_for_each_batch(&mut options.execution);
    let extensions = &mut options.extensions;
    if extensions.get::<EntityOptions>().is_none() {
        extensions.insert(EntityOptions::default());
    }
    // What is not to be believed of files must be known before anything relies on it.
    let rules_of_engine = &mut builder.physical_optimizers().get_or_insert_default().rules;
    rules_of_engine.insert(0, Arc::new(DoubtFiles));
    let builder = builder
        .with_optimizer_rule(Arc::new(CountEntitiesInLevels))
        .with_query_planner(Arc::new(LevelsPlanner));
    rules().into_iter().fold(builder, SessionStateBuilder::with_physical_optimizer_rule)
}

/// The rules for physical plans, in the order in which they are applied after those of the engine.
fn rules() -> Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>> {
    vec![
        Arc::new(StreamCustomers),
        Arc::new(JoinCustomers::new()),
        Arc::new(GatherEvents),
        Arc::new(PartGroups),
        Arc::new(NumberGroups::new()),
    ]
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

/// A plan with another input in the place of one that is somewhere below it.
fn with_other_input(
    plan: &Arc<dyn ExecutionPlan>,
    input: &Arc<dyn ExecutionPlan>,
    other: &Arc<dyn ExecutionPlan>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let replaced = Arc::clone(plan).transform_down(|node| {
        Ok(if Arc::ptr_eq(&node, input) {
            Transformed::new(Arc::clone(other), true, TreeNodeRecursion::Jump)
        } else {
            Transformed::no(node)
        })
    });
    replaced.data()
}

/// What a plan reads, if it reads files.
fn files_of(plan: &Arc<dyn ExecutionPlan>) -> Option<&FileScanConfig> {
    plan.downcast_ref::<DataSourceExec>()?.data_source().downcast_ref()
}

/// What a metric says of itself; `None` of a call of anything else, and of the functions around a metric.
fn spec_of(call: &AggregateFunctionExpr) -> Option<&'static FunctionSpec> {
    let mut specs = tenure_udfs::specs().filter(|_| is_metric(call.fun()));
    specs.find(|spec| spec.name == call.fun().name())
}

/// Whether there is a limit to the memory of queries.
fn is_limited(pool: &Arc<dyn MemoryPool>) -> bool {
    !matches!(pool.memory_limit(), MemoryLimit::Infinite)
}

/// The batches of an operator that makes them by itself, from what it has gathered: it gives way to others
/// now and then, and to whoever gives up the query.
fn put_out(
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch>> + Send + 'static,
) -> SendableRecordBatchStream {
    make_cooperative(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
}

/// The metrics of an operator and of the one it stands for, which works where memory is limited.
fn with_metrics_of(replaced: &dyn ExecutionPlan, own: &ExecutionPlanMetricsSet) -> MetricsSet {
    let mut metrics = own.clone_inner();
    for metric in replaced.metrics().iter().flat_map(MetricsSet::iter) {
        metrics.push(Arc::clone(metric));
    }
    metrics
}

#[cfg(test)]
mod tests;
