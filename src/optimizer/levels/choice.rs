//! Plans of sessions with a limit of memory: a metric over customers is planned both ways, and which
//! of them it is turns out when it runs.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchemaRef, internal_err};
use datafusion::error::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore,
};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::EntityStrategy;
use super::exec::EntityAggregateExec;
use super::ordered::stream_events;
use super::rewrite::in_two_levels;
use crate::optimizer::is_limited;

/// The engine's planner, but for metrics over customers, and events of each, in sessions with a limit of
/// memory.
///
/// This is where the limit of a session can be seen, however it was set.
#[derive(Debug)]
pub(in super::super) struct LevelsPlanner;

#[async_trait]
impl QueryPlanner for LevelsPlanner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(BothWays)]);
        if !is_limited(&session.runtime_env().memory_pool) {
            return planner.create_physical_plan(plan, session).await;
        }
        let mut plan = plan.clone();
        if EntityStrategy::of(session.config_options()) == EntityStrategy::Auto {
            plan = plan.transform_up_with_subqueries(with_choice)?.data;
        }
        stream_events(planner.create_physical_plan(&plan, session).await?, memory_of(session))
    }
}

/// How many bytes of memory there are, as far as anybody says.
fn memory_of(session: &dyn Session) -> usize {
    match session.runtime_env().memory_pool.memory_limit() {
        MemoryLimit::Finite(bytes) => bytes,
        _ => usize::MAX,
    }
}

fn with_choice(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
    Ok(match in_two_levels(aggregate)? {
        Some(two_levels) => Transformed::yes(LogicalPlan::Extension(Extension {
            node: Arc::new(Choice { table: plan, two_levels }),
        })),
        None => Transformed::no(plan),
    })
}

/// An aggregate both ways.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd)]
struct Choice {
    table: LogicalPlan,
    two_levels: LogicalPlan,
}

impl UserDefinedLogicalNodeCore for Choice {
    fn name(&self) -> &'static str {
        "EntityAggregate"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.table, &self.two_levels]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.table.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![]
    }

    fn fmt_for_explain(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EntityAggregate")
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        match <[LogicalPlan; 2]>::try_from(inputs) {
            Ok([table, two_levels]) => Ok(Self { table, two_levels }),
            Err(inputs) => internal_err!("a choice of {} plans", inputs.len()),
        }
    }
}

/// Plans a [`Choice`].
struct BothWays;

#[async_trait]
impl ExtensionPlanner for BothWays {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (true, [table, two_levels]) = (node.as_any().is::<Choice>(), inputs) else {
            return Ok(None);
        };
        // What never ends cannot be held back until it has.
        if table.boundedness().is_unbounded() {
            return Ok(Some(Arc::clone(table)));
        }
        let (table, two_levels) = (Arc::clone(table), Arc::clone(two_levels));
        let both = EntityAggregateExec::new(table, two_levels, memory_of(session));
        Ok(Some(Arc::new(both)))
    }
}
