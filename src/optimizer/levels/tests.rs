//! Results in two levels are those of a table of customers.

mod events;
mod files;
mod memory;
mod ordered;
mod stopped;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::{ExecutionPlan, collect, displayable};
use datafusion::prelude::{SessionConfig, SessionContext};
use tenure_udfs::spec::{Domain, Form, FunctionSpec, Kind, Setting};

use super::EntityStrategy::{Auto, Table, TwoLevels};
use super::*;
use crate::optimizer::install;
use datafusion::error::DataFusionError;

/// A session, with so many bytes of memory or with all there are.
fn session(strategy: EntityStrategy, memory: Option<usize>) -> SessionContext {
    let options = EntityOptions::new(strategy);
    let config = SessionConfig::new()
        .with_target_partitions(2)
        .with_batch_size(2048)
        .with_sort_spill_reservation_bytes(64 << 10)
        .with_option_extension(options);
    let runtime = match memory {
        Some(bytes) => RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(bytes)))
            .build_arc()
            .unwrap(),
        None => Arc::new(RuntimeEnv::default()),
    };
    let builder = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_runtime_env(runtime);
    let mut state = install(builder).build();
    tenure_udfs::register_all(&mut state).unwrap();
    SessionContext::new_with_state(state)
}

/// The plan of a query.
async fn planned(session: &SessionContext, sql: &str) -> Arc<dyn ExecutionPlan> {
    session.sql(sql).await.unwrap().create_physical_plan().await.unwrap()
}

fn shown(plan: &Arc<dyn ExecutionPlan>) -> String {
    displayable(plan.as_ref()).indent(false).to_string()
}

fn text(batches: &[RecordBatch]) -> String {
    pretty_format_batches(batches).unwrap().to_string()
}

async fn error(session: &SessionContext, sql: &str) -> DataFusionError {
    let frame = session.sql(sql).await;
    match frame {
        Ok(frame) => frame.collect().await.unwrap_err(),
        Err(error) => error,
    }
}

/// Events of 400 customers and of nobody, with NULLs in every column. The amounts are quarters, so
/// that they add up to the same in any order.
const EVENTS: &str = "(SELECT nullif(i * 7919 % 401, 77) AS id, \
     'customer ' || nullif(i * 7919 % 401, 77) AS name, i, i % 3 AS g, \
     CASE WHEN i % 7 <> 0 THEN i % 2 = 0 END AS flag_0, \
     CASE WHEN i % 5 <> 0 THEN i * 31 % 4 = 1 END AS flag_1, \
     nullif(i * 37 % 1000, 37) / 4.0 AS amount, \
     CASE WHEN i % 11 <> 0 THEN CAST(CAST(20000 + i * 13 % 60 AS INT) AS DATE) END AS day \
     FROM generate_series(1, 1500) AS e (i))";

/// Every function with a form over customers, and its calls over [`EVENTS`]: with as few constants as
/// there must be, and with all.
fn calls(id: &str) -> Vec<(&'static FunctionSpec, String)> {
    let all = tenure_udfs::specs().flat_map(|spec| spec.forms.iter().map(move |form| (spec, form)));
    let over_customers = all.filter(|(_, form)| form.kernel.has_levels());
    over_customers
        .flat_map(|(spec, form)| {
            let required = form.settings.iter().filter(|setting| !setting.is_optional());
            let mut counts = vec![required.count(), form.settings.len()];
            counts.dedup();
            counts.into_iter().map(move |constants| (spec, call(spec, form, id, constants)))
        })
        .collect()
}

fn call(spec: &FunctionSpec, form: &Form, id: &str, constants: usize) -> String {
    let mut flags = 0..;
    let args = form.args.iter().map(|arg| match arg.kind {
        Kind::Id => id.to_owned(),
        Kind::Flag => format!("flag_{}", flags.next().unwrap()),
        Kind::Number => "amount".to_owned(),
        Kind::Day => "day".to_owned(),
        other => panic!("{}: {other:?} is no column of these events", spec.name),
    });
    let constants = form.settings[..constants].iter().map(|setting| constant(setting));
    format!("{}({})", spec.name, args.chain(constants).collect::<Vec<_>>().join(", "))
}

