//! Plans with and without the rule.

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::displayable;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::*;
use crate::optimizer::tests::{self, Rules};

fn session(with_rule: bool) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(3).with_batch_size(64);
    let rules: Rules = if with_rule { vec![Arc::new(GatherEvents)] } else { vec![] };
    tests::session(config, rules, RuntimeEnv::default())
}

/// The plan and the result of a query over 5000 events of 700 customers.
async fn run(with_rule: bool, calls: &str) -> (String, String) {
    let sql = format!(
        "SELECT i * 7919 % 700 AS customer, {calls} FROM generate_series(1, 5000) AS e (i) \
         GROUP BY customer ORDER BY customer"
    );
    let frame = session(with_rule).sql(&sql).await.unwrap();
    let plan = frame.clone().create_physical_plan().await.unwrap();
    let plan = displayable(plan.as_ref()).indent(false).to_string();
    let batches = frame.collect().await.unwrap();
    (plan, pretty_format_batches(&batches).unwrap().to_string())
}

#[tokio::test]
async fn events_are_exchanged_instead_of_states_and_the_result_is_the_same() {
    let calls = "count(*), window_funnel(900, i, i % 3 = 0, i % 5 = 0, i % 7 = 0) \
                 FILTER (WHERE i % 11 <> 0)";
    let (plan, result) = run(true, calls).await;
    assert!(plan.contains("mode=SinglePartitioned"), "{plan}");
    assert!(!plan.contains("mode=Partial"), "{plan}");
    let (plan, expected) = run(false, calls).await;
    assert!(plan.contains("mode=Partial"), "{plan}");
    assert_eq!(result, expected);
}

#[tokio::test]
async fn small_states_are_exchanged_as_ever() {
    let (plan, _) = run(true, "count(*), retention(i % 3 = 0, i % 5 = 0)").await;
    assert!(plan.contains("mode=Partial"), "{plan}");
}
