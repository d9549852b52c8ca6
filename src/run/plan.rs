//! Plans a bound report in a session of its own.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::execution::context::SQLOptions;
use datafusion::physical_plan::ExecutionPlan;

use crate::report::Bound;
use crate::session::Engine;

/// A report as it will be executed.
pub struct Planned {
    physical: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
}

impl Planned {
    /// The columns of the result.
    pub fn schema(&self) -> SchemaRef {
        self.physical.schema()
    }

    /// The plan.
    pub fn physical(&self) -> Arc<dyn ExecutionPlan> {
        Arc::clone(&self.physical)
    }

    /// What the plan is executed with.
    pub fn task_context(&self) -> Arc<TaskContext> {
        Arc::clone(&self.task)
    }
}

/// Makes the views of a report and plans its result. No data is read.
pub(super) async fn plan(engine: &Engine, bound: Bound) -> Result<Planned> {
    let session = engine.session().map_err(datafusion::error::DataFusionError::from)?;
    for view in bound.views {
        let view = engine.state(&session).statement_to_plan(view).await?;
        session.execute_logical_plan(view).await?;
    }
    let result = engine.state(&session).statement_to_plan(bound.result).await?;
    // The statements were chosen when the report was read; this closes every way around it.
    let reading_only =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    reading_only.verify_plan(&result)?;
    let result = session.execute_logical_plan(result).await?;
    let state = engine.state(&session);
    let physical = state.create_physical_plan(result.logical_plan()).await?;
    Ok(Planned { physical, task: state.task_ctx() })
}
