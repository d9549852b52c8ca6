//! The operator that puts all rows of a customer into one partition.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, make_comparator};
use datafusion::arrow::compute::SortOptions;
use datafusion::common::internal_err;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning,
    PlanProperties,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt, stream};

/// Hands the rows of the first customer of each partition to the partition before it, at whose end
/// there may be others of the same. All other rows stay where they are, so nothing is exchanged.
///
/// The rows of a partition follow those of the one before it, and partitions stay sorted. Nobody waits
/// for anybody: who needs the first rows of a partition reads
/// them if it has not done so itself.
#[derive(Debug)]
pub(super) struct WholeCustomersExec {
    input: Arc<dyn ExecutionPlan>,
    /// What customers are told apart by.
    customer: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
    /// What the partitions share that are executed together, until the last of them is.
    running: Mutex<Option<Running>>,
}

impl WholeCustomersExec {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, customer: Vec<Arc<dyn PhysicalExpr>>) -> Self {
        let properties = input.properties().as_ref().clone();
        let mut equivalent = properties.eq_properties.clone();
        equivalent.clear_per_partition_constants();
        let partitions = input.output_partitioning().partition_count();
        let properties = properties
            .with_eq_properties(equivalent)
            .with_partitioning(Partitioning::UnknownPartitioning(partitions));
        let properties = Arc::new(properties);
        Self { input, customer, properties, running: Mutex::default() }
    }

    /// What the partitions share that are executed together with this one. Should one be executed
    /// twice, the second time begins anew.
    fn heads(&self, partition: usize, context: &Arc<TaskContext>) -> Result<Arc<[Head]>> {
        let mut slot = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = match slot.take().filter(|running| running.left.contains(&partition)) {
            Some(running) => running,
            None => Running { heads: self.start(context)?, left: self.partitions().collect() },
        };
        running.left.retain(|left| *left != partition);
        let heads = Arc::clone(&running.heads);
        if !running.left.is_empty() {
            *slot = Some(running);
        }
        Ok(heads)
    }

    fn partitions(&self) -> Range<usize> {
        0..self.input.output_partitioning().partition_count()
    }

    fn start(&self, context: &Arc<TaskContext>) -> Result<Arc<[Head]>> {
        let heads = self.partitions().map(|partition| {
            let reader = Reader {
                rows: self.input.execute(partition, Arc::clone(context))?,
                customer: self.customer.clone(),
                memory: MemoryConsumer::new(format!("{}[{partition}]", self.name()))
                    .register(context.memory_pool()),
            };
            let first = reader.first(partition > 0);
            Ok(first.map(|first| first.map(Arc::new).map_err(Arc::new)).boxed().shared())
        });
        heads.collect()
    }
}

impl DisplayAs for WholeCustomersExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let customer: Vec<_> = self.customer.iter().map(ToString::to_string).collect();
        write!(f, "WholeCustomersExec: [{}], without an exchange", customer.join(", "))
    }
}

impl ExecutionPlan for WholeCustomersExec {
    fn name(&self) -> &'static str {
        Self::static_name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let mut next = TreeNodeRecursion::Continue;
        for expr in &self.customer {
            next = next.visit_sibling(|| f(expr))?;
        }
        Ok(next)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match <[Arc<dyn ExecutionPlan>; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self::new(input, self.customer.clone()))),
            Err(children) => internal_err!("{} has one input, not {}", self.name(), children.len()),
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
        if !self.partitions().contains(&partition) {
            return internal_err!("{} has no partition {partition}", self.name());
        }
        let rows = stream::once(own(self.heads(partition, &context)?, partition)).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}

/// What the partitions share that are executed together.
#[derive(Debug)]
struct Running {
    heads: Arc<[Head]>,
    /// The partitions that are not part of it yet.
    left: Vec<usize>,
}

/// The beginning of a partition, once somebody asks for it.
type Head = Shared<BoxFuture<'static, Result<Arc<First>, Arc<DataFusionError>>>>;

/// The rows of the first customer of a partition, and what comes after them.
struct First {
    rows: Vec<RecordBatch>,
    /// Those of other customers; `None` when there are none, or they have been taken.
    others: Mutex<Option<SendableRecordBatchStream>>,
    /// Whether there are others.
    has_others: bool,
    _memory: MemoryReservation,
}

