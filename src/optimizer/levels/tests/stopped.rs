//! Customers who come one after another, and are stopped midway.

use std::time::Duration;

use datafusion::execution::memory_pool::MemoryPool;
use datafusion::physical_plan::ExecutionPlanProperties;
use futures::StreamExt;
use tokio::time::{sleep, timeout};

use super::files::Files;
use super::ordered::{WHOLE, found, purchases};
use super::*;

/// 3,000 rows in files of 100, of which 40 customers have 15 each and one has all between them, so that it
/// is the first of several partitions.
async fn files() -> Files {
    let mut files = Files::new();
    let most = "CASE WHEN i < 300 OR i >= 2700 THEN i / 15 ELSE 20 END AS c";
    files.add("purchase", "c", 100, &purchases(1000).replace("i / 3 AS c", most)).await;
    files
}

/// A session with so little memory that customers are not put into a table.
async fn little(files: &Files) -> SessionContext {
    files.session(Auto, Some(1 << 10), 5).await
}

async fn is_given_back(memory: &Arc<dyn MemoryPool>) {
    let given_back = async {
        while memory.reserved() > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(30), given_back).await.unwrap();
}

/// Reads this partition of a customer each until one batch has come, after others were begun.
#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_nobody_reads_on_give_their_memory_back() {
    let files = files().await;
    let session = little(&files).await;
    let plenty = super::session(Auto, Some(1 << 30));
    let memory = Arc::clone(&plenty.runtime_env().memory_pool);
    let plan = planned(&session, "SELECT purchase_frequency(c) FROM purchase").await;
    let whole = &found(&plan, WHOLE)[0];
    let partitions = whole.output_partitioning().partition_count();
    for read in 0..partitions {
        let mut streams = (0..partitions)
            .map(|partition| whole.execute(partition, plenty.task_ctx()).unwrap())
            .collect::<Vec<_>>();
        if let Some(batch) = streams[read].next().await {
            batch.unwrap();
        }
        drop(streams);
        is_given_back(&memory).await;
    }
}

/// Divides by nothing where this customer comes, wherever that is in its partition.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_one_partition_is_that_of_the_query() {
    let files = files().await;
    let session = little(&files).await;
    let plenty = super::session(Auto, Some(1 << 30));
    let memory = Arc::clone(&plenty.runtime_env().memory_pool);
    for customer in [0, 6, 19, 20, 180, 199] {
        let sql = format!(
            "SELECT purchase_frequency(c), count(*) FROM purchase WHERE 10 / (c - {customer}) < 99"
        );
        let plan = planned(&session, &sql).await;
        assert!(shown(&plan).contains(WHOLE), "{}", shown(&plan));
        let query = collect(Arc::clone(&plan), plenty.task_ctx());
        let error = timeout(Duration::from_secs(30), query).await.unwrap().unwrap_err();
        assert!(error.to_string().contains("Divide by zero"), "{error}");
        drop(plan);
        is_given_back(&memory).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_above_ends_what_is_below() {
    let files = files().await;
    let session = little(&files).await;
    let plenty = super::session(Auto, Some(1 << 30));
    let memory = Arc::clone(&plenty.runtime_env().memory_pool);
    for limit in [0, 1, 7] {
        let sql = format!("SELECT c, purchase_frequency(c) FROM purchase GROUP BY c LIMIT {limit}");
        let plan = planned(&session, &sql).await;
        let query = collect(Arc::clone(&plan), plenty.task_ctx());
        let result = timeout(Duration::from_secs(30), query).await.unwrap().unwrap();
        assert_eq!(result.iter().map(RecordBatch::num_rows).sum::<usize>(), limit);
        drop(plan);
        is_given_back(&memory).await;
    }
}
