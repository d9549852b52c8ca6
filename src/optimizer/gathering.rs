//! Threads that gather what they read, each for itself, until all have read everything.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricBuilder, Time};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;
use futures::future::try_join_all;

/// What one thread gathers.
pub(super) trait Gathers: Send + 'static {
    /// Takes in rows.
    fn take(&mut self, batch: &RecordBatch) -> Result<()>;

    /// The memory it holds, in bytes.
    fn size(&self) -> usize;
}

/// What one thread reads, and what it gathers of it.
pub(super) struct Input<P> {
    part: P,
    rows: SendableRecordBatchStream,
    memory: MemoryReservation,
    time: Time,
}

/// One for each partition of the input of an operator of this name, none of which has begun.
pub(super) fn inputs<P>(
    name: &str,
    input: &Arc<dyn ExecutionPlan>,
    metrics: &ExecutionPlanMetricsSet,
    context: &Arc<TaskContext>,
    part: impl Fn() -> Result<P>,
) -> Result<Vec<Input<P>>> {
    let partitions = 0..input.output_partitioning().partition_count();
    let inputs = partitions.map(|partition| {
        let consumer = MemoryConsumer::new(format!("{name}[{partition}]"));
        Ok(Input {
            part: part()?,
            rows: input.execute(partition, Arc::clone(context))?,
            memory: consumer.register(context.memory_pool()),
            time: MetricBuilder::new(metrics).subset_time("gather_time", partition),
        })
    });
    inputs.collect()
}

/// What becomes of what each thread has gathered, as soon as it has read everything, and the memory that is
/// taken up.
pub(super) async fn gather<P: Gathers, T: Send + 'static>(
    inputs: Vec<Input<P>>,
    then: fn(P) -> Result<T>,
) -> Result<(Vec<T>, Vec<MemoryReservation>)> {
    let all = in_tasks(inputs.into_iter().map(|input| input.gather(then))).await?;
    Ok(all.into_iter().unzip())
}

/// What some works come to, each in a task of its own: an error ends all of them, and so does it when nobody
/// waits for them any more.
pub(super) async fn in_tasks<T: Send + 'static>(
    works: impl Iterator<Item = impl Future<Output = Result<T>> + Send + 'static>,
) -> Result<Vec<T>> {
    let tasks = works.map(SpawnedTask::spawn).map(|task| async {
        task.join().await.map_err(|why| DataFusionError::ExecutionJoin(Box::new(why)))?
    });
    try_join_all(tasks).await
}

impl<P: Gathers> Input<P> {
    async fn gather<T>(mut self, then: fn(P) -> Result<T>) -> Result<(T, MemoryReservation)> {
        while let Some(batch) = self.rows.next().await {
            let batch = batch?;
            let _timer = self.time.timer();
            self.part.take(&batch)?;
            self.memory.try_resize(self.part.size())?;
        }
        let _timer = self.time.timer();
        Ok((then(self.part)?, self.memory))
    }
}

#[cfg(test)]
mod tests;
