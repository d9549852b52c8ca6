//! The operator.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::vec;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, internal_datafusion_err, internal_err};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::{
    ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet, RecordOutput,
};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PlanProperties,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, stream};
use tokio::task::yield_now;

use super::gathered::{Blocks, Part, Whole};
use super::in_parts;
use super::numbering::{AllNumbers, Numbering};
use super::shares::shares;
use crate::optimizer::gathering::{Input, gather, inputs};
use crate::optimizer::numbered::in_slices;
use crate::optimizer::together::Together;
use crate::optimizer::{is_limited, put_out, with_metrics_of, with_other_input};

/// Does the work of aggregates by one key and of the exchange between or below them: every
/// thread gathers what it reads, and when all have read everything each puts out some blocks of the groups.
///
/// It cannot spill to disk, so where memory is limited it leaves the work to those it replaces.
#[derive(Debug)]
pub(in crate::optimizer) struct PartedAggregateExec {
    replaced: Arc<dyn ExecutionPlan>,
    /// The aggregate that it does the work of, over all rows.
    whole: AggregateExec,
    numbering: Numbering,
    properties: Arc<PlanProperties>,
    running: Together<Running>,
    metrics: ExecutionPlanMetricsSet,
}

impl PartedAggregateExec {
    /// In the place of a plan that has the result of an aggregate of a single partition.
    pub(super) fn new(
        replaced: &Arc<dyn ExecutionPlan>,
        whole: AggregateExec,
        numbering: Numbering,
    ) -> Self {
        let partitions = replaced.output_partitioning().partition_count();
        let properties = replaced.properties().as_ref().clone();
        let properties = properties
            .with_partitioning(Partitioning::UnknownPartitioning(partitions))
            .with_emission_type(EmissionType::Final);
        Self {
            replaced: Arc::clone(replaced),
            whole,
            numbering,
            properties: Arc::new(properties),
            running: Together::default(),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// What does the work where memory is limited.
    pub(in crate::optimizer) fn replaced(&self) -> &Arc<dyn ExecutionPlan> {
        &self.replaced
    }

    /// The aggregate that it does the work of.
    #[cfg(test)]
    pub(super) fn whole(&self) -> &AggregateExec {
        &self.whole
    }
}

impl DisplayAs for PartedAggregateExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartedAggregateExec: {}, without an exchange, ", self.numbering)?;
        self.whole.fmt_as(format, f)
    }
}

impl ExecutionPlan for PartedAggregateExec {
    fn name(&self) -> &'static str {
        Self::static_name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.whole.children()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.whole.apply_expressions(f)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = children.as_slice() else {
            return internal_err!("an aggregate has one input, not {}", children.len());
        };
        let replaced = with_other_input(&self.replaced, self.whole.input(), input)?;
        // Of another input the range may be another, or unknown.
        Ok(match in_parts(&replaced)? {
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
        let begin = || Running::start(self, &context);
        let running = self.running.of(partition, partitions, begin)?;
        let output = Output {
            gathered: running.gathered.clone(),
            whole: Arc::clone(&running.whole),
            blocks: None,
            partition,
            share: vec![].into_iter(),
            with_others: partition == 0,
            ready: VecDeque::new(),
            batch_size: context.session_config().batch_size(),
            metrics: BaselineMetrics::new(&self.metrics, partition),
        };
        let batches = stream::try_unfold(output, |mut output| async move {
            Ok(output.next().await?.map(|batch| (batch, output)))
        });
        Ok(put_out(self.schema(), batches))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(with_metrics_of(self.replaced.as_ref(), &self.metrics))
    }
}

/// Which groups came, and the memory that is taken up, when everything has been gathered. Every
/// partition waits for it.
type Gathered = Shared<BoxFuture<'static, Result<Arc<All>, Arc<DataFusionError>>>>;

struct All {
    numbers: Arc<AllNumbers>,
    /// The blocks of each partition.
    shares: Vec<Vec<usize>>,
    _memory: Vec<MemoryReservation>,
}

/// What the partitions share that are executed together.
struct Running {
    whole: Arc<Whole>,
    gathered: Gathered,
}

impl Running {
    fn start(plan: &PartedAggregateExec, context: &Arc<TaskContext>) -> Result<Self> {
        let whole = Arc::new(Whole::new(&plan.whole, plan.numbering)?);
        let part = || Part::new(&whole);
        let inputs = inputs(plan.name(), plan.whole.input(), &plan.metrics, context, part)?;
        let partitions = plan.properties.output_partitioning().partition_count();
        let all = gather_all(inputs, Arc::clone(&whole), partitions);
        Ok(Self { whole, gathered: all.map(|all| all.map_err(Arc::new)).boxed().shared() })
    }
}

/// Gathers all inputs, for so many partitions.
async fn gather_all(
    inputs: Vec<Input<Part>>,
    whole: Arc<Whole>,
    partitions: usize,
) -> Result<Arc<All>> {
    let (all, taken) = gather(inputs, Part::give).await?;
    let numbers = AllNumbers::of(all)
        .ok_or_else(|| internal_datafusion_err!("an input without partitions"))?;
    let shares = shares(&whole.work(numbers.len()), partitions);
    Ok(Arc::new(All { numbers: Arc::new(numbers), shares, _memory: taken }))
}

/// One partition that puts out blocks.
struct Output {
    gathered: Gathered,
    whole: Arc<Whole>,
    /// `None` until everything has been gathered.
    blocks: Option<Blocks>,
    partition: usize,
    /// The blocks that are still to come.
    share: vec::IntoIter<usize>,
    with_others: bool,
    /// What has been put out and not yet asked for.
    ready: VecDeque<RecordBatch>,
    batch_size: usize,
    metrics: BaselineMetrics,
}

impl Output {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        if self.blocks.is_none() {
            let all = self.gathered.clone().await.map_err(DataFusionError::Shared)?;
            self.blocks = Some(Blocks::new(&self.whole, &all.numbers, self.batch_size)?);
            self.share = all.shares[self.partition].clone().into_iter();
        }
        while self.ready.is_empty() {
            if let Some(batch) = self.emit()? {
                self.ready.extend(in_slices(&batch, self.batch_size));
            } else if let Some(block) = self.share.next() {
                // All partitions that have waited are woken on one thread, and another one takes some of them
                // only when this one gives way, which does not always work the first time.
                yield_now().await;
                self.open(block)?;
            } else {
                break;
            }
        }
        Ok(self.ready.pop_front().map(|batch| batch.record_output(&self.metrics)))
    }

    fn open(&mut self, block: usize) -> Result<()> {
        let _timer = self.metrics.elapsed_compute().timer();
        self.blocks.as_mut().map_or(Ok(()), |blocks| blocks.open(block))
    }

    /// The next groups of the block, and those of none when all blocks are done.
    fn emit(&mut self) -> Result<Option<RecordBatch>> {
        let _timer = self.metrics.elapsed_compute().timer();
        if let Some(batch) = self.blocks.as_mut().map_or(Ok(None), Blocks::emit)? {
            return Ok(Some(batch));
        }
        let is_last = self.share.len() == 0;
        if is_last && self.with_others { self.whole.emit_others() } else { Ok(None) }
    }
}
