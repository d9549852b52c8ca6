//! Results with and without the operator.

use std::path::Path;
use std::time::Duration;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::{collect, displayable};
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};

use tenure_udfs::kernel::EVENT_GROUPS;

use super::*;
use crate::optimizer::gather::GatherEvents;
use crate::optimizer::tests::{self, Rules};

fn session(partitions: usize, with_rules: bool, runtime: RuntimeEnv) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(partitions).with_batch_size(100);
    let rules: Rules = if with_rules {
        vec![Arc::new(GatherEvents), Arc::new(NumberGroups { crowd: CROWD })]
    } else {
        vec![]
    };
    tests::session(config, rules, runtime)
}

/// More groups than these are put out early here.
const CROWD: usize = 5000;

/// How often the operator stands in the plan of a query, and the result.
async fn run(session: &SessionContext, sql: &str) -> (usize, String) {
    let plan = tests::plan_of(session, sql).await;
    let result = tests::run(session, &plan).await;
    (tests::shown(&plan).matches("NumberedAggregateExec").count(), result)
}

/// A query has the same result with the operator so many times in its plan and without it.
async fn is_the_same(operators: usize, sql: &str) {
    is_the_same_in(3, operators, sql).await;
}

async fn is_the_same_in(partitions: usize, operators: usize, sql: &str) {
    let (with, result) = run(&session(partitions, true, RuntimeEnv::default()), sql).await;
    let (without, expected) = run(&session(partitions, false, RuntimeEnv::default()), sql).await;
    assert_eq!((with, without), (operators, 0), "{sql}");
    assert_eq!(result, expected, "{sql}");
}

/// 45,000 events of 20,000 customers and of nobody, more than are put out at once.
const EVENTS: &str = "(SELECT nullif(i * 7919 % 20000, 77) AS customer, i, i % 3 = 0 AS a, \
                      i % 5 = 0 AS b FROM generate_series(1, 45000) AS e (i))";

#[tokio::test]
async fn states_and_results_are_those_of_the_engine() {
    let calls = "count(*), sum(i) FILTER (WHERE a), max(i), avg(i), retention(a, b), \
                 retention_rate(i % 100, a, b), array_agg(i ORDER BY i) IS NOT NULL";
    let calls_without_order = calls.rsplit_once(',').unwrap().0;
    let sql =
        |calls| format!("SELECT customer, {calls} FROM {EVENTS} GROUP BY customer ORDER BY 1");
    is_the_same(2, &sql(calls_without_order)).await;
    is_the_same(0, &sql(calls)).await;
}

#[tokio::test]
async fn events_are_put_out_a_block_at_a_time() {
    let calls = "count(*), sum(i) FILTER (WHERE b), window_funnel(30000, i, a, b), \
                 sequence_count('(?1)(?2)', i, a, b) FILTER (WHERE i % 7 > 0)";
    let by_customer =
        format!("SELECT customer, {calls} FROM {EVENTS} GROUP BY customer ORDER BY 1");
    // In one partition there are more customers than a block has.
    is_the_same_in(1, 1, &by_customer).await;
    is_the_same(1, &by_customer).await;
    is_the_same(
        1,
        &format!("SELECT customer % 9, {calls} FROM {EVENTS} GROUP BY 1 ORDER BY 1 NULLS FIRST"),
    )
    .await;
}

#[tokio::test]
async fn keys_of_every_width_and_expressions_are_numbered() {
    for key in ["TINYINT", "SMALLINT", "INT", "BIGINT", "SMALLINT UNSIGNED", "BIGINT UNSIGNED"] {
        let key = format!("CAST(customer % 100 AS {key})");
        is_the_same(2, &format!("SELECT {key}, count(*) FROM {EVENTS} GROUP BY 1 ORDER BY 1"))
            .await;
    }
    is_the_same(
        0,
        &format!("SELECT customer, a, count(*) FROM {EVENTS} GROUP BY 1, 2 ORDER BY 1, 2"),
    )
    .await;
    is_the_same(0, &format!("SELECT a, count(*) FROM {EVENTS} GROUP BY 1 ORDER BY 1")).await;
}

