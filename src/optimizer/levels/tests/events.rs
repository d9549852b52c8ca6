//! Events of customers who come one after another.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use super::files::{Files, run};
use super::memory::spills;
use super::ordered::WHOLE;
use super::*;
use crate::clock::Clock;
use crate::lake::Config;
use crate::session::{Engine, Limits};

/// Less than the lists of all events need, and more than those of some customers.
const MEMORY: usize = 1 << 20;

/// A hundred visits of each of so many customers: `a` and `b` in turns, of every third only `a`.
fn visits(customers: usize) -> String {
    format!(
        "SELECT i / 100 AS c, i / 100 % 2 AS g, 'customer ' || lpad(CAST(i / 100 AS VARCHAR), 9, '0') AS name, i % 100 AS at, \
         i % 2 = 0 OR i / 100 % 3 = 0 AS a, i % 2 = 1 AND i / 100 % 3 <> 0 AS b \
         FROM generate_series(0, {customers} * 100 - 1) AS t (i)"
    )
}

/// How many customers reach each level; of 600, 200 never get to the second.
fn levels(key: &str, table: &str) -> String {
    format!(
        "SELECT level, count(*) AS n FROM (SELECT {key}, window_funnel(5, at, a, b) AS level \
         FROM {table} GROUP BY {key}) GROUP BY level ORDER BY level"
    )
}

const LEVELS: &str = "| 1     | 200 |\n| 2     | 400 |";

/// The result of a plan with these levels in it, with nothing spilled and nothing left over.
async fn holds(session: &SessionContext, plan: Arc<dyn ExecutionPlan>) {
    let result = collect(Arc::clone(&plan), session.task_ctx()).await;
    let result = result.unwrap_or_else(|error| panic!("{error}\n{}", shown(&plan)));
    assert!(text(&result).contains(LEVELS), "{}\n{}", text(&result), shown(&plan));
    assert_eq!(spills(&plan), 0);
    drop(plan);
    assert_eq!(session.runtime_env().memory_pool.reserved(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sorted_customers_are_known_one_after_another() {
    let mut files = Files::new();
    files.add("one", "c", 1 << 20, &visits(600)).await;
    // Files end in the middle of a customer.
    files.add("many", "name", 7_777, &visits(600)).await;
    files.add("back", "c DESC, at", 9_000, &visits(600)).await;
    files.add("groups", "g, c", 1 << 20, &visits(600)).await;
    for (key, table) in [("c", "one"), ("name", "many"), ("c", "back"), ("g, c", "groups")] {
        for partitions in [2, 5] {
            let session = files.session(Auto, Some(MEMORY), partitions).await;
            let plan = planned(&session, &levels(key, table)).await;
            assert!(shown(&plan).contains(WHOLE), "{}", shown(&plan));
            holds(&session, plan).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_files_is_that_of_results_where_it_is_asked_for() {
    let mut files = Files::new();
    files.add("back", "c DESC", 12_000, &visits(600)).await;
    let sql = "SELECT c, window_funnel(5, at, a, b) AS level FROM back GROUP BY c ORDER BY c DESC";
    let all = files.session(Auto, None, 1).await;
    let expected = text(&collect(planned(&all, sql).await, all.task_ctx()).await.unwrap());
    assert!(expected.contains("| 599 | 2     |\n| 598 | 2     |\n| 597 | 1     |"), "{expected}");
    for partitions in [2, 3, 7] {
        let session = files.session(Auto, Some(MEMORY), partitions).await;
        let plan = planned(&session, sql).await;
        assert!(shown(&plan).contains(WHOLE), "{}", shown(&plan));
        assert_eq!(text(&collect(plan, session.task_ctx()).await.unwrap()), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sorted_or_sure_to_fit_is_the_engines() {
    let mut files = Files::new();
    for part in 0..3 {
        files.add("mixed", "c", 1 << 20, &format!("{} WHERE i % 3 = {part}", visits(600))).await;
    }
    files.add("one", "c", 1 << 20, &visits(600)).await;
    files.add("groups", "g, c", 1 << 20, &visits(600)).await;
    for (key, table, memory) in [
        ("c", "mixed", Some(MEMORY)),
        // Customers are sorted in each group only.
        ("c", "groups", Some(MEMORY)),
        ("c", "one", Some(64 << 20)),
        ("c", "one", None),
    ] {
        let session = files.session(Auto, memory, 2).await;
        let plan = shown(&planned(&session, &levels(key, table)).await);
        assert!(!plan.contains(WHOLE), "{plan}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_named_after_customers_are_read_one_after_another() {
    let files = Files::new();
    let path = files.path("visit");
    let writer = session(Table, None);
    // A folder of each of 12 customers: the eleventh is listed before the second.
    let rows = visits(1200).replace("i / 100 AS c", "i / 10000 AS c");
    let rows = rows.replace("i % 100 AS at", "i AS at");
    run(&writer, &format!("COPY ({rows}) TO '{path}/' STORED AS PARQUET PARTITIONED BY (c)")).await;
    let config = Config {
        root: Some(files.root()),
        tables: BTreeMap::new(),
        reports: files.path("reports").into(),
    };
    let limits =
        Limits { threads: NonZeroUsize::new(2), memory: Some(3 << 20), ..Limits::default() };
    let engine = Engine::new(&config, limits, Clock::now()).unwrap();
    let lake = engine.session().unwrap();
    let plan = planned(
        &lake,
        "SELECT c, window_funnel(5, at, a, b) AS level, count(*) AS n FROM visit GROUP BY c ORDER BY c",
    )
    .await;
    assert!(shown(&plan).contains(WHOLE), "{}", shown(&plan));
    let result = text(&collect(plan, lake.task_ctx()).await.unwrap());
    // Each of the folders has visits of a hundred customers, two thirds of whom see `b`.
    let rows: Vec<_> = (0..12).map(|c| format!("| {c:<2} | 2     | 10000 |")).collect();
    assert!(result.contains(&rows.join("\n")), "{result}");
}
