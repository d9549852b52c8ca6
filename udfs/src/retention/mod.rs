//! Who stays and who leaves.
//!
//! Arguments go by time: the customer first where there is one, then what was before, then what
//! came after. `retention_rate` and `churn_rate` of the same rows add up to 100, and so do
//! `gross_revenue_retention` and `revenue_churn_rate`.

mod annualized_churn_rate;
mod churn_rate;
mod counts;
mod gross_revenue_retention;
mod growth_rate;
mod mrr_movements;
mod net_revenue_retention;
mod outcome;
mod quick_ratio;
mod retention_rate;
mod revenue;
mod revenue_churn_rate;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[
    &retention_rate::SPEC,
    &retention_rate::CI,
    &churn_rate::SPEC,
    &churn_rate::CI,
    &growth_rate::SPEC,
    &growth_rate::CI,
    &annualized_churn_rate::SPEC,
    &gross_revenue_retention::SPEC,
    &net_revenue_retention::SPEC,
    &revenue_churn_rate::SPEC,
    &mrr_movements::SPEC,
    &quick_ratio::SPEC,
];
