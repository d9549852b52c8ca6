//! What happened to one customer, in order.

/// What happened at one time.
///
/// The order of events is that of their times and, at the same time, of their conditions, so that
/// it does not depend on the order in which rows were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When it happened, in ticks.
    pub time: i64,
    /// Bit `i` is set if condition `i + 1` is met.
    pub met: u64,
}

impl Event {
    /// How many conditions there can be.
    pub const MAX_CONDITIONS: usize = 64;
}