fn constant(setting: &Setting) -> String {
    match setting.domain {
        Domain::Between { default, .. } => default.unwrap_or(20.0).to_string(),
        Domain::Whole { default, .. } => default.to_string(),
        Domain::Choice(words) => format!("'{}'", words.last().unwrap()),
        other => panic!("{}: {other:?} has no value here", setting.name),
    }
}

/// A query has the same result whatever the strategy is, and two levels where that is asked for: these
/// many of the functions that count customers at once.
async fn is_the_same(at_once: usize, sql: &str) {
    let table = session(Table, None);
    let expected = collect(planned(&table, sql).await, table.task_ctx()).await.unwrap();
    assert!(!expected.is_empty(), "{sql}");
    for (strategy, memory) in [(TwoLevels, None), (Auto, Some(1 << 30)), (Auto, None)] {
        let session = session(strategy, memory);
        let plan = planned(&session, sql).await;
        let shown = shown(&plan);
        if strategy == TwoLevels {
            let names = tenure_udfs::specs().map(|spec| format!("{}_of_entries(", spec.name));
            let used = names.filter(|name| shown.contains(name)).count();
            assert_eq!(used, at_once, "{sql}\n{shown}");
        }
        assert_eq!(shown.contains("EntityAggregateExec"), memory.is_some() && at_once > 0);
        let result = collect(plan, session.task_ctx()).await.unwrap();
        assert_eq!(text(&result), text(&expected), "{strategy:?}: {sql}");
        assert_eq!(result[0].schema(), expected[0].schema(), "{strategy:?}: {sql}");
    }
}

/// The query of all functions at once, and how many these are.
fn all_of(id: &str, before: &str, filter: &str, after: &str) -> (usize, String) {
    let calls = calls(id);
    let mut names: Vec<_> = calls.iter().map(|(spec, _)| spec.name).collect();
    names.dedup();
    let calls: Vec<_> = calls
        .iter()
        .enumerate()
        .map(|(at, (_, call))| format!("{call} {filter} AS metric_{at}"))
        .collect();
    (names.len(), format!("SELECT {before} {} FROM {EVENTS} {after}", calls.join(", ")))
}

#[tokio::test]
async fn every_metric_over_customers_is_the_same() {
    let dictionary = "arrow_cast(name, 'Dictionary(Int32, Utf8)')";
    for id in ["id", "name", "CAST(id AS BIGINT UNSIGNED)", dictionary] {
        for filter in ["", "FILTER (WHERE flag_1 OR i % 3 = 0)"] {
            for (before, after) in [
                ("", ""),
                ("", "WHERE i < 0"),
                ("g,", "GROUP BY g ORDER BY g"),
                ("g + 1, i % 2 AS half,", "GROUP BY g + 1, i % 2 ORDER BY 1, 2"),
            ] {
                let (functions, sql) = all_of(id, before, filter, after);
                assert!(functions > 10, "{functions} functions over customers");
                is_the_same(functions, &sql).await;
            }
        }
    }
}

#[tokio::test]
async fn what_stands_beside_is_the_same() {
    let beside = "count(*) AS n, count(amount) FILTER (WHERE flag_0) AS amounts, sum(i) AS total, \
                  sum(CAST(amount AS DECIMAL(10, 2))) AS money, min(name) AS first, \
                  max(day) FILTER (WHERE flag_1) AS last, avg(amount) AS mean, \
                  nps(i % 11) AS nps, nps_ci(i % 11, 0.9)['low'] AS low, \
                  window_funnel(1000, i, flag_0, flag_1) AS level";
    let metric = "retention_rate(id, flag_0, flag_1)";
    let having = format!("HAVING {metric} > 1 AND count(*) > 2 AND g >= 0");
    for sql in [
        format!("SELECT {metric} AS r, {beside} FROM {EVENTS}"),
        format!("SELECT {beside}, {metric} AS r FROM {EVENTS} WHERE i < 0"),
        format!(
            "SELECT {beside}, g, {metric} FROM {EVENTS} GROUP BY g {having} ORDER BY {metric}, g"
        ),
        format!("SELECT id, g, {metric}, {beside} FROM {EVENTS} GROUP BY id, g ORDER BY id, g"),
        format!("SELECT DISTINCT {metric} AS r FROM {EVENTS} GROUP BY i % 20 ORDER BY r LIMIT 3"),
        format!(
            "SELECT g, (SELECT {metric} FROM {EVENTS}) AS r FROM {EVENTS} GROUP BY g ORDER BY g"
        ),
    ] {
        is_the_same(1, &sql).await;
    }
}

