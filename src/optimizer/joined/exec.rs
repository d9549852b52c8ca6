//! The operator.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, internal_datafusion_err, internal_err};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::{
    ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet, RecordOutput,
};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PlanProperties,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use super::joined;
use super::part::{Customers, Part, pays};
use crate::optimizer::gathering::{gather, in_tasks, inputs};
use crate::optimizer::numbered::in_slices;
use crate::optimizer::together::Together;
use crate::optimizer::{is_limited, put_out, with_metrics_of, with_other_input};

/// Does the work of two aggregates: every thread gathers what it reads, and when all have read everything,
/// one takes in what the others have gathered. Where that turns out to be too much for one, the second of the
/// aggregates does it.
///
/// It cannot spill to disk, so where memory is limited it leaves the work to those it replaces.
#[derive(Debug)]
pub(super) struct JoinedAggregateExec {
    replaced: Arc<dyn ExecutionPlan>,
    /// The aggregate of the rows of a partition, as a plan and as what it is.
    states: Arc<dyn ExecutionPlan>,
    first: AggregateExec,
    little: usize,
    properties: Arc<PlanProperties>,
    joined: Together<Joined>,
    metrics: ExecutionPlanMetricsSet,
}

impl JoinedAggregateExec {
    /// In the place of a plan with the result of an aggregate, given the plan for the states of each
    /// partition, and how many groups and customers one thread may look for; `None` if it does not pay.
    pub(super) fn new(
        replaced: &Arc<dyn ExecutionPlan>,
        states: &Arc<dyn ExecutionPlan>,
        first: &AggregateExec,
        little: usize,
    ) -> Result<Option<Self>> {
        let pays = pays(first)?;
        let partitions = replaced.output_partitioning().partition_count();
        let properties = replaced.properties().as_ref().clone();
        let properties = properties
            .with_partitioning(Partitioning::UnknownPartitioning(partitions))
            .with_emission_type(EmissionType::Final);
        Ok(pays.then(|| Self {
            replaced: Arc::clone(replaced),
            states: Arc::clone(states),
            first: first.clone(),
            little,
            properties: Arc::new(properties),
            joined: Together::default(),
            metrics: ExecutionPlanMetricsSet::new(),
        }))
    }

    /// Begins to gather and to join what is gathered.
    fn begin(&self, context: &Arc<TaskContext>) -> Result<Joined> {
        let customers = Customers::new(&self.first)?;
        let part = || Part::new(&self.first, &customers);
        let inputs = inputs(self.name(), self.first.input(), &self.metrics, context, part)?;
        let (replaced, states) = (Arc::clone(&self.replaced), Arc::clone(&self.states));
        let (is_one_group, little) = (self.first.group_expr().expr().is_empty(), self.little);
        let time = MetricBuilder::new(&self.metrics).subset_time("join_time", 0);
        let joined = async move {
            let (parts, _memory) = gather(inputs, Ok).await?;
            let _timer = time.timer();
            // The second of two aggregates of all rows would do the same alone, with states.
            if is_one_group || parts.iter().map(Part::hashed).sum::<usize>() <= little {
                Ok(Outcome::Whole(whole(parts, replaced.schema())?))
            } else {
                Ok(Outcome::Exchange(exchange(parts, &replaced, &states).await?))
            }
        };
        Ok(joined.map(|joined| joined.map_err(Arc::new)).boxed().shared())
    }
}

/// What all partitions wait for.
type Joined = Shared<BoxFuture<'static, Result<Outcome, Arc<DataFusionError>>>>;

#[derive(Clone)]
enum Outcome {
    /// All groups.
    Whole(RecordBatch),
    /// What puts together the states of all threads.
    Exchange(Arc<dyn ExecutionPlan>),
}

/// The result of what all threads have gathered.
fn whole(parts: Vec<Part>, schema: SchemaRef) -> Result<RecordBatch> {
    let whole = parts.into_iter().map(Ok).reduce(|whole, part| whole?.join(part?));
    let whole = whole.ok_or_else(|| internal_datafusion_err!("an input without partitions"))??;
    Ok(RecordBatch::try_new(schema, whole.results()?)?)
}

/// A plan for the same with the states of what the threads have gathered, which each of them makes, in the
/// place of a plan that makes them.
async fn exchange(
    parts: Vec<Part>,
    replaced: &Arc<dyn ExecutionPlan>,
    states: &Arc<dyn ExecutionPlan>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let works = parts.into_iter().map(|part| {
        let schema = states.schema();
        async { Ok(vec![RecordBatch::try_new(schema, part.states()?)?]) }
    });
    let batches = in_tasks(works).await?;
    let source = MemorySourceConfig::try_new_exec(&batches, states.schema(), None)?;
    with_other_input(replaced, states, &(source as Arc<dyn ExecutionPlan>))
}

impl DisplayAs for JoinedAggregateExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinedAggregateExec: ")?;
        self.first.fmt_as(format, f)
    }
}

impl ExecutionPlan for JoinedAggregateExec {
    fn name(&self) -> &'static str {
        Self::static_name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.first.children()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.first.apply_expressions(f)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = children.as_slice() else {
            return internal_err!("an aggregate has one input, not {}", children.len());
        };
        let replaced = with_other_input(&self.replaced, self.first.input(), input)?;
        Ok(match joined(&replaced, self.little)? {
            Some(again) => Arc::new(again),
            None => replaced,
        })
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
        if is_limited(context.memory_pool()) {
            return self.replaced.execute(partition, context);
        }
        let partitions = self.properties.output_partitioning().partition_count();
        let joined = self.joined.of(partition, partitions, || self.begin(&context))?;
        let joined = joined.as_ref().clone();
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let batches = async move {
            let batches = match joined.await.map_err(DataFusionError::Shared)? {
                Outcome::Exchange(plan) => plan.execute(partition, context)?.boxed(),
                Outcome::Whole(batch) if partition == 0 => {
                    let size = context.session_config().batch_size();
                    stream::iter(in_slices(&batch, size).map(Ok).collect::<Vec<_>>()).boxed()
                }
                Outcome::Whole(_) => stream::empty().boxed(),
            };
            Ok::<_, DataFusionError>(batches.map(move |batch| batch.record_output(&metrics)))
        };
        Ok(put_out(self.schema(), stream::once(batches).try_flatten()))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(with_metrics_of(self.replaced.as_ref(), &self.metrics))
    }
}
