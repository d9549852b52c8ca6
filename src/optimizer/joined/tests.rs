//! Results with and without the operator.

use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::collect;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::prelude::{SessionConfig, SessionContext};

use super::*;
use crate::optimizer::tests::{Rules, plan_of, run, session, shown};

/// Three partitions of orders of 5,000 customers, who are known by a number, by one that lies far from
/// others, and by text; some orders are of nobody.
async fn over_orders(with_rules: bool, runtime: RuntimeEnv) -> SessionContext {
    let rules = if with_rules { crate::optimizer::rules() } else { vec![] };
    over_orders_with(rules, runtime).await
}

async fn over_orders_with(rules: Rules, runtime: RuntimeEnv) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(3).with_batch_size(500);
    let session = session(config, rules, runtime);
    let orders = "CREATE TABLE orders AS SELECT *, customer * 1000003 AS far, CAST(customer AS VARCHAR) AS name \
                  FROM (SELECT CASE WHEN i % 40 = 0 THEN NULL ELSE i * i % 5003 - 700 END AS customer, \
                        i, i % 3 = 0 AS a, i % 7 < 2 AS b, i % 11 = 0 AS c FROM generate_series(1, 30000) AS e (i))";
    session.sql(orders).await.unwrap().collect().await.unwrap();
    session
}

/// The operator in a plan.
fn operator_in(plan: &Arc<dyn ExecutionPlan>) -> Option<&Arc<dyn ExecutionPlan>> {
    let here = (plan.name() == "JoinedAggregateExec").then_some(plan);
    here.or_else(|| plan.children().into_iter().find_map(operator_in))
}

fn is_joined(plan: &Arc<dyn ExecutionPlan>) -> bool {
    operator_in(plan).is_some()
}

/// Whether the threads of the operator of a plan have gathered customers themselves.
fn has_gathered(plan: &Arc<dyn ExecutionPlan>) -> bool {
    operator_in(plan).unwrap().metrics().unwrap().sum_by_name("gather_time").is_some()
}

/// Calls of metrics over customers, beside others.
const CALLS: [&str; 7] = [
    "repeat_purchase_rate(name) FILTER (WHERE c), repeat_purchase_rate(name) FILTER (WHERE b), \
     retention_rate(name, a, b), chi_squared(name, c)['n'], repeat_purchase_rate(far)",
    "retention_rate(customer, a, b)",
    "churn_rate(customer, a, b) FILTER (WHERE c), count(*), max(i)",
    "retention_rate_ci(far, a, b)['n'], count(DISTINCT customer), avg(i) FILTER (WHERE b)",
    "repeat_purchase_rate(name), nps(i % 11), sum(CAST(c AS INT))",
    "cohort_counts(customer, CAST(i % 900 AS INT)::date, 'month', 5), repeat_purchase_rate(far)",
    "revenue_per_customer(name, i), retention_rate(far, a, b)",
];

#[tokio::test]
async fn the_results_are_the_same() {
    let with = over_orders(true, RuntimeEnv::default()).await;
    let without = over_orders(false, RuntimeEnv::default()).await;
    for calls in CALLS {
        for filter in ["true", "i % 5 < 4", "i < 10", "customer IS NULL", "i < 0"] {
            let sql = format!("SELECT {calls} FROM orders WHERE {filter}");
            let plan = plan_of(&with, &sql).await;
            assert!(is_joined(&plan), "{sql}");
            let expected = run(&without, &plan_of(&without, &sql).await).await;
            assert_eq!(run(&with, &plan).await, expected, "{sql}");
            assert!(has_gathered(&plan), "{sql}");
            // A plan may be executed again.
            assert_eq!(run(&with, &plan).await, expected, "{sql}");
        }
    }
}

/// Keys of a few groups to many, of one column or more; some are NULL.
const KEYS: [&str; 8] = [
    "NULL, a",
    "arrow_cast(name, 'Dictionary(Int32, Utf8)')",
    "a",
    "name",
    "'segment ' || CAST(customer % 7 AS VARCHAR)",
    "i % 900, c",
    "CASE WHEN b THEN i / 2.0 END",
    "CAST(customer AS INT), b, substr(name, 1, 2)",
];