/// A session in which `visit` is a Parquet file of 60,000 visits, whose statistics tell its range of
/// customers: even numbers from -98 to 18,898, one of whom has more visits than any other.
async fn session_over_parquet(with_rules: bool, folder: &Path) -> SessionContext {
    let session = session(2, with_rules, RuntimeEnv::default());
    let file = folder.join("visit.parquet");
    if !file.exists() {
        let visits = "SELECT CASE WHEN i % 10 = 0 THEN 7000 ELSE i * 7919 % 19000 - 100 END AS customer, \
                      i, i % 3 = 0 AS a, i % 5 = 0 AS b FROM generate_series(1, 120000) AS e (i) \
                      WHERE i % 2 = 0";
        let copy = format!("COPY ({visits}) TO '{}'", file.display());
        session.sql(&copy).await.unwrap().collect().await.unwrap();
    }
    session
        .register_parquet("visit", file.display().to_string(), ParquetReadOptions::default())
        .await
        .unwrap();
    session
}

#[tokio::test]
async fn keys_in_a_known_range_are_their_own_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let with = session_over_parquet(true, folder.path()).await;
    let without = session_over_parquet(false, folder.path()).await;
    let small = "count(*), retention(a, b)";
    let events = "window_funnel(900, i, a, b), sequence_count('(?1)(?2)', i, a, b), count(i)";
    for calls in [small, events] {
        for filter in ["true", "customer > 12000", "customer < 0", "i < 0", "i % 1000 = 0"] {
            let sql = format!(
                "SELECT customer, {calls} FROM visit WHERE {filter} GROUP BY customer ORDER BY customer"
            );
            let plan = with.sql(&sql).await.unwrap().create_physical_plan().await.unwrap();
            let shown = displayable(plan.as_ref()).indent(false).to_string();
            assert!(filter != "true" || shown.contains("18997 keys from -98"), "{shown}");
            assert_eq!(run(&with, &sql).await.1, run(&without, &sql).await.1, "{sql}");
        }
    }
}

#[tokio::test]
async fn a_range_is_never_larger_than_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let session = session_over_parquet(true, folder.path()).await;
    let shown = async |from: &str| {
        let sql =
            format!("SELECT v.customer, count(*), count(v.i) FROM {from} GROUP BY v.customer");
        let plan = session.sql(&sql).await.unwrap().create_physical_plan().await.unwrap();
        displayable(plan.as_ref()).indent(false).to_string()
    };
    assert!(shown("visit AS v").await.contains("keys from"));
    // 60,000 x 60,000 rows is what the engine expects of these, for want of knowing better.
    let sparse = "(SELECT customer * 1000 AS customer, i, a FROM visit) AS v";
    for from in ["visit AS v CROSS JOIN visit AS w", sparse] {
        let plan = shown(from).await;
        assert!(!plan.contains("keys from"), "{plan}");
    }
}

#[tokio::test]
async fn no_rows_give_no_groups() {
    is_the_same(
        2,
        &format!("SELECT customer, count(*) FROM {EVENTS} WHERE i < 0 GROUP BY customer"),
    )
    .await;
}

/// 160,000 rows of 40,000 customers, who are told by an expression of `i`.
fn crowd(customer: &str) -> String {
    format!(
        "SELECT count(*), sum(n), sum(customer * s) FROM (SELECT customer, count(*) AS n, sum(i) AS s \
         FROM (SELECT {customer} AS customer, i FROM generate_series(0, 159999) AS e (i)) \
         GROUP BY customer)"
    )
}

