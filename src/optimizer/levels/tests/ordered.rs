//! Customers who come one after another.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::physical_plan::{ExecutionPlanProperties, common};
use datafusion::prelude::{ParquetReadOptions, col};

use super::files::{Files, run};
use super::memory::{fallbacks, spills};
use super::*;
use crate::clock::Clock;
use crate::lake::Config;
use crate::session::{Engine, Limits};

/// Less than a table of the customers of these tests might take.
const MEMORY: usize = 2 << 20;
const STREAMED: &str = "EntityAggregateExec: one customer after another";
const AS_TABLE: &str = "EntityAggregateExec: a table of customers";
pub(super) const WHOLE: &str = "WholeCustomersExec";

impl Files {
    /// The result of a query is that of a table of customers, however many partitions there are, and
    /// the plans have this in them.
    async fn are_the_same(&self, sql: &str, shown_first: &str) {
        let table = self.session(Table, None, 1).await;
        let expected = collect(planned(&table, sql).await, table.task_ctx()).await.unwrap();
        for partitions in [1, 2, 5] {
            let auto = self.session(Auto, Some(MEMORY), partitions).await;
            let plan = planned(&auto, sql).await;
            assert!(shown(&plan).contains(shown_first), "{sql}\n{}", shown(&plan));
            let result = collect(Arc::clone(&plan), auto.task_ctx()).await;
            let result = result.unwrap_or_else(|error| panic!("{sql}: {error}\n{}", shown(&plan)));
            assert_eq!(text(&result), text(&expected), "{partitions}: {sql}\n{}", shown(&plan));
            assert_eq!(result[0].schema(), expected[0].schema(), "{sql}");
            if shown_first == STREAMED {
                assert_eq!(fallbacks(&plan), 0, "{sql}");
            }
            drop(plan);
            assert_eq!(auto.runtime_env().memory_pool.reserved(), 0);
        }
    }
}

/// [`EVENTS`], but 24,000 of 4,000 customers, whose numbers lie far apart.
fn events() -> String {
    let more = EVENTS.replace("1500", "24000").replace("401", "4001");
    more.replace("AS id", "* 1000 AS id")
}

