//! The operator.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{internal_datafusion_err, internal_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet, RecordOutput, Time,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::{StreamExt, stream};

use super::joined;
use super::part::Part;
use crate::optimizer::{in_tasks, with_metrics_of};

/// Does the work of two aggregates of all rows: every thread gathers what it reads, and when all have read
/// everything, one takes in what the others have gathered.
///
/// It cannot spill to disk, so where memory is limited it leaves the work to those it replaces.
#[derive(Debug)]
pub(super) struct JoinedAggregateExec {
    replaced: Arc<dyn ExecutionPlan>,
    /// The aggregate of the rows of a partition.
    first: AggregateExec,
    metrics: ExecutionPlanMetricsSet,
}

impl JoinedAggregateExec {
    /// In the place of a plan with the result of an aggregate; `None` if no call is a metric over
    /// customers.
    pub(super) fn new(
        replaced: &Arc<dyn ExecutionPlan>,
        first: &AggregateExec,
    ) -> Result<Option<Self>> {
        let is_for = Part::new(first)?.has_customers();
        Ok(is_for.then(|| Self {
            replaced: Arc::clone(replaced),
            first: first.clone(),
            metrics: ExecutionPlanMetricsSet::new(),
        }))
    }
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
        self.replaced.properties()
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
        let replaced = Arc::clone(&self.replaced).transform_down(|node| {
            Ok(if Arc::ptr_eq(&node, self.first.input()) {
                Transformed::new(Arc::clone(input), true, TreeNodeRecursion::Jump)
            } else {
                Transformed::no(node)
            })
        });
        let replaced = replaced.data()?;
        Ok(match joined(&replaced)? {
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
        if !matches!(context.memory_pool().memory_limit(), MemoryLimit::Infinite) {
            return self.replaced.execute(partition, context);
        }
        let input = self.first.input();
        let inputs = (0..input.output_partitioning().partition_count()).map(|from| {
            let consumer = MemoryConsumer::new(format!("{}[{from}]", self.name()));
            Ok(Input {
                part: Part::new(&self.first)?,
                rows: input.execute(from, Arc::clone(&context))?,
                memory: consumer.register(context.memory_pool()),
                time: MetricBuilder::new(&self.metrics).subset_time("gather_time", from),
            })
        });
        let inputs = inputs.collect::<Result<Vec<_>>>()?;
        let schema = self.schema();
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let result = async move {
            let all = in_tasks(inputs.into_iter().map(Input::gather)).await?;
            let _timer = metrics.elapsed_compute().timer();
            let (parts, _memory): (Vec<Part>, Vec<MemoryReservation>) = all.into_iter().unzip();
            let whole = parts.into_iter().map(Ok).reduce(|whole, part| whole?.join(part?));
            let whole =
                whole.ok_or_else(|| internal_datafusion_err!("an input without partitions"))??;
            Ok(RecordBatch::try_new(schema, whole.results()?)?.record_output(&metrics))
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream::once(result))))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(with_metrics_of(self.replaced.as_ref(), &self.metrics))
    }
}

/// What one thread reads, and what it gathers of it.
struct Input {
    part: Part,
    rows: SendableRecordBatchStream,
    memory: MemoryReservation,
    time: Time,
}

impl Input {
    async fn gather(mut self) -> Result<(Part, MemoryReservation)> {
        while let Some(batch) = self.rows.next().await {
            let batch = batch?;
            let _timer = self.time.timer();
            self.part.take(&batch)?;
            self.memory.try_resize(self.part.size())?;
        }
        Ok((self.part, self.memory))
    }
}