/// How many rows the operators of a query put out.
async fn rows_put_out(sql: &str) -> Vec<usize> {
    let session = session(3, true, RuntimeEnv::default());
    let plan = session.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
    collect(Arc::clone(&plan), session.task_ctx()).await.unwrap();
    let mut rows = vec![];
    plan.apply(|node| {
        if node.is::<NumberedAggregateExec>() {
            rows.extend(node.metrics().and_then(|metrics| metrics.output_rows()));
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    rows
}

#[tokio::test]
async fn partial_aggregates_that_do_not_pay_are_passed_on() {
    // All customers come once before anybody comes again.
    let far_apart = crowd("i * 7919 % 40000");
    is_the_same(2, &far_apart).await;
    assert_eq!(rows_put_out(&far_apart).await, [40_000, 160_000]);
    let side_by_side = crowd("i / 4");
    is_the_same(2, &side_by_side).await;
    let rows = rows_put_out(&side_by_side).await;
    assert!(rows[0] == 40_000 && rows[1] < 41_000, "{rows:?}");
}

#[tokio::test]
async fn states_of_events_are_passed_on_whole() {
    // Without an exchange by customer the states themselves are exchanged, and there are more
    // customers than a block of results has when it turns out that gathering them does not pay.
    let config =
        SessionConfig::new().with_target_partitions(2).with_repartition_aggregations(false);
    let rule = NumberGroups { crowd: 2 * EVENT_GROUPS };
    let session = tests::session(config, vec![Arc::new(rule)], RuntimeEnv::default());
    let sql = "SELECT level, count(*) FROM (SELECT i * 7919 % 100000 AS customer, \
               window_funnel(1000000, i, i < 150000, i >= 150000) AS level \
               FROM generate_series(0, 299999) AS e (i) GROUP BY customer) GROUP BY level";
    let plan = session.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
    let shown = displayable(plan.as_ref()).indent(false).to_string();
    assert!(
        shown.contains("NumberedAggregateExec: in the place of AggregateExec: mode=Partial"),
        "{shown}"
    );
    // Everybody came three times, before and after 150,000.
    let result = run(&session, sql).await.1;
    assert!(result.contains("| 2     | 100000   |") && result.lines().count() == 5, "{result}");
}

#[tokio::test]
async fn what_fails_in_a_group_fails_the_query() {
    let session = session(3, true, RuntimeEnv::default());
    let sql = format!("SELECT customer, nps(i % 12) FROM {EVENTS} GROUP BY customer");
    let error = session.sql(&sql).await.unwrap().collect().await.unwrap_err();
    assert!(error.to_string().contains("nps: score is 11"), "{error}");
}

#[tokio::test]
async fn where_memory_is_limited_the_engine_spills() {
    let pool = GreedyMemoryPool::new(4 << 20);
    let limited = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(pool)).build().unwrap();
    let session = session(3, true, limited);
    let sql = "SELECT count(*), sum(n) FROM (SELECT customer, count(*) AS n, sum(i) FROM \
         (SELECT i * 7919 % 150000 AS customer, i FROM generate_series(1, 300000) AS e (i)) \
         GROUP BY customer)";
    let plan = session.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
    let batches = collect(Arc::clone(&plan), session.task_ctx()).await.unwrap();
    let result = pretty_format_batches(&batches).unwrap().to_string();
    assert!(result.contains("| 150000   | 300000"), "{result}");
    let mut spills = 0;
    plan.apply(|node| {
        spills += node.metrics().and_then(|metrics| metrics.spill_count()).unwrap_or(0);
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    assert!(spills > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_nobody_waits_for_ends_and_gives_its_memory_back() {
    let session = session(3, true, RuntimeEnv::default());
    let pool = Arc::clone(&session.runtime_env().memory_pool);
    let sql = "SELECT customer, sequence_count('(?1)(?t<=9).*(?2)', i, i % 3 = 0, i % 5 = 0) \
               FROM (SELECT CASE WHEN i % 2 = 0 THEN 1 ELSE i END AS customer, i \
               FROM generate_series(1, 100000000) AS e (i)) GROUP BY customer";
    let plan = session.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
    let query = tokio::spawn(collect(plan, session.task_ctx()));
    // It is at work on a customer who has half of all events.
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
