//! The operator that tries first what does not spill.

use std::fmt;
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::internal_err;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
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
use crate::optimizer::is_limited;

/// Runs a plan with a table of customers, or one that takes them one after another, and where that needs
/// more memory than there is, drops it and runs one in two levels, which spills.
///
/// Nothing of the first is put out before all of it is there. It is a result for each group, so it is
/// small beside the customers that it was made of.
#[derive(Debug)]
pub(super) struct EntityAggregateExec {
    first: Arc<dyn ExecutionPlan>,
    /// Whether the first takes customers one after another.
    streams: bool,
    two_levels: Arc<dyn ExecutionPlan>,
    /// How many bytes of memory there are.
    memory: usize,
    /// The first plan when it came to its end. What is dropped must be nobody's, so it is not `first`
    /// that runs.
    done: Arc<OnceLock<Arc<dyn ExecutionPlan>>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl EntityAggregateExec {
    /// A table of customers, or two levels in so many bytes of memory.
    pub(super) fn new(
        table: Arc<dyn ExecutionPlan>,
        two_levels: Arc<dyn ExecutionPlan>,
        memory: usize,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(table.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self {
            first: table,
            streams: false,
            two_levels,
            memory,
            done: Arc::default(),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// The same with a plan that takes customers one after another in the place of a table.
    pub(super) fn streaming(&self, first: Arc<dyn ExecutionPlan>) -> Self {
        Self { streams: true, ..self.of(first, Arc::clone(&self.two_levels)) }
    }

    fn of(&self, first: Arc<dyn ExecutionPlan>, two_levels: Arc<dyn ExecutionPlan>) -> Self {
        Self {
            first,
            two_levels,
            streams: self.streams,
            memory: self.memory,
            done: Arc::default(),
            properties: Arc::clone(&self.properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// Whether a table is what is tried first.
    pub(super) fn has_table(&self) -> bool {
        !self.streams
    }

    /// The plan that spills.
    pub(super) fn two_levels(&self) -> &Arc<dyn ExecutionPlan> {
        &self.two_levels
    }

    /// How many bytes of memory there are.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }
}

impl DisplayAs for EntityAggregateExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first =
            if self.streams { "one customer after another" } else { "a table of customers" };
        write!(f, "EntityAggregateExec: {first}, or two levels where memory is short")
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
        vec![self.done.get().unwrap_or(&self.first), &self.two_levels]
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
            Ok([first, two_levels]) => Ok(Arc::new(self.of(first, two_levels))),
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
        if !is_limited(context.memory_pool()) {
            return self.first.execute(partition, context);
        }
        let running = Running {
            first: Arc::clone(&self.first),
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
    first: Arc<dyn ExecutionPlan>,
    two_levels: Arc<dyn ExecutionPlan>,
    done: Arc<OnceLock<Arc<dyn ExecutionPlan>>>,
    fallbacks: Count,
    schema: SchemaRef,
    context: Arc<TaskContext>,
}

impl Running {
    async fn result(self) -> Result<SendableRecordBatchStream> {
        let pool = Arc::new(CountedPool::new(Arc::clone(self.context.memory_pool())));
        let first = self.copy_of_first()?;
        match self.of_first(&first, Arc::clone(&pool)).await {
            Ok(Held { batches, memory }) => {
                // Who wants to know what it did finds it; who asks a second time finds the first.
                drop(self.done.set(first));
                Ok(self.relabelled(stream::iter(batches).map(move |batch| {
                    // The memory is given back with the stream.
                    let _held = &memory;
                    Ok(batch)
                })))
            }
            Err(error) if is_exhausted(&error) => {
                drop(first);
                pool.given_back().await;
                self.fallbacks.add(1);
                let batches = self.two_levels.execute(0, Arc::clone(&self.context))?;
                Ok(self.relabelled(batches))
            }
            Err(error) => Err(error),
        }
    }

    /// The first plan for this execution only. Operators keep what they work with, such as the
    /// rows that a join looks up, in the plan, and that has to go when the plan is dropped.
    fn copy_of_first(&self) -> Result<Arc<dyn ExecutionPlan>> {
        let copy = reset_plan_states(Arc::clone(&self.first))?;
        // What joins tell the scans below them is such a thing, too, so it is arranged anew.
        let options = self.context.session_config().options();
        FilterPushdown::new_post_optimization().optimize(copy, options)
    }

    /// All of what the first plan puts out, in memory that is counted.
    async fn of_first(
        &self,
        first: &Arc<dyn ExecutionPlan>,
        pool: Arc<CountedPool>,
    ) -> Result<Held> {
        let memory = MemoryConsumer::new(EntityAggregateExec::static_name())
            .register(self.context.memory_pool());
        let mut held = Held { batches: vec![], memory };
        let mut batches = first.execute(0, with_pool(&self.context, pool))?;
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
