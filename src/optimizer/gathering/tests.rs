//! Threads that are not to go on do not.

use std::time::Duration;

use datafusion::common::internal_err;
use datafusion::execution::memory_pool::MemoryPool;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::SessionConfig;
use tokio::time::{sleep, timeout};

use super::*;
use crate::optimizer::tests::{plan_of, session};

/// Counts rows.
struct Rows {
    count: usize,
    /// Shared by all that there are.
    alive: Arc<()>,
}

impl Gathers for Rows {
    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        self.count += batch.num_rows();
        Ok(())
    }

    fn size(&self) -> usize {
        1000
    }
}

/// The inputs of a query that have not begun, and what tells whether anything of them is left.
struct Started {
    inputs: Vec<Input<Rows>>,
    alive: Arc<()>,
    memory: Arc<dyn MemoryPool>,
}

async fn started(sql: &str) -> Started {
    let config = SessionConfig::new().with_target_partitions(1);
    let session = session(config, vec![], RuntimeEnv::default());
    let plan = plan_of(&session, sql).await;
    assert_eq!(plan.output_partitioning().partition_count(), 2);
    let alive = Arc::new(());
    let part = || Ok(Rows { count: 0, alive: Arc::clone(&alive) });
    let metrics = ExecutionPlanMetricsSet::new();
    let inputs = inputs("Rows", &plan, &metrics, &session.task_ctx(), part).unwrap();
    Started { inputs, alive, memory: Arc::clone(&session.runtime_env().memory_pool) }
}

/// Ends when no thread gathers any more and all memory has been given back.
async fn nothing_is_left(alive: &Arc<()>, memory: &Arc<dyn MemoryPool>) {
    let gone = async {
        while Arc::strong_count(alive) > 1 || memory.reserved() > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(30), gone).await.unwrap();
}

#[expect(clippy::unnecessary_wraps, reason = "what comes then may fail")]
fn count(rows: Rows) -> Result<usize> {
    drop(rows.alive);
    Ok(rows.count)
}

/// It would take days to read it.
const ENDLESS: &str = "SELECT i FROM generate_series(1, 1000000000000) AS e (i)";

#[tokio::test]
async fn what_is_gathered_holds_its_memory() {
    let numbers = "SELECT i FROM generate_series(1, 20000) AS t (i)";
    let Started { inputs, alive, memory } =
        started(&format!("{numbers} UNION ALL {numbers} WHERE i > 5000")).await;
    let (counts, taken) = gather(inputs, count).await.unwrap();
    assert_eq!(counts, [20_000, 15_000]);
    assert_eq!(memory.reserved(), 2000);
    drop(taken);
    nothing_is_left(&alive, &memory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_one_input_ends_the_others() {
    let fails = "SELECT 10 / (i - 15000) AS i FROM generate_series(1, 20000) AS t (i)";
    for sql in [format!("{fails} UNION ALL {ENDLESS}"), format!("{ENDLESS} UNION ALL {fails}")] {
        let Started { inputs, alive, memory } = started(&sql).await;
        let error = gather(inputs, count).await.unwrap_err();
        assert!(error.to_string().contains("Divide by zero"), "{error}");
        nothing_is_left(&alive, &memory).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_what_comes_then_ends_the_others() {
    let short = "SELECT i FROM generate_series(1, 10) AS t (i)";
    let Started { inputs, alive, memory } = started(&format!("{ENDLESS} UNION ALL {short}")).await;
    let fails = |rows: Rows| -> Result<()> { internal_err!("{} rows", rows.count) };
    let error = gather(inputs, fails).await.unwrap_err();
    assert!(error.to_string().contains("10 rows"), "{error}");
    nothing_is_left(&alive, &memory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_ends() {
    let Started { inputs, alive, memory } =
        started(&format!("{ENDLESS} UNION ALL {ENDLESS}")).await;
    let gathering = tokio::spawn(gather(inputs, count));
    while memory.reserved() < 2000 {
        sleep(Duration::from_millis(1)).await;
    }
    gathering.abort();
    nothing_is_left(&alive, &memory).await;
}
