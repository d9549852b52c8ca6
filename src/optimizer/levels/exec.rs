//! The operator that tries a table of customers first.

use std::fmt;
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::internal_err;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::filter_pushdown::FilterPushdown;
use datafusion::physical_plan::distribution_requirements::InputDistributionRequirements;
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions, reset_plan_states,
};
use datafusion::physical_plan::metrics::{
    Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, Partitioning, PlanProperties,
    Statistics, StatisticsArgs,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::pool::CountedPool;

/// Runs a plan with a table of customers, and where that needs more memory than there is, drops it
/// and runs one in two levels, which spills.
///
/// Nothing of the table is put out before all of it is there. It is a result for each group, so it is
/// small beside the table that it was made of.
#[derive(Debug)]
pub(super) struct EntityAggregateExec {
    table: Arc<dyn ExecutionPlan>,
    two_levels: Arc<dyn ExecutionPlan>,
    /// The plan with a table that came to its end. What is dropped must be nobody's, so it is not
    /// `table` that runs.
    done: Arc<OnceLock<Arc<dyn ExecutionPlan>>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl EntityAggregateExec {
    pub(super) fn new(table: Arc<dyn ExecutionPlan>, two_levels: Arc<dyn ExecutionPlan>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(table.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self {
            table,
            two_levels,
            done: Arc::default(),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl DisplayAs for EntityAggregateExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntityAggregateExec: a table of customers, or two levels where memory is short")
    }
}

impl ExecutionPlan for EntityAggregateExec {
    fn name(&self) -> &'static str {
        Self::static_name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        self.input_distribution_requirements().into_per_child()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::SinglePartition; 2])
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![self.done.get().unwrap_or(&self.table), &self.two_levels]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match <[Arc<dyn ExecutionPlan>; 2]>::try_from(children) {
            Ok([table, two_levels]) => Ok(Arc::new(Self::new(table, two_levels))),
            Err(children) => internal_err!("a choice of {} plans", children.len()),
        }
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if partition != 0 {
            return internal_err!("{} has one partition", self.name());
        }
        if matches!(context.memory_pool().memory_limit(), MemoryLimit::Infinite) {
            return self.table.execute(partition, context);
        }
        let running = Running {
            table: Arc::clone(&self.table),
            two_levels: Arc::clone(&self.two_levels),
            done: Arc::clone(&self.done),
            fallbacks: MetricBuilder::new(&self.metrics).counter("fallbacks", partition),
            schema: self.schema(),
            context,
        };
        let batches = stream::once(running.result()).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }

    fn statistics_from_inputs(
        &self,
        inputs: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        Ok(Arc::clone(&inputs[0]))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// An execution.
struct Running {
    table: Arc<dyn ExecutionPlan>,
    two_levels: Arc<dyn ExecutionPlan>,
    done: Arc<OnceLock<Arc<dyn ExecutionPlan>>>,
    fallbacks: Count,
    schema: SchemaRef,
    context: Arc<TaskContext>,
}

impl Running {
    async fn result(self) -> Result<SendableRecordBatchStream> {
        let pool = Arc::new(CountedPool::new(Arc::clone(self.context.memory_pool())));
        let table = self.copy_of_table()?;
        match self.of_table(&table, Arc::clone(&pool)).await {
            Ok(Held { batches, memory }) => {
                // Who wants to know what it did finds it; who asks a second time finds the first.
                drop(self.done.set(table));
                Ok(self.relabelled(stream::iter(batches).map(move |batch| {
                    // The memory is given back with the stream.
                    let _held = &memory;
                    Ok(batch)
                })))
            }
            Err(error) if is_exhausted(&error) => {
                drop(table);
                pool.given_back().await;
                self.fallbacks.add(1);
                let batches = self.two_levels.execute(0, Arc::clone(&self.context))?;
                Ok(self.relabelled(batches))
            }
            Err(error) => Err(error),
        }
    }

    /// The plan with a table for this execution only. Operators keep what they work with, such as the
    /// rows that a join looks up, in the plan, and that has to go when the plan is dropped.
    fn copy_of_table(&self) -> Result<Arc<dyn ExecutionPlan>> {
        let copy = reset_plan_states(Arc::clone(&self.table))?;
        // What joins tell the scans below them is such a thing, too, so it is arranged anew.
        let options = self.context.session_config().options();
        FilterPushdown::new_post_optimization().optimize(copy, options)
    }

    /// All of what a plan with a table puts out, in memory that is counted.
    async fn of_table(
        &self,
        table: &Arc<dyn ExecutionPlan>,
        pool: Arc<CountedPool>,
    ) -> Result<Held> {
        let memory = MemoryConsumer::new(EntityAggregateExec::static_name())
            .register(self.context.memory_pool());
        let mut held = Held { batches: vec![], memory };
        let mut batches = table.execute(0, with_pool(&self.context, pool))?;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            held.memory.try_grow(batch.get_array_memory_size())?;
            held.batches.push(batch);
        }
        Ok(held)
    }

    /// Batches under the schema that was promised: plans differ in what they know to be never NULL.
    fn relabelled(
        &self,
        batches: impl stream::Stream<Item = Result<RecordBatch>> + Send + 'static,
    ) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let batches = batches.map(move |batch| {
            Ok(RecordBatch::try_new(Arc::clone(&schema), batch?.columns().to_vec())?)
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), batches))
    }
}

/// A result that is held back.
struct Held {
    batches: Vec<RecordBatch>,
    memory: MemoryReservation,
}

/// Whether there was too little memory, in however many layers that is said.
fn is_exhausted(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

/// The same context with other memory.
fn with_pool(context: &TaskContext, pool: Arc<CountedPool>) -> Arc<TaskContext> {
    let runtime = RuntimeEnv { memory_pool: pool, ..context.runtime_env().as_ref().clone() };
    Arc::new(TaskContext::new(
        context.task_id(),
        context.session_id(),
        context.session_config().clone(),
        context.scalar_functions().clone(),
        context.higher_order_functions().clone(),
        context.aggregate_functions().clone(),
        context.window_functions().clone(),
        Arc::new(runtime),
    ))
}
