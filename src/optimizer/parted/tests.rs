//! Results with and without the operator.

use std::path::Path;
use std::task::Poll;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::{ExecutionPlanProperties, collect};
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use tenure_udfs::kernel::KeyRange;
use tokio::task::yield_now;

use super::gathered::{Blocks, Part, Whole};
use super::numbering::AllNumbers;
use super::*;
use crate::optimizer::gathering::Gathers;
use crate::optimizer::tests::{plan_of, run, session, shown};

/// A session in which `visit` is a Parquet file of 200,000 visits in ten row groups, whose statistics
/// tell the range of its customers, -99 to 39,898: ten blocks of groups. One has a tenth of all visits, and
/// some visits are of nobody.
async fn over_parquet(with_rules: bool, folder: &Path, runtime: RuntimeEnv) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(3).with_batch_size(1000);
    let rules = if with_rules { crate::optimizer::rules() } else { vec![] };
    let session = session(config, rules, runtime);
    let file = folder.join("visit.parquet");
    if !file.exists() {
        let visits = "SELECT CASE WHEN i % 50 = 0 THEN NULL WHEN i % 10 = 1 THEN 7000 \
                      ELSE i * 7919 % 40000 - 100 END AS customer, i, i % 3 = 0 AS a, i % 5 = 0 AS b \
                      FROM generate_series(1, 200000) AS e (i)";
        let copy = format!(
            "COPY ({visits}) TO '{}' OPTIONS ('format.max_row_group_size' '20000')",
            file.display()
        );
        session.sql(&copy).await.unwrap().collect().await.unwrap();
    }
    session
        .register_parquet("visit", file.display().to_string(), ParquetReadOptions::default())
        .await
        .unwrap();
    session
}

const EVENTS: &str = "window_funnel(900, i, a, b), funnel_steps(5000, i, a, b)['level'], \
                      sequence_count('(?1)(?2)', i, a, b) FILTER (WHERE i % 7 > 0)";

#[tokio::test]
async fn the_groups_and_their_results_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let with = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    let without = over_parquet(false, folder.path(), RuntimeEnv::default()).await;
    let keys = [
        ("customer", "39998 keys from -99"),
        ("customer * 1000003", "any keys"),
        ("'customer number ' || customer", "any keys"),
    ];
    let filters = ["true", "customer > 30000", "customer IS NULL", "i < 0", "i % 100 < 3"];
    for (filter, (key, numbering)) in filters.into_iter().flat_map(|f| keys.map(|key| (f, key))) {
        let sql = format!(
            "SELECT {key} AS k, {EVENTS}, count(*) FROM visit WHERE {filter} GROUP BY k ORDER BY k"
        );
        let (parted, whole) = (plan_of(&with, &sql).await, plan_of(&without, &sql).await);
        let text = shown(&parted);
        let operator = format!("PartedAggregateExec: {numbering}");
        assert!(filter != "true" || text.contains(&operator), "{text}");
        let expected = run(&without, &whole).await;
        assert_eq!(run(&with, &parted).await, expected, "{sql}");
        // A plan may be executed again, unless an operator of the engine in it may not.
        if filter == "true" {
            assert_eq!(run(&with, &parted).await, expected, "{sql}");
        }
    }
}

#[tokio::test]
async fn one_partition_may_end_before_the_next_begins() {
    let folder = tempfile::tempdir().unwrap();
    let session = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    // One scan is dealt out to all threads, by an operator of the engine that is read only once.
    let setting = "SET datafusion.optimizer.repartition_file_scans = false";
    session.sql(setting).await.unwrap().collect().await.unwrap();
    let sql = "SELECT customer, window_funnel(900, i, a, b), count(*) FROM visit GROUP BY customer";
    let plan = operator(&plan_of(&session, sql).await);
    assert!(shown(&plan).contains("RoundRobinBatch(3)"), "{}", shown(&plan));
    let mut customers = 0;
    for partition in 0..plan.output_partitioning().partition_count() {
        let output = plan.execute(partition, session.task_ctx()).unwrap();
        let batches: Vec<_> = output.collect::<Vec<_>>().await;
        customers += batches.into_iter().map(|batch| batch.unwrap().num_rows()).sum::<usize>();
    }
    let all = plan_of(&session, "SELECT count(DISTINCT customer) + 1 FROM visit").await;
    assert!(run(&session, &all).await.contains(&customers.to_string()), "{customers}");
}

