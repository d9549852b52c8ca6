//! Tables that functions return: `FROM cohort_retention(TABLE orders, customer => customer_id, …)`.
//!
//! A relation is a template in plain SQL. When a query is planned, the caller's expressions take the
//! places of its placeholders and the caller's table or query that of `input`; what comes out is
//! planned like any other query, so it is optimised, spills and is distributed like one.

mod call;
mod macros;
mod planner;
mod spec;
mod specs;
mod template;
#[cfg(test)]
mod tests;
mod times;
mod without;

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::SessionState;

pub(crate) use call::name_tables;
pub use spec::{RelationArg, RelationSpec, Takes, Words};

/// Every relation there is.
pub fn specs() -> impl Iterator<Item = &'static RelationSpec> {
    specs::RELATIONS.iter().copied()
}

/// Lets the queries of a session use the relations. The metrics that they are made of must be
/// registered, too.
///
/// # Errors
///
/// When the session takes no relations.
pub fn register(state: &mut SessionState) -> Result<()> {
    state.register_relation_planner(Arc::new(planner::Relations))
}

/// The relation of this name.
fn find(name: &str) -> Option<&'static RelationSpec> {
    specs().find(|spec| spec.name.eq_ignore_ascii_case(name))
}

/// Whether there is a relation of this name.
pub(crate) fn is_relation(name: &str) -> bool {
    find(name).is_some()
}
