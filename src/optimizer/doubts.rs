//! What files say of themselves is not always so, and the engine believes it.

mod floats;
mod sorted;

use std::sync::Arc;

use datafusion::config::ConfigOptions;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;

use super::{files_of, replaced};

/// Leaves scans of files only what is certain.
#[derive(Debug)]
pub(super) struct DoubtFiles;

impl PhysicalOptimizerRule for DoubtFiles {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        replaced(plan, |plan| {
            let Some(files) = files_of(plan) else { return Ok(None) };
            let sorted = sorted::doubted(files);
            let doubted = floats::doubted(sorted.as_ref().unwrap_or(files)).or(sorted);
            Ok(doubted.map(|files| Arc::new(DataSourceExec::new(Arc::new(files)))))
        })
    }

    fn name(&self) -> &'static str {
        "doubt_files"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