#[tokio::test]
async fn a_partition_gives_way_before_each_block_of_groups() {
    let folder = tempfile::tempdir().unwrap();
    let session = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    let sql = "SELECT customer, window_funnel(900, i, a, b) FROM visit GROUP BY customer";
    let plan = operator(&plan_of(&session, sql).await);
    let mut output = plan.execute(0, session.task_ctx()).unwrap();
    let (mut turns, mut waits) = (0, false);
    loop {
        match futures::poll!(output.next()) {
            Poll::Pending => {
                waits = true;
                yield_now().await;
            }
            Poll::Ready(Some(batch)) => {
                assert!(batch.unwrap().num_rows() > 0);
                turns += usize::from(std::mem::take(&mut waits));
            }
            Poll::Ready(None) => break,
        }
    }
    // About a third of the ten blocks, one of which is twice as much work as the others.
    assert!(turns >= 2, "{turns}");
}

#[tokio::test]
async fn groups_that_something_above_relies_on_stay_in_their_partitions() {
    let folder = tempfile::tempdir().unwrap();
    let with = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    let without = over_parquet(false, folder.path(), RuntimeEnv::default()).await;
    let levels = format!(
        "(SELECT customer, {EVENTS}, window_funnel(90, i, a, b) AS level \
         FROM visit GROUP BY customer)"
    );
    let counts = "(SELECT customer, count(*) FROM visit GROUP BY customer)";
    for (parted, sql) in [
        (
            false,
            format!(
                "SELECT * FROM {levels} AS l JOIN {counts} AS c USING (customer) ORDER BY customer"
            ),
        ),
        (
            false,
            format!("SELECT *, count(*) OVER (PARTITION BY customer) FROM {levels} ORDER BY 1"),
        ),
        (true, format!("SELECT *, count(*) OVER () FROM {levels} ORDER BY customer")),
        (
            true,
            format!(
                "SELECT customer % 7, count(*), sum(level) FROM {levels} GROUP BY 1 ORDER BY 1"
            ),
        ),
    ] {
        let (plan, whole) = (plan_of(&with, &sql).await, plan_of(&without, &sql).await);
        assert_eq!(shown(&plan).contains("PartedAggregateExec"), parted, "{}", shown(&plan));
        assert_eq!(run(&with, &plan).await, run(&without, &whole).await, "{sql}");
    }
}

#[tokio::test]
async fn states_are_put_together_group_by_group() {
    let folder = tempfile::tempdir().unwrap();
    let with = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    let without = over_parquet(false, folder.path(), RuntimeEnv::default()).await;
    let calls = "count(*), count(i) FILTER (WHERE a AND i % 11 = 0), retention(a, b, i > 60000), \
                 retention_rate(i % 100, a, b), nps(CASE WHEN customer % 7 > 0 THEN i % 11 END), \
                 next_event('forward', 'head', i, CAST(i AS VARCHAR), a), \
                 nps_state(i % 11)['promoters']";
    for (calls, filter) in [
        (calls.to_owned(), "true"),
        (format!("{EVENTS}, {calls}"), "true"),
        (calls.to_owned(), "customer % 16384 = 5"),
        (calls.to_owned(), "i < 0"),
    ] {
        let sql = format!(
            "SELECT customer, {calls} FROM visit WHERE {filter} GROUP BY customer ORDER BY customer"
        );
        let (parted, whole) = (plan_of(&with, &sql).await, plan_of(&without, &sql).await);
        let text = shown(&parted);
        assert!(filter != "true" || text.contains("PartedAggregateExec"), "{text}");
        let (result, expected) = (run(&with, &parted).await, run(&without, &whole).await);
        let differs = result.lines().zip(expected.lines()).find(|(one, other)| one != other);
        assert_eq!(differs, None, "{sql}");
        assert_eq!(result.len(), expected.len(), "{sql}");
    }
}

/// Of 11,111 nothing is known but that they came, which is not before the first thousands have come.
#[tokio::test]
async fn groups_without_a_value_have_none() {
    let folder = tempfile::tempdir().unwrap();
    let with = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    let without = over_parquet(false, folder.path(), RuntimeEnv::default()).await;
    let v = "CASE WHEN customer <> 11111 THEN i END";
    let calls = format!(
        "sum({v}), min({v}), max({v}), avg({v}), bit_or({v}), bool_and({v} > 0), stddev({v}), \
         count({v}), count(DISTINCT {v}), median({v}), nps({v} % 11), sum(i) FILTER (WHERE {v} > 9)"
    );
    for calls in [calls.as_str(), &format!("count({v}), nps({v} % 11), mean_ci({v})['n']")] {
        let sql = format!(
            "SELECT customer, {calls} FROM visit GROUP BY customer \
             ORDER BY customer <> 11111, customer LIMIT 3"
        );
        let (plan, whole) = (plan_of(&with, &sql).await, plan_of(&without, &sql).await);
        assert_eq!(run(&with, &plan).await, run(&without, &whole).await);
    }
}

#[tokio::test]
async fn aggregates_that_need_an_order_are_not_parted() {
    let folder = tempfile::tempdir().unwrap();
    let session = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    for calls in ["array_agg(i ORDER BY i)", "sparkline(i ORDER BY i), count(*)"] {
        let sql = format!("SELECT customer, {calls} FROM visit GROUP BY customer");
        let plan = plan_of(&session, &sql).await;
        assert!(!shown(&plan).contains("PartedAggregateExec"), "{}", shown(&plan));
    }
}

