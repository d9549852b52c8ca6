//! How often each customer ordered.

use crate::kernel::Invalid;
use crate::math::Count;
use crate::spec::Arg;

/// The argument of an order.
pub(super) const ORDER: &[Arg] = &[Arg::id("customer_id", "who ordered")];

/// What a row is.
pub(super) const ORDERS: &str = "one order, any number per customer";

/// The names of what is kept of a customer.
pub(super) const ENTRY: &[&str] = &["orders"];

/// Counts one more order.
pub(super) fn ordered(orders: &mut Count) -> Result<(), Invalid> {
    orders.count = orders.count.checked_add(1).ok_or(Invalid::Overflow)?;
    Ok(())
}
