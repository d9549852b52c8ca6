//! What the tests of plans are written with.

mod random;

use std::sync::Arc;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::{ExecutionPlan, collect, displayable};
use datafusion::prelude::{SessionConfig, SessionContext};

/// Rules for physical plans.
pub(super) type Rules = Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>;

/// A session with all metrics, and with these rules behind those of the engine.
pub(super) fn session(config: SessionConfig, rules: Rules, runtime: RuntimeEnv) -> SessionContext {
    let builder = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_runtime_env(Arc::new(runtime));
    let mut state =
        rules.into_iter().fold(builder, SessionStateBuilder::with_physical_optimizer_rule).build();
    tenure_udfs::register_all(&mut state).unwrap();
    SessionContext::new_with_state(state)
}

/// The plan of a query.
pub(super) async fn plan_of(session: &SessionContext, sql: &str) -> Arc<dyn ExecutionPlan> {
    session.sql(sql).await.unwrap().create_physical_plan().await.unwrap()
}

/// The result of a plan, as a table.
pub(super) async fn run(session: &SessionContext, plan: &Arc<dyn ExecutionPlan>) -> String {
    let batches = collect(Arc::clone(plan), session.task_ctx()).await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

/// A plan as EXPLAIN shows it.
pub(super) fn shown(plan: &Arc<dyn ExecutionPlan>) -> String {
    displayable(plan.as_ref()).indent(false).to_string()
}

/// What the operators of a name in a plan have counted, added up.
pub(super) fn counted(
    plan: &Arc<dyn ExecutionPlan>,
    name: &str,
    of: impl Fn(&MetricsSet) -> Option<usize>,
) -> usize {
    let mut sum = 0;
    plan.apply(|node| {
        let metrics = node.metrics().filter(|_| node.name() == name);
        sum += metrics.and_then(|metrics| of(&metrics)).unwrap_or_default();
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    sum
}
