//! Exchanges that write to disk come to an end.

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::collect;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::optimizer::install;
use crate::optimizer::tests::{counted, plan_of};

/// A session in which an exchange has memory for a batch of [`WIDE`] or two.
fn session() -> SessionContext {
    let config = SessionConfig::new()
        .with_target_partitions(2)
        .with_batch_size(128)
        .with_sort_spill_reservation_bytes(0);
    let pool = Arc::new(FairSpillPool::new(300 << 10));
    let builder = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_runtime_env(RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc().unwrap());
    SessionContext::new_with_state(install(builder).build())
}

/// 350 bytes for each of 20,000 customers, who come from two inputs.
const WIDE: &str = "SELECT sum(n) AS n, sum(length(wide)) AS bytes FROM \
     (SELECT i * 7919 % 1000003 AS c, count(*) AS n, min(repeat('segment', 50)) AS wide \
     FROM (SELECT * FROM generate_series(1, 10000) AS a (i) \
     UNION ALL SELECT * FROM generate_series(10001, 20000) AS b (i)) GROUP BY c)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_that_spill_do_not_wait_for_each_other() {
    // Whether two write at once is chance.
    for _ in 0..10 {
        let session = session();
        let plan = plan_of(&session, WIDE).await;
        let query = collect(Arc::clone(&plan), session.task_ctx());
        let result = tokio::time::timeout(Duration::from_secs(30), query).await;
        let result = pretty_format_batches(&result.expect("it stands still").unwrap()).unwrap();
        assert!(result.to_string().contains("| 20000 | 7000000 |"), "{result}");
        assert!(counted(&plan, "RepartitionExec", MetricsSet::spill_count) > 2);
    }
}

#[test]
fn a_program_may_say_how_long_files_are() {
    let length = |config: SessionConfig| {
        let builder = SessionStateBuilder::new_with_default_features().with_config(config);
        let state = install(builder).build();
        state.config_options().execution.max_spill_file_size_bytes.get()
    };
    assert_eq!(length(SessionConfig::new()), 1);
    let option = "datafusion.execution.max_spill_file_size_bytes";
    assert_eq!(length(SessionConfig::new().set_usize(option, 5000)), 5000);
}