/// The operator in a plan.
fn operator(plan: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    let mut found = None;
    plan.apply(|node| {
        if node.is::<PartedAggregateExec>() {
            found = Some(Arc::clone(node));
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    found.unwrap()
}

#[tokio::test]
async fn keys_outside_the_range_that_was_expected_are_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let session = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    let sql = "SELECT customer, window_funnel(10, i, i = 1, i = 2) FROM visit GROUP BY customer";
    let plan = operator(&plan_of(&session, sql).await);
    let aggregate = plan.downcast_ref::<PartedAggregateExec>().unwrap().whole();
    let range = KeyRange { first: 5, len: 3 };
    let whole = Arc::new(Whole::new(aggregate, Numbering::Range(range)).unwrap());
    // Everybody meets the first step in one part and the second in the other, but for 7.
    let customers = [Some(4), Some(5), None, Some(7), Some(8)];
    let gathered = [1, 2].map(|step| {
        let steps = customers.map(|customer| if customer == Some(7) { 1 } else { step });
        let columns: [ArrayRef; 2] = [
            Arc::new(Int64Array::from_iter(customers)),
            Arc::new(Int64Array::from_iter_values(steps)),
        ];
        let batch = RecordBatch::try_new(aggregate.input_schema(), columns.to_vec()).unwrap();
        let mut part = Part::new(&whole).unwrap();
        part.take(&batch).unwrap();
        part.give().unwrap()
    });
    let numbers = AllNumbers::of(gathered.into()).unwrap();
    let mut blocks = Blocks::new(&whole, &Arc::new(numbers), 1).unwrap();
    blocks.open(0).unwrap();
    let first = blocks.emit().unwrap().unwrap();
    let second = blocks.emit().unwrap().unwrap();
    assert!(blocks.emit().unwrap().is_none());
    let outside = whole.emit_others().unwrap().unwrap();
    let [keys, levels] = [0, 1].map(|column| {
        let values = [&first, &second, &outside].map(|batch| {
            batch.column(column).as_primitive::<Int64Type>().iter().collect::<Vec<_>>()
        });
        values.concat()
    });
    assert_eq!(keys, [Some(5), Some(7), None, Some(4), Some(8)]);
    assert_eq!(levels, [2, 1, 2, 2, 2].map(Some));
    assert!(whole.emit_others().unwrap().is_none());
}

#[tokio::test]
async fn where_memory_is_limited_the_engine_works_and_can_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let limited = |bytes| {
        let pool = Arc::new(GreedyMemoryPool::new(bytes));
        RuntimeEnvBuilder::new().with_memory_pool(pool).build().unwrap()
    };
    let sql = "SELECT level, count(*) FROM (SELECT customer, window_funnel(900, i, a, b) AS level \
               FROM visit GROUP BY customer) GROUP BY level ORDER BY level";
    let free = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    let enough = over_parquet(true, folder.path(), limited(1 << 30)).await;
    let plan = plan_of(&enough, sql).await;
    assert!(shown(&plan).contains("PartedAggregateExec"));
    assert_eq!(run(&enough, &plan).await, run(&free, &plan_of(&free, sql).await).await);
    let little = over_parquet(true, folder.path(), limited(1 << 16)).await;
    let plan = plan_of(&little, sql).await;
    let error = collect(plan, little.task_ctx()).await.unwrap_err();
    assert!(error.to_string().contains("Resources exhausted"), "{error}");
}

#[tokio::test]
async fn what_fails_in_one_thread_fails_the_query() {
    let folder = tempfile::tempdir().unwrap();
    let session = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    let sql = "SELECT customer, window_funnel(900, i, 10 / (i - 150000) > 1, b) \
               FROM visit GROUP BY customer";
    let plan = plan_of(&session, sql).await;
    assert!(shown(&plan).contains("PartedAggregateExec"));
    let error = collect(plan, session.task_ctx()).await.unwrap_err();
    assert!(error.to_string().contains("Divide by zero"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_nobody_waits_for_gives_its_memory_back() {
    let folder = tempfile::tempdir().unwrap();
    let session = over_parquet(true, folder.path(), RuntimeEnv::default()).await;
    let pool = Arc::clone(&session.runtime_env().memory_pool);
    let sql = "SELECT customer, window_funnel(900, i, a, b) FROM visit GROUP BY customer";
    let plan = operator(&plan_of(&session, sql).await);
    let mut output = plan.execute(0, session.task_ctx()).unwrap();
    assert!(output.next().await.unwrap().unwrap().num_rows() > 0);
    drop(output);
    drop(plan);
    while pool.reserved() > 0 {
        yield_now().await;
    }
}