#[tokio::test]
async fn what_has_no_two_levels_stays_a_table() {
    let metric = "retention_rate(id, flag_0, flag_1)";
    for sql in [
        format!("SELECT {metric}, count(DISTINCT g) FROM {EVENTS}"),
        format!("SELECT {metric}, retention_rate(name, flag_0, flag_1) FROM {EVENTS}"),
        format!("SELECT {metric}, avg(CAST(i AS DECIMAL(10, 2))) FROM {EVENTS}"),
        format!("SELECT {metric}, sparkline(i ORDER BY i) FROM {EVENTS} WHERE i < 9"),
        format!("SELECT {metric}, chi_squared(flag_0, flag_1) FROM {EVENTS}"),
        format!("SELECT g, {metric} FROM {EVENTS} GROUP BY ROLLUP (g) ORDER BY g"),
        // 0.0 and -0.0 are one number, but not one text.
        format!("SELECT retention_rate(amount, flag_0, flag_1) FROM {EVENTS}"),
        format!("SELECT retention_rate(id, random() >= 0, flag_1) FROM {EVENTS}"),
        format!("SELECT retention_rate(flag_0), chi_squared(flag_0, flag_1) FROM {EVENTS}"),
        format!("SELECT g, {metric} OVER (PARTITION BY g) FROM {EVENTS} ORDER BY i LIMIT 3"),
    ] {
        is_the_same(0, &sql).await;
    }
}

#[tokio::test]
async fn what_cannot_be_counted_is_refused_in_the_same_words() {
    for sql in [
        "SELECT revenue_per_customer(i, CASE WHEN i = 7 THEN 'nan' ELSE '1' END::DOUBLE) \
         FROM generate_series(1, 9) AS t (i)",
        "SELECT stickiness(1, CAST(CAST(i * 1000 AS INT) AS DATE)) FROM generate_series(1, 2) AS t (i)",
        "SELECT retention_rate_ci(i, true, true, 95) FROM generate_series(1, 9) AS t (i)",
        "SELECT retention_rate_ci(i, true, true, i) FROM generate_series(1, 9) AS t (i)",
        "SELECT retention_rate(DISTINCT i, true, true) FROM generate_series(1, 9) AS t (i)",
        "SELECT concentration(i, 1, 0) FROM generate_series(1, 9) AS t (i)",
    ] {
        let message = |error: DataFusionError| error.find_root().strip_backtrace();
        let expected = message(error(&session(Table, None), sql).await);
        for (strategy, memory) in [(TwoLevels, None), (Auto, Some(1 << 30))] {
            let given = message(error(&session(strategy, memory), sql).await);
            assert_eq!(given, expected, "{strategy:?}: {sql}");
        }
    }
}

#[tokio::test]
async fn a_session_says_what_it_wants() {
    let session = session(Auto, None);
    let sql = format!("SELECT retention_rate(id, flag_0, flag_1) FROM {EVENTS}");
    assert!(!shown(&planned(&session, &sql).await).contains("_of_entries"));
    session
        .sql("SET tenure.entity_strategy = 'Two_Levels'")
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    assert!(shown(&planned(&session, &sql).await).contains("retention_rate_of_entries"));
    let wrong = error(&session, "SET tenure.entity_strategy = 'both'").await.to_string();
    assert!(
        wrong.contains("tenure.entity_strategy must be one of auto, table, two_levels, not both"),
        "{wrong}"
    );
    let wrong = error(&session, "SET tenure.strategy = 'auto'").await.to_string();
    assert!(wrong.contains("no option tenure.strategy, only tenure.entity_strategy"), "{wrong}");
}
