//! Tables of customers that do not fit into memory.

use std::time::Duration;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::prelude::ParquetReadOptions;

use super::*;

/// Much less than a table of the customers below takes.
const MEMORY: usize = 6 << 20;

/// Four groups of 50,000 customers, all of whom came before; those with an even number came again.
const RETENTION: &str = "SELECT c % 4 AS g, retention_rate('customer ' || c, i < 200000, i >= 200000) AS rate, \
     count(*) AS n FROM (SELECT i, CASE WHEN i < 200000 THEN i ELSE (i - 200000) * 2 END AS c \
     FROM generate_series(0, 299999) AS t (i)) GROUP BY g ORDER BY g";

const RATES: [&str; 4] = [
    "| 0 | 100.0 | 100000 |",
    "| 1 | 0.0   | 50000  |",
    "| 2 | 100.0 | 100000 |",
    "| 3 | 0.0   | 50000  |",
];

/// What the nodes of a plan have counted, added up.
fn counted(plan: &Arc<dyn ExecutionPlan>, of: impl Fn(&MetricsSet) -> Option<usize>) -> usize {
    let mut sum = 0;
    plan.apply(|node| {
        sum += node.metrics().and_then(|metrics| of(&metrics)).unwrap_or_default();
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    sum
}

pub(super) fn fallbacks(plan: &Arc<dyn ExecutionPlan>) -> usize {
    counted(plan, |metrics| metrics.sum_by_name("fallbacks").map(|count| count.as_usize()))
}

pub(super) fn spills(plan: &Arc<dyn ExecutionPlan>) -> usize {
    counted(plan, MetricsSet::spill_count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_does_not_fit_gives_way() {
    let table = session(Table, Some(MEMORY));
    let refused = error(&table, RETENTION).await;
    assert!(matches!(refused.find_root(), DataFusionError::ResourcesExhausted(_)), "{refused}");

    let auto = session(Auto, Some(MEMORY));
    let plan = planned(&auto, RETENTION).await;
    let result = text(&collect(Arc::clone(&plan), auto.task_ctx()).await.unwrap());
    assert!(RATES.iter().all(|row| result.contains(row)), "{result}");
    assert_eq!(fallbacks(&plan), 1);
    assert!(spills(&plan) > 0);
    assert_eq!(auto.runtime_env().memory_pool.reserved(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_over_the_same_customers_give_way_together() {
    let auto = session(Auto, Some(MEMORY));
    let sql = "SELECT purchase_frequency('customer ' || (i % 200000)) AS f, \
               revenue_per_customer(i % 200000, CASE WHEN i % 200000 < 2000 THEN 99 ELSE 1 END) AS r, \
               count(*) AS n FROM generate_series(0, 399999) AS t (i)";
    // The two are over different ids here, so this is a table.
    let refused = error(&auto, sql).await;
    assert!(matches!(refused.find_root(), DataFusionError::ResourcesExhausted(_)), "{refused}");
    let sql = sql.replace("customer(i % 200000,", "customer('customer ' || (i % 200000),");
    let plan = planned(&auto, &sql).await;
    let result = text(&collect(Arc::clone(&plan), auto.task_ctx()).await.unwrap());
    // Each came twice. Of 100 customers one paid 99 each time, and the others 1: 396 by 100.
    assert!(result.contains("| 2.0 | 3.96 | 400000 |"), "{result}");
    assert_eq!(fallbacks(&plan), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_fits_is_all_that_runs() {
    let auto = session(Auto, Some(1 << 30));
    let plan = planned(&auto, RETENTION).await;
    let result = text(&collect(Arc::clone(&plan), auto.task_ctx()).await.unwrap());
    assert!(RATES.iter().all(|row| result.contains(row)), "{result}");
    assert_eq!((fallbacks(&plan), spills(&plan)), (0, 0));
    // What the plan has done can be seen in it.
    assert!(counted(&plan, MetricsSet::output_rows) > 300_000);
    // And it can be run again.
    let again = text(&collect(Arc::clone(&plan), auto.task_ctx()).await.unwrap());
    assert_eq!(again, result);
    assert_eq!(auto.runtime_env().memory_pool.reserved(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn joined_files_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = |table: &str| folder.path().join(format!("{table}.parquet")).display().to_string();
    // 200,000 customers came twice, and every other one of them is known.
    for (table, rows) in [
        ("visit", "SELECT i % 200000 AS c, i FROM generate_series(0, 399999) AS t (i)"),
        ("customer", "SELECT i * 2 AS c, i % 2 AS g FROM generate_series(0, 99999) AS t (i)"),
    ] {
        let copy = format!("COPY ({rows}) TO '{}'", path(table));
        session(Table, None).sql(&copy).await.unwrap().collect().await.unwrap();
    }
    let sql = "SELECT g, retention_rate('customer ' || visit.c, i < 200000, \
               i >= 200000 AND i % 4 = 0) AS rate FROM visit JOIN customer ON visit.c = customer.c \
               GROUP BY g ORDER BY g";
    for (memory, expected) in [(8 << 20, 1), (1 << 30, 0)] {
        let session = session(Auto, Some(memory));
        for table in ["visit", "customer"] {
            session
                .register_parquet(table, path(table), ParquetReadOptions::default())
                .await
                .unwrap();
        }
        let plan = planned(&session, sql).await;
        let result = text(&collect(Arc::clone(&plan), session.task_ctx()).await.unwrap());
        // All in group 0, customers 0, 4, 8 and so on, came again; of group 1, nobody.
        assert!(result.contains("| 0 | 100.0 |") && result.contains("| 1 | 0.0   |"), "{result}");
        assert_eq!(fallbacks(&plan), expected);
        drop(plan);
        assert_eq!(session.runtime_env().memory_pool.reserved(), 0);
    }
}

/// How many rows the leaves of a plan have put out.
fn rows_read(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let mut rows = 0;
    plan.apply(|node| {
        if node.children().is_empty() {
            rows += node.metrics().and_then(|metrics| metrics.output_rows()).unwrap_or_default();
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_join_cannot_need_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = |table: &str| folder.path().join(format!("{table}.parquet")).display().to_string();
    for (table, rows) in [
        ("visit", "SELECT i AS c FROM generate_series(0, 399999) AS t (i)"),
        ("customer", "SELECT i AS c FROM generate_series(100, 200) AS t (i)"),
    ] {
        let copy = format!("COPY ({rows}) TO '{}'", path(table));
        session(Table, None).sql(&copy).await.unwrap().collect().await.unwrap();
    }
    let sql = "SELECT purchase_frequency(visit.c) FROM customer JOIN visit ON visit.c = customer.c";
    let mut read = vec![];
    for (strategy, memory) in [(Table, Some(1 << 30)), (Auto, Some(1 << 30))] {
        let session = session(strategy, memory);
        for table in ["visit", "customer"] {
            session
                .register_parquet(table, path(table), ParquetReadOptions::default())
                .await
                .unwrap();
        }
        let plan = planned(&session, sql).await;
        collect(Arc::clone(&plan), session.task_ctx()).await.unwrap();
        read.push(rows_read(&plan));
    }
    // The files say where the customers of the join are.
    assert!(read[0] < 200_000, "{read:?}");
    assert_eq!(read[0], read[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_two_levels_need_is_still_refused() {
    let refused = error(&session(Auto, Some(1 << 10)), RETENTION).await;
    assert!(matches!(refused.find_root(), DataFusionError::ResourcesExhausted(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_nobody_waits_for_ends() {
    let auto = session(Auto, Some(1 << 30));
    let pool = Arc::clone(&auto.runtime_env().memory_pool);
    let sql = "SELECT i % 3, retention_rate(i % 900000000, true, true) \
               FROM generate_series(1, 1000000000) AS t (i) GROUP BY 1";
    let plan = planned(&auto, sql).await;
    let query = tokio::spawn(collect(plan, auto.task_ctx()));
    while pool.reserved() < 1 << 20 {
        assert!(!query.is_finished());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    query.abort();
    assert!(query.await.unwrap_err().is_cancelled());
    while pool.reserved() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn both_plans_are_shown() {
    let auto = session(Auto, Some(MEMORY));
    let explained = auto.sql(&format!("EXPLAIN {RETENTION}")).await.unwrap();
    let shown = text(&explained.collect().await.unwrap());
    for part in ["EntityAggregateExec", "retention_rate_of_entries(", "retention_rate_entry("] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[tokio::test]
async fn a_limit_that_is_set_later_counts() {
    let auto = session(Auto, None);
    assert!(!shown(&planned(&auto, RETENTION).await).contains("EntityAggregateExec"));
    let limit = "SET datafusion.runtime.memory_limit = '8M'";
    auto.sql(limit).await.unwrap().collect().await.unwrap();
    assert!(shown(&planned(&auto, RETENTION).await).contains("EntityAggregateExec"));
}