impl fmt::Debug for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "First")
    }
}

/// What a partition puts out: what is its own, and then the first customer of the next. Where that
/// partition has no other, the one after it may begin with the same.
async fn own(
    heads: Arc<[Head]>,
    partition: usize,
) -> Result<impl Stream<Item = Result<RecordBatch>> + Send> {
    let first = read(&heads[partition]).await?;
    let others = first.others.lock().unwrap_or_else(PoisonError::into_inner).take();
    let next = if first.has_others { partition + 1 } else { heads.len() };
    let of_next = stream::try_unfold(next, move |next| next_first(Arc::clone(&heads), next));
    let of_next = of_next.map_ok(|rows| stream::iter(rows).map(Ok)).try_flatten();
    Ok(stream::iter(others).flatten().chain(of_next))
}

/// The rows of the first customer of a partition, if there is such a partition, and the partition whose
/// first customer may be the same, if there is one.
async fn next_first(
    heads: Arc<[Head]>,
    partition: usize,
) -> Result<Option<(Vec<RecordBatch>, usize)>> {
    let Some(head) = heads.get(partition) else { return Ok(None) };
    let first = read(head).await?;
    let next = if first.has_others { heads.len() } else { partition + 1 };
    Ok(Some((first.rows.clone(), next)))
}

async fn read(head: &Head) -> Result<Arc<First>> {
    head.clone().await.map_err(DataFusionError::Shared)
}

/// Reads the beginning of a partition.
struct Reader {
    rows: SendableRecordBatchStream,
    customer: Vec<Arc<dyn PhysicalExpr>>,
    memory: MemoryReservation,
}

impl Reader {
    /// Reads the rows of the first customer, or leaves them to others if there is no partition before.
    async fn first(mut self, is_wanted: bool) -> Result<First> {
        if !is_wanted {
            return Ok(self.with_others(vec![], None));
        }
        let mut rows: Vec<RecordBatch> = vec![];
        let mut customer: Option<Vec<ArrayRef>> = None;
        while let Some(batch) = self.rows.next().await {
            let batch = batch?;
            if batch.num_rows() == 0 {
                continue;
            }
            let values = self.customer.iter();
            let values = values.map(|of| of.evaluate(&batch)?.into_array(batch.num_rows()));
            let values = values.collect::<Result<Vec<_>>>()?;
            let customer = customer.get_or_insert_with(|| values.iter().map(first_of).collect());
            let end = end_of_first(customer, &values)?;
            rows.push(batch.slice(0, end));
            if end < batch.num_rows() {
                let rest = batch.slice(end, batch.num_rows() - end);
                return Ok(self.with_others(rows, Some(rest)));
            }
            // There may be any number of rows of one customer.
            self.memory.try_grow(batch.get_array_memory_size())?;
        }
        Ok(First { rows, others: Mutex::default(), has_others: false, _memory: self.memory })
    }

    /// What begins with these rows, and goes on with the rest of a batch.
    fn with_others(self, rows: Vec<RecordBatch>, rest: Option<RecordBatch>) -> First {
        let schema = self.rows.schema();
        let others = stream::iter(rest).map(Ok).chain(self.rows);
        let others: SendableRecordBatchStream =
            Box::pin(RecordBatchStreamAdapter::new(schema, others));
        First { rows, others: Mutex::new(Some(others)), has_others: true, _memory: self.memory }
    }
}

fn first_of(values: &ArrayRef) -> ArrayRef {
    values.slice(0, 1)
}

/// How many rows at the beginning of a batch are of a customer.
fn end_of_first(customer: &[ArrayRef], values: &[ArrayRef]) -> Result<usize> {
    let pairs = customer.iter().zip(values);
    let compare = pairs
        .map(|(one, other)| Ok(make_comparator(one, other, SortOptions::default())?))
        .collect::<Result<Vec<_>>>()?;
    let rows = values.first().map_or(0, Array::len);
    let is_same = |row: &usize| compare.iter().all(|compare| compare(0, *row).is_eq());
    Ok((0..rows).take_while(is_same).count())
}