/// Three purchases of each of so many customers, in this column, and groups of customers.
pub(super) fn purchases(customers: usize) -> String {
    format!(
        "SELECT c, 'customer ' || lpad(CAST(c AS VARCHAR), 9, '0') AS name, c / 100 AS g, i % 3 AS n \
         FROM (SELECT i, i / 3 AS c FROM generate_series(0, {customers} * 3 - 1) AS t (i))"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn sorted_customers_are_counted_one_after_another() {
    let mut files = Files::new();
    let all = format!("SELECT * FROM {}", events());
    files.add("one", "id", 1 << 20, &all).await;
    files.add("unknown_first", "id DESC NULLS FIRST", 1 << 20, &all).await;
    let known = format!("SELECT * FROM {} WHERE id IS NOT NULL", events());
    // Files end in the middle of a customer, and the tenth is listed before the second.
    files.add("many", "id, i", 2000, &known).await;
    files.add("back", "id DESC", 5000, &known).await;
    files.add("groups", "g, id, i", 1 << 20, &known).await;
    for table in ["one", "unknown_first", "many", "back"] {
        for (before, filter, after) in [
            ("", "", ""),
            ("", "FILTER (WHERE flag_1 OR i % 3 = 0)", "WHERE i % 7 > 0"),
            ("g,", "", "GROUP BY g ORDER BY g"),
        ] {
            let (_, sql) = all_of("id", before, filter, after);
            files.are_the_same(&sql.replace(EVENTS, table), STREAMED).await;
        }
    }
    let (_, sql) = all_of("id", "g,", "", "GROUP BY g ORDER BY g");
    files.are_the_same(&sql.replace(EVENTS, "groups"), STREAMED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_beside_sorted_customers_is_the_same() {
    let mut files = Files::new();
    files.add("purchase", "name", 4000, &purchases(10_000)).await;
    let metric = "purchase_frequency(name)";
    for sql in [
        format!("SELECT {metric}, count(*), sum(n), min(name), max(g), avg(c / 1.0) FROM purchase"),
        format!("SELECT {metric} FROM purchase WHERE name > 'customer 000009' AND n > 0"),
        format!("SELECT {metric}, count(*) FROM purchase WHERE name < 'a'"),
        format!("SELECT g, {metric}, count(*) FROM purchase GROUP BY g HAVING g > 90 ORDER BY g"),
        format!("SELECT name, {metric} FROM purchase GROUP BY name ORDER BY name LIMIT 3"),
        format!(
            "SELECT k, {metric} FROM purchase JOIN (VALUES (10, 1), (11, 2), (12, 1)) AS v (g, k) \
             ON purchase.g = v.g GROUP BY k ORDER BY k"
        ),
        format!(
            "SELECT (SELECT {metric} FROM purchase) + (SELECT {metric} FROM purchase) AS twice"
        ),
        "SELECT purchase_frequency(name) FROM (SELECT * FROM purchase ORDER BY name)".to_owned(),
        "SELECT purchase_frequency(i), count(*) FROM generate_series(1, 99999) AS t (i)".to_owned(),
    ] {
        files.are_the_same(&sql, STREAMED).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sorted_has_a_table() {
    let mut files = Files::new();
    for part in 0..3 {
        let some = format!("{} WHERE i % 3 = {part}", purchases(10_000));
        files.add("mixed", "c", 1 << 20, &some).await;
    }
    files.add("groups", "g, c", 1 << 20, &purchases(10_000)).await;
    let rate = "retention_rate(c, n = 0, n = 1)";
    for sql in [
        format!("SELECT {rate}, count(*) FROM mixed"),
        // Customers are sorted in each group only, or not as they are told apart.
        format!("SELECT {rate} FROM groups"),
        format!("SELECT n, {rate} FROM groups GROUP BY n ORDER BY n"),
        "SELECT purchase_frequency(c % 5000) FROM groups".to_owned(),
    ] {
        files.are_the_same(&sql, AS_TABLE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_known_is_nowhere_in_the_order_of_files() {
    let mut files = Files::new();
    std::fs::create_dir(files.path("unknown")).unwrap();
    for part in 0..3 {
        // Who is not known is at the end of each file, after a customer with whom the next file begins.
        let rows = purchases(10_000).replace("i / 3 AS c", "nullif(i / 3, i / 30 * 10) AS c");
        let rows = format!("{rows} WHERE i / 10001 = {part} ORDER BY c");
        let path = files.path(&format!("unknown/{part}.parquet"));
        run(&session(Table, None), &format!("COPY ({rows}) TO '{path}'")).await;
    }
    let sql = "SELECT purchase_frequency(c) AS f, count(*) AS n FROM unknown";
    for partitions in [1, 3] {
        let auto = files.session(Auto, Some(1 << 20), partitions).await;
        let order = vec![vec![col("c").sort(true, false)]];
        let options = ParquetReadOptions::default().file_sort_order(order);
        auto.register_parquet("unknown", files.path("unknown"), options).await.unwrap();
        let plan = planned(&auto, sql).await;
        assert!(shown(&plan).contains(AS_TABLE), "{}", shown(&plan));
        // 3 purchases of each.
        let result = text(&collect(plan, auto.task_ctx()).await.unwrap());
        assert!(result.contains("| 3.0 | 30000 |"), "{result}");
    }
    // Where they are in one file only, that is still sorted.
    let rows = purchases(10_000).replace("i / 3 AS c", "nullif(i / 3, 7) AS c");
    files.add("one", "name", 1 << 20, &rows).await;
    files.are_the_same("SELECT purchase_frequency(name), count(*) FROM one", STREAMED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_sure_to_fit_is_what_is_used() {
    let mut files = Files::new();
    files.add("purchase", "c", 4000, &purchases(10_000)).await;
    let rate = "SELECT retention_rate(c, n = 0, n = 1) FROM purchase";
    // 30,000 rows, but only 10,000 different numbers.
    for (memory, expected) in [(1 << 20, STREAMED), (2 << 20, AS_TABLE)] {
        let auto = files.session(Auto, Some(memory), 2).await;
        let plan = shown(&planned(&auto, rate).await);
        assert!(plan.contains(expected), "{plan}");
    }
    let by_group = "SELECT g, retention_rate(c, n = 0, n = 1) FROM purchase GROUP BY g";
    for (memory, expected) in [(2 << 20, STREAMED), (4 << 20, AS_TABLE)] {
        let auto = files.session(Auto, Some(memory), 2).await;
        let plan = shown(&planned(&auto, by_group).await);
        assert!(plan.contains(expected), "{plan}");
    }
    for strategy in [Auto, Table, TwoLevels] {
        let plan = shown(&planned(&files.session(strategy, None, 2).await, rate).await);
        assert!(!plan.contains("EntityAggregateExec") && !plan.contains(WHOLE), "{plan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sorted_customers_need_almost_no_memory() {
    let mut files = Files::new();
    files.add("purchase", "name", 150_000, &purchases(100_000)).await;
    let memory = Some(1 << 20);
    let rate =
        "retention_rate(name, n = 0, n = 1 AND c % 4 = 0) AS rate, count(*) AS n FROM purchase";
    for (sql, expected) in [
        (format!("SELECT {rate}"), "| 25.0 | 300000 |"),
        (format!("SELECT c % 2 AS k, {rate} GROUP BY k ORDER BY k"), "| 0 | 50.0 | 150000 |"),
    ] {
        let table = files.session(Table, memory, 4).await;
        let refused = error(&table, &sql).await;
        assert!(matches!(refused.find_root(), DataFusionError::ResourcesExhausted(_)), "{refused}");

        let auto = files.session(Auto, memory, 4).await;
        let plan = planned(&auto, &sql).await;
        // Twice, as the operators may keep what they have read.
        for _ in 0..2 {
            let result = text(&collect(Arc::clone(&plan), auto.task_ctx()).await.unwrap());
            assert!(result.contains(expected), "{result}");
            assert_eq!((fallbacks(&plan), spills(&plan)), (0, 0));
            assert_eq!(auto.runtime_env().memory_pool.reserved(), 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_most_of_all_gives_way() {
    let mut files = Files::new();
    let most = purchases(60_000).replace("i / 3 AS c", "least(i, 100) AS c");
    files.add("purchase", "name", 45_000, &most).await;
    let auto = files.session(Auto, Some(MEMORY), 4).await;
    let sql = "SELECT purchase_frequency(name) AS f, count(*) AS n FROM purchase";
    let plan = planned(&auto, sql).await;
    assert!(shown(&plan).contains(WHOLE), "{}", shown(&plan));
    let result = text(&collect(Arc::clone(&plan), auto.task_ctx()).await.unwrap());
    // 180,000 purchases of 101 customers.
    assert!(result.contains("| 1782.17821782178"), "{result}");
    assert_eq!(fallbacks(&plan), 1);
    drop(plan);
    assert_eq!(auto.runtime_env().memory_pool.reserved(), 0);
}

#[tokio::test]
async fn tables_of_a_lake_tell_that_they_are_sorted() {
    let mut files = Files::new();
    files.add("purchase", "name", 9000, &purchases(10_000)).await;
    let root = Some(files.root());
    let config = Config { root, tables: BTreeMap::new(), reports: files.path("reports").into() };
    let limits =
        Limits { threads: NonZeroUsize::new(2), memory: Some(MEMORY), ..Limits::default() };
    let engine = Engine::new(&config, limits, Clock::now()).unwrap();
    let lake = engine.session().unwrap();
    let plan = planned(&lake, "SELECT purchase_frequency(name) AS f FROM purchase").await;
    assert!(shown(&plan).contains(WHOLE), "{}", shown(&plan));
    let result = text(&collect(plan, lake.task_ctx()).await.unwrap());
    assert!(result.contains("| 3.0 |"), "{result}");
}

/// The operators of a plan that have this name.
pub(super) fn found(plan: &Arc<dyn ExecutionPlan>, name: &str) -> Vec<Arc<dyn ExecutionPlan>> {
    let mut found = vec![];
    plan.apply(|node| {
        if node.name() == name {
            found.push(Arc::clone(node));
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    found
}

#[tokio::test]
async fn a_customer_is_in_one_partition_whoever_reads_first() {
    let mut files = Files::new();
    // A file has 3 rows of each of 3 customers and one of a fourth; in the middle there are 40 of one.
    let rows = purchases(60)
        .replace("i / 3 AS c", "CASE WHEN i < 60 OR i >= 100 THEN i / 3 ELSE 20 END AS c");
    files.add("purchase", "c", 10, &rows).await;
    for partitions in [2, 3, 7, 18] {
        // Few enough rows for a table, so the memory has to be very small.
        let auto = files.session(Auto, Some(1 << 10), partitions).await;
        let plan = planned(&auto, "SELECT purchase_frequency(c) FROM purchase WHERE c <> 3").await;
        let whole = &found(&plan, WHOLE)[0];
        let partitions = whole.output_partitioning().partition_count();
        for order in [(0..partitions).collect::<Vec<_>>(), (0..partitions).rev().collect()] {
            let mut of_partitions = vec![vec![]; partitions];
            for partition in order {
                let rows = whole.execute(partition, session(Table, None).task_ctx()).unwrap();
                let rows = common::collect(rows).await.unwrap();
                let customers = rows.iter().flat_map(|batch| {
                    batch.column_by_name("c").unwrap().as_primitive::<Int64Type>().values().to_vec()
                });
                of_partitions[partition] = customers.collect();
            }
            assert!(of_partitions.iter().all(|customers| customers.is_sorted()));
            let mut all: Vec<_> = of_partitions.concat();
            for customers in &mut of_partitions {
                customers.dedup();
            }
            let mut customers = of_partitions.concat();
            customers.sort_unstable();
            assert!(customers.is_sorted_by(|one, other| one < other), "{customers:?}");
            all.sort_unstable();
            let expected = (0..180_i64).map(|i| if (60..100).contains(&i) { 20 } else { i / 3 });
            let mut expected: Vec<_> = expected.filter(|c| *c != 3).collect();
            expected.sort_unstable();
            assert_eq!(all, expected);
        }
    }
}

#[tokio::test]
async fn a_limit_below_is_kept() {
    let mut files = Files::new();
    files.add("purchase", "name", 4000, &purchases(3000)).await;
    let auto = files.session(Auto, Some(1 << 10), 3).await;
    // Without an exchange by customer, one operator puts rows together, counts and ends.
    run(&auto, "SET datafusion.optimizer.repartition_aggregations = false").await;
    for of in ["purchase", "purchase ORDER BY name"] {
        let sql = format!(
            "SELECT purchase_frequency(name), count(*) AS n FROM (SELECT * FROM {of} LIMIT 10)"
        );
        let plan = planned(&auto, &sql).await;
        let plenty = session(Auto, Some(1 << 30));
        let result = text(&collect(Arc::clone(&plan), plenty.task_ctx()).await.unwrap());
        // Three purchases of each of three customers, and one of a fourth.
        assert!(
            result.contains("| 2.5 ") && result.contains("| 10 |"),
            "{result}\n{}",
            shown(&plan)
        );
    }
}
