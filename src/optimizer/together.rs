//! What the partitions of an operator share that are executed together.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::error::Result;

/// What is shared, until the last partition has it.
pub(super) struct Together<T>(Mutex<Option<Execution<T>>>);

struct Execution<T> {
    shared: Arc<T>,
    /// Which partitions have it.
    handed_out: Vec<bool>,
}

impl<T> Together<T> {
    /// What a partition, of so many, shares with those that are executed together with it, which may have
    /// ended before another begins. Should one be executed twice, the second time begins anew.
    pub(super) fn of(
        &self,
        partition: usize,
        partitions: usize,
        start: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut execution = match slot.take().filter(|execution| !execution.handed_out[partition]) {
            Some(execution) => execution,
            None => Execution { shared: Arc::new(start()?), handed_out: vec![false; partitions] },
        };
        execution.handed_out[partition] = true;
        let shared = Arc::clone(&execution.shared);
        if execution.handed_out.contains(&false) {
            *slot = Some(execution);
        }
        Ok(shared)
    }
}

impl<T> Default for Together<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> fmt::Debug for Together<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Together")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_has_the_same_until_one_is_executed_again() {
        let together = Together::default();
        let of = |partition, begun| *together.of(partition, 3, || Ok(begun)).unwrap();
        assert_eq!([of(0, 1), of(2, 2), of(1, 3)], [1; 3]);
        // All have had it, so the next begins anew, and so does one that comes twice.
        assert_eq!([of(1, 4), of(0, 5), of(0, 6), of(1, 7)], [4, 4, 6, 6]);
    }
}
