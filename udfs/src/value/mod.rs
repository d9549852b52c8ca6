//! What customers are worth.
//!
//! The customer comes first where there is one, then the amount, then what it is measured against.

mod amounts;
mod average_order_value;
mod clv;
mod clv_subscription;
mod concentration;
mod customer_retention_cost;
mod orders;
mod purchase_frequency;
mod repeat_purchase_rate;
mod revenue_per_customer;
mod roi;
mod share_of;

use crate::spec::FunctionSpec;

/// The functions of this family.
pub const FUNCTIONS: &[&FunctionSpec] = &[
    &clv::SPEC,
    &clv_subscription::SPEC,
    &revenue_per_customer::SPEC,
    &average_order_value::SPEC,
    &purchase_frequency::SPEC,
    &repeat_purchase_rate::SPEC,
    &repeat_purchase_rate::CI,
    &concentration::SPEC,
    &share_of::SPEC,
    &share_of::CI,
    &roi::SPEC,
    &customer_retention_cost::SPEC,
];
