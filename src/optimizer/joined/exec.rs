//! The operator.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{internal_datafusion_err, internal_err};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet, RecordOutput,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::stream;

use super::joined;
use super::part::{Customers, Part};
use crate::optimizer::gathering::{gather, inputs};
use crate::optimizer::{is_limited, with_metrics_of, with_other_input};

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
        let is_for = Part::new(first, &Customers::new(first)?)?.has_customers();
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
        let replaced = with_other_input(&self.replaced, self.first.input(), input)?;
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
        if is_limited(context.memory_pool()) {
            return self.replaced.execute(partition, context);
        }
        let customers = Customers::new(&self.first)?;
        let part = || Part::new(&self.first, &customers);
        let inputs = inputs(self.name(), self.first.input(), &self.metrics, &context, part)?;
        let schema = self.schema();
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let result = async move {
            let (parts, _memory) = gather(inputs, Ok).await?;
            let _timer = metrics.elapsed_compute().timer();
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
