//! Runs a report: plans it, executes it, checks its result and publishes it.

mod checks;
mod explain;
mod plan;
mod progress;
mod publish;

use datafusion::arrow::array::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;

pub use plan::Planned;
pub use progress::Progress;
pub(crate) use progress::grouped;
pub use publish::{Staged, abandon_all, file_for};

use crate::output::{Format, Sink, Writer};
use crate::problem::{Problem, Result};
use crate::report::{Bound, Given, Report};
use crate::session::Engine;
use checks::Checks;
use explain::Explainer;

/// A report that is ready to run: its parameters are bound and its SQL is planned.
pub struct Prepared<'a> {
    engine: &'a Engine,
    report: &'a Report,
    planned: Planned,
    checks: Checks<'a>,
    explainer: Explainer<'a>,
}

/// What a run has done.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// How many rows the result has.
    pub rows: usize,
    /// How many of them a table for people left out.
    pub hidden: usize,
    /// Checks that did not hold but only warn.
    pub warnings: Vec<Problem>,
}

impl<'a> Prepared<'a> {
    /// Binds and plans a report for a run.
    pub async fn new(engine: &'a Engine, report: &'a Report, given: &Given) -> Result<Self> {
        Self::of(engine, report, report.bind(given, engine.clock())?).await
    }

    /// Binds and plans a report with made-up values for parameters that have none.
    pub async fn for_check(engine: &'a Engine, report: &'a Report, given: &Given) -> Result<Self> {
        Self::of(engine, report, report.bind_for_check(given, engine.clock())?).await
    }

    async fn of(engine: &'a Engine, report: &'a Report, bound: Bound) -> Result<Self> {
        let explainer = Explainer::new(report, &bound, engine.lake());
        let checks = Checks::new(report, &bound);
        let planned = plan::plan(engine, bound).await.map_err(|error| explainer.problem(&error))?;
        checks.validate(engine, &planned.schema()).await?;
        Ok(Self { engine, report, planned, checks, explainer })
    }

    /// What will be executed.
    pub fn planned(&self) -> &Planned {
        &self.planned
    }

    /// The tables of the lake that the report reads.
    pub fn tables(&self) -> &[String] {
        self.explainer.tables()
    }

    /// Executes the report and writes its result. Nothing is finished that fails: the writer is
    /// left as it is, and it is up to the caller not to publish it.
    pub async fn run(
        &self,
        format: &Format,
        writer: Writer,
        progress: &Progress,
    ) -> Result<Outcome> {
        let _watch = progress.watch(&self.report.name, &self.planned);
        let mut sink = format.sink(&self.planned.schema(), writer)?;
        let mut outcome = if self.report.header.checks.is_empty() {
            self.stream(sink.as_mut()).await?
        } else {
            self.collect_and_check(sink.as_mut()).await?
        };
        outcome.hidden = sink.finish()?;
        Ok(outcome)
    }

    async fn stream(&self, sink: &mut dyn Sink) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut batches = self.execute()?;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| self.explainer.problem(&error))?;
            outcome.rows += batch.num_rows();
            sink.write(&batch)?;
        }
        Ok(outcome)
    }

    /// A result with checks is held back until it is known to pass them.
    async fn collect_and_check(&self, sink: &mut dyn Sink) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut result: Vec<RecordBatch> = vec![];
        let mut batches = self.execute()?;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(|error| self.explainer.problem(&error))?;
            outcome.rows += batch.num_rows();
            result.push(batch);
        }
        outcome.warnings = self.checks.hold(self.engine, &self.planned.schema(), &result).await?;
        result.iter().try_for_each(|batch| sink.write(batch))?;
        Ok(outcome)
    }

    fn execute(&self) -> Result<SendableRecordBatchStream> {
        execute_stream(self.planned.physical(), self.planned.task_context())
            .map_err(|error| self.explainer.problem(&error))
    }
}
