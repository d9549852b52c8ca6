//! Memory of which one can tell when it has been given back.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use datafusion::common::runtime::SpawnedTask;
use datafusion::error::Result;
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};

/// The memory of a session as a part of its work sees it: the same, but the consumers are counted.
#[derive(Debug)]
pub(super) struct CountedPool {
    inner: Arc<dyn MemoryPool>,
    consumers: AtomicUsize,
}

impl CountedPool {
    /// How often to look whether all consumers have gone, before whatever keeps them is left alone.
    const LOOKS: usize = 2_000;

    /// How long to wait between two looks.
    const PAUSE: Duration = Duration::from_millis(2);

    pub(super) fn new(inner: Arc<dyn MemoryPool>) -> Self {
        Self { inner, consumers: AtomicUsize::new(0) }
    }

    /// Waits until all consumers have gone. Tasks that are stopped end where they next wait for
    /// something, which is a moment later; what was read may also belong to someone who keeps it.
    pub(super) async fn given_back(&self) {
        for _ in 0..Self::LOOKS {
            if self.consumers.load(Ordering::Acquire) == 0 {
                return;
            }
            // The timer of a runtime need not be there, but its threads are.
            let pause = SpawnedTask::spawn_blocking(|| std::thread::sleep(Self::PAUSE));
            if pause.join().await.is_err() {
                return;
            }
        }
    }
}

impl fmt::Display for CountedPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl MemoryPool for CountedPool {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.consumers.fetch_add(1, Ordering::AcqRel);
        self.inner.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.inner.unregister(consumer);
        self.consumers.fetch_sub(1, Ordering::AcqRel);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.inner.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.inner.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.inner.try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        self.inner.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.inner.memory_limit()
    }
}
