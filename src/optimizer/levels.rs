//! Metrics over customers in two levels: an aggregate by customer, which spills and distributes, and
//! one over customers on top of it, in the place of an aggregate that holds a table of customers.
//!
//! The table is faster, so it is what a session uses unless it is told otherwise. Where memory is
//! limited it is tried first, and the two levels are what is left when it does not suffice. Customers who
//! come one after another, as in files that are sorted by them, need neither.

mod choice;
mod exec;
mod ordered;
mod pool;
mod rewrite;
mod steps;
mod strategy;

use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

pub(super) use choice::LevelsPlanner;
pub(super) use ordered::StreamCustomers;
pub use strategy::{EntityOptions, EntityStrategy};

/// Puts two levels in the place of every table of customers, in sessions that ask for them.
#[derive(Debug)]
pub(super) struct CountEntitiesInLevels;

impl OptimizerRule for CountEntitiesInLevels {
    fn name(&self) -> &'static str {
        "count_entities_in_levels"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        if EntityStrategy::of(&config.options()) != EntityStrategy::TwoLevels {
            return Ok(Transformed::no(plan));
        }
        Ok(match rewrite::in_two_levels(aggregate)? {
            Some(levels) => Transformed::yes(levels),
            None => Transformed::no(plan),
        })
    }
}

#[cfg(test)]
mod tests;
