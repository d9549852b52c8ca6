//! Checks that a report declares for its own result.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Int64Type, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::sql::parser::Statement;

use super::explain::{plain_message, unknown_column};
use crate::problem::{Kind, Problem, Result};
use crate::report::{Bound, Check, Report, Severity};
use crate::session::Engine;

/// The name by which a check's query knows the result.
const RESULT: &str = "result";

/// The checks of a report, with their parameters bound.
pub(super) struct Checks<'a>(Vec<(&'a Check, Statement)>);

impl<'a> Checks<'a> {
    /// The checks of a report.
    pub(super) fn new(report: &'a Report, bound: &Bound) -> Self {
        Self(report.header.checks.iter().zip(bound.checks.iter().cloned()).collect())
    }

    /// Refuses conditions that cannot be asked of a result with these columns.
    pub(super) async fn validate(&self, engine: &Engine, schema: &SchemaRef) -> Result<()> {
        for (check, query) in &self.0 {
            plan(engine, query, schema, vec![])
                .await
                .map(drop)
                .map_err(|error| cannot_be_asked(check, Kind::Usage, &error))?;
        }
        Ok(())
    }

    /// Asks every check of a result; an error fails, warnings are returned.
    pub(super) async fn hold(
        &self,
        engine: &Engine,
        schema: &SchemaRef,
        result: &[RecordBatch],
    ) -> Result<Vec<Problem>> {
        let mut warnings = vec![];
        for (check, query) in &self.0 {
            let broken = broken_rows(engine, query, schema, result.to_vec())
                .await
                .map_err(|error| cannot_be_asked(check, Kind::Execution, &error))?;
            if broken == 0 {
                continue;
            }
            let rows = if broken == 1 { "row breaks" } else { "rows break" };
            let problem =
                Problem::new(Kind::Check, format!("{broken} {rows} the check `{}`", check.text))
                    .at(check.place.clone());
            match check.severity {
                Severity::Error => return Err(problem),
                Severity::Warn => warnings.push(problem),
            }
        }
        Ok(warnings)
    }
}

async fn broken_rows(
    engine: &Engine,
    query: &Statement,
    schema: &SchemaRef,
    result: Vec<RecordBatch>,
) -> Result<i64, DataFusionError> {
    let (plan, task) = plan(engine, query, schema, result).await?;
    let counted = collect(plan, task).await?;
    let counts = counted
        .iter()
        .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec());
    Ok(counts.sum())
}

async fn plan(
    engine: &Engine,
    query: &Statement,
    schema: &SchemaRef,
    result: Vec<RecordBatch>,
) -> Result<(Arc<dyn ExecutionPlan>, Arc<TaskContext>), DataFusionError> {
    let session = engine.bare_session()?;
    let table = MemTable::try_new(Arc::clone(schema), vec![result])?;
    session.register_table(RESULT, Arc::new(table))?;
    let state = engine.state(&session);
    let query = state.statement_to_plan(query.clone()).await?;
    Ok((state.create_physical_plan(&query).await?, state.task_ctx()))
}

fn cannot_be_asked(check: &Check, kind: Kind, error: &DataFusionError) -> Problem {
    let message = plain_message(error.find_root());
    let why = unknown_column(&message).unwrap_or_else(|| Problem::usage(message.clone()));
    let problem = Problem::new(kind, format!("the check `{}` cannot be asked: {why}", check.text))
        .at(check.place.clone());
    why.hints().iter().fold(problem, Problem::hint)
}
