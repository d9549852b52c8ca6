//! The operator.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::internal_datafusion_err;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::distribution_requirements::InputDistributionRequirements;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet, RecordOutput,
};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, PlanProperties,
};
use futures::{StreamExt, stream};
use tenure_udfs::kernel::KeyRange;

use super::groups::{Groups, in_slices, key_range};
use crate::optimizer::{is_limited, put_out, with_metrics_of};

/// Does the work of an [`AggregateExec`] with one key, an integer or a text, of which it has everything but the
/// way in which groups are found.
///
/// It cannot spill to disk, so where memory is limited it leaves the work to the one it replaces.
#[derive(Debug)]
pub(super) struct NumberedAggregateExec {
    replaced: AggregateExec,
    range: KeyRange,
    crowd: usize,
    metrics: ExecutionPlanMetricsSet,
}

impl NumberedAggregateExec {
    /// In the place of an aggregate that has one such key; from `crowd` groups on a partial
    /// aggregate is put out early if it does not pay.
    pub(super) fn new(replaced: AggregateExec, crowd: usize) -> Self {
        let range = key_range(&replaced).unwrap_or_default();
        Self { replaced, range, crowd, metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for NumberedAggregateExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KeyRange { first, len } = self.range;
        write!(f, "NumberedAggregateExec: ")?;
        if len > 0 {
            write!(f, "{len} keys from {first}, ")?;
        }
        write!(f, "in the place of ")?;
        self.replaced.fmt_as(format, f)
    }
}

impl ExecutionPlan for NumberedAggregateExec {
    fn name(&self) -> &'static str {
        Self::static_name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.replaced.properties()
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        self.input_distribution_requirements().into_per_child()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        self.replaced.input_distribution_requirements()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.replaced.children()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.replaced.apply_expressions(f)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let replaced = Arc::new(self.replaced.clone()).replace_children(children, options)?;
        let replaced = replaced.downcast_ref::<AggregateExec>();
        let replaced = replaced
            .ok_or_else(|| internal_datafusion_err!("an aggregate became something else"))?;
        Ok(Arc::new(Self::new(replaced.clone(), self.crowd)))
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
        let consumer = MemoryConsumer::new(format!("{}[{partition}]", self.name()));
        let running = Running {
            input: Some(self.replaced.input().execute(partition, Arc::clone(&context))?),
            groups: Groups::new(&self.replaced, self.range, self.crowd)?,
            ready: VecDeque::new(),
            batch_size: context.session_config().batch_size(),
            reservation: consumer.register(context.memory_pool()),
            metrics: BaselineMetrics::new(&self.metrics, partition),
        };
        let batches = stream::try_unfold(running, |mut running| async move {
            Ok(running.next().await?.map(|batch| (batch, running)))
        });
        Ok(put_out(self.schema(), batches))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(with_metrics_of(&self.replaced, &self.metrics))
    }
}

/// One partition at work.
struct Running {
    /// `None` once it has been read to its end.
    input: Option<SendableRecordBatchStream>,
    groups: Groups,
    /// What has been put out and not yet asked for.
    ready: VecDeque<RecordBatch>,
    batch_size: usize,
    reservation: MemoryReservation,
    metrics: BaselineMetrics,
}

impl Running {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch.record_output(&self.metrics)));
            }
            let Some(input) = &mut self.input else {
                if self.emit()? {
                    continue;
                }
                return Ok(None);
            };
            match input.next().await {
                Some(batch) => self.take(&batch?)?,
                None => self.input = None,
            }
        }
    }

    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let elapsed = self.metrics.elapsed_compute().clone();
        let _timer = elapsed.timer();
        self.groups.take(batch)?;
        self.reservation.try_resize(self.groups.size())?;
        if self.groups.is_useless() {
            self.emit()?;
        }
        Ok(())
    }

    /// Puts groups out, in batches of the size that the session asks for; whether there were any.
    fn emit(&mut self) -> Result<bool> {
        let elapsed = self.metrics.elapsed_compute().clone();
        let _timer = elapsed.timer();
        let Some(batch) = self.groups.emit()? else { return Ok(false) };
        self.reservation.try_resize(self.groups.size())?;
        self.ready.extend(in_slices(&batch, self.batch_size));
        Ok(true)
    }
}