#[tokio::test]
async fn the_results_of_groups_are_the_same() {
    let without = over_orders(false, RuntimeEnv::default()).await;
    // One thread takes in everything, or it is always too much.
    for little in [usize::MAX, 0] {
        let rule = JoinCustomers { little };
        let with = over_orders_with(vec![Arc::new(rule)], RuntimeEnv::default()).await;
        for calls in CALLS {
            for keys in KEYS {
                for filter in ["true", "i < 10", "i < 0"] {
                    let sql = format!(
                        "SELECT {keys}, {calls} FROM orders WHERE {filter} GROUP BY {keys} ORDER BY {keys}"
                    );
                    let plan = plan_of(&with, &sql).await;
                    // The engine keeps lists of the values of DISTINCT.
                    assert_eq!(is_joined(&plan), !calls.contains("DISTINCT"), "{sql}");
                    let expected = run(&without, &plan_of(&without, &sql).await).await;
                    assert_eq!(run(&with, &plan).await, expected, "{sql}");
                }
            }
        }
    }
}

#[tokio::test]
async fn groups_stay_where_something_relies_on_it() {
    let with = over_orders(true, RuntimeEnv::default()).await;
    for threshold in ["threshold", "threshold_rows"] {
        let sql = format!("SET datafusion.optimizer.hash_join_single_partition_{threshold} = 0");
        with.sql(&sql).await.unwrap().collect().await.unwrap();
    }
    let by_name = "SELECT name, repeat_purchase_rate(customer) AS rate FROM orders GROUP BY name";
    let joined = plan_of(&with, &format!("SELECT * FROM ({by_name}) ORDER BY name")).await;
    assert!(is_joined(&joined));
    let sql = format!(
        "SELECT * FROM ({by_name}) AS l JOIN (SELECT name, count(*) FROM orders GROUP BY name) AS r USING (name) ORDER BY name"
    );
    let plan = plan_of(&with, &sql).await;
    assert!(shown(&plan).contains("mode=Partitioned"), "{}", shown(&plan));
    assert!(!is_joined(&plan), "{}", shown(&plan));
}

#[tokio::test]
async fn the_engine_keeps_what_is_not_about_customers() {
    let session = over_orders(true, RuntimeEnv::default()).await;
    for sql in [
        "SELECT nps(i % 11), count(*) FROM orders",
        "SELECT a, retention_rate(customer, a, b), median(i) FROM orders GROUP BY a",
        "SELECT a, retention_rate(customer, a, b) FROM orders GROUP BY ROLLUP (a, b)",
        "SELECT a, nps(i % 11) FROM orders GROUP BY a",
        "SELECT retention_rate(customer, a, b), first_value(i ORDER BY i) FROM orders",
    ] {
        assert!(!is_joined(&plan_of(&session, sql).await), "{sql}");
    }
}

#[tokio::test]
async fn an_error_is_that_of_the_call() {
    let session = over_orders(true, RuntimeEnv::default()).await;
    let sql = "SELECT revenue_per_customer(customer, CASE WHEN i = 17 THEN 'NaN'::double ELSE 1 END) FROM orders";
    let plan = plan_of(&session, sql).await;
    assert!(is_joined(&plan));
    let error = collect(plan, session.task_ctx()).await.unwrap_err().to_string();
    assert!(error.contains("revenue_per_customer"), "{error}");
}

#[tokio::test]
async fn where_memory_is_limited_the_engine_does_it() {
    let pool = Arc::new(GreedyMemoryPool::new(100 << 20));
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).build().unwrap();
    let session = over_orders(true, runtime).await;
    let plan = plan_of(&session, "SELECT retention_rate(customer, a, b) FROM orders").await;
    assert!(is_joined(&plan));
    run(&session, &plan).await;
    assert!(!has_gathered(&plan));
}

#[tokio::test]
async fn another_input_takes_the_place_of_the_first() {
    let session = over_orders(true, RuntimeEnv::default()).await;
    let sql = "SELECT repeat_purchase_rate(customer), count(*) FROM orders WHERE customer";
    let [few, many] = ["< 10", "> 10"].map(|filter| format!("{sql} {filter}"));
    let (few, many) = (plan_of(&session, &few).await, plan_of(&session, &many).await);
    let [few, many] = [&few, &many].map(|plan| operator_in(plan).unwrap());
    assert_ne!(run(&session, few).await, run(&session, many).await);
    let children = many.children().into_iter().cloned().collect();
    let recompute = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    let other = Arc::clone(few).replace_children(children, recompute).unwrap();
    assert!(is_joined(&other));
    assert_eq!(run(&session, &other).await, run(&session, many).await);
}
