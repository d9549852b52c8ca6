//! Checks that a report declares for its own result.

use std::sync::Arc;

use datafusion::arrow::array::{Array, Int64Array, RecordBatch};
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;

use super::plan::Planned;
use crate::problem::{Kind, Problem, Result};
use crate::report::{Check, Report, Severity};
use crate::session::Engine;

/// The name by which a check's query knows the result.
const RESULT: &str = "result";

/// Refuses conditions that cannot be asked of the result's columns.
pub(super) fn validate(report: &Report, planned: &Planned) -> Result<()> {
    let schema = planned.schema();
    let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    for check in &report.header.checks {
        if let Some(column) = check.text.strip_prefix("not_null: ")
            && !columns.contains(&column)
        {
            return Err(Problem::usage(format!("the result has no column `{column}`"))
                .at(check.place.clone())
                .did_you_mean(column, columns.iter().copied()));
        }
    }
    Ok(())
}

/// Evaluates every check; an error fails, a warning is returned.
pub(super) async fn check(
    engine: &Engine,
    report: &Report,
    planned: &Planned,
    result: &[RecordBatch],
) -> Result<Vec<Problem>> {
    let mut warnings = vec![];
    for check in &report.header.checks {
        let broken = broken_rows(engine, check, planned, result).await.map_err(|error| {
            Problem::usage(format!("the check `{}` cannot be asked", check.text))
                .at(check.place.clone())
                .hint(error.strip_backtrace())
        })?;
        if broken == 0 {
            continue;
        }
        let rows = if broken == 1 { "row breaks" } else { "rows break" };
        let problem = Problem::new(
            Kind::Check,
            format!("{}: {broken} {rows} the check `{}`", report.name, check.text),
        )
        .at(check.place.clone());
        match check.severity {
            Severity::Error => return Err(problem),
            Severity::Warn => warnings.push(problem),
        }
    }
    Ok(warnings)
}

async fn broken_rows(
    engine: &Engine,
    check: &Check,
    planned: &Planned,
    result: &[RecordBatch],
) -> Result<i64, DataFusionError> {
    let session = engine.session()?;
    let table = MemTable::try_new(planned.schema(), vec![result.to_vec()])?;
    session.register_table(RESULT, Arc::new(table))?;
    let sql = format!("SELECT count(*) FROM {RESULT} WHERE {}", check.broken_if);
    let counted = session.sql(&sql).await?.collect().await?;
    let count = counted.first().and_then(|batch| {
        let count = batch.column(0).as_any().downcast_ref::<Int64Array>()?;
        (!count.is_empty()).then(|| count.value(0))
    });
    Ok(count.unwrap_or_default())
}
