//! Random queries over random files: with all rules, the results are those of the engine's own plans of one
//! thread.

use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{ScalarValue, Statistics};
use datafusion::config::ConfigOptions;
use datafusion::datasource::physical_plan::FileScanConfigBuilder;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use tempfile::TempDir;
use tokio::time::timeout;

use super::{Rules, plan_of, session, shown};
use crate::optimizer::{files_of, rules};

/// Numbers that look random, and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    /// Once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A text in which each name in braces is one of these that it stands for.
    fn filled(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, of) in NAMES {
            while text.contains(name) {
                let one = self.one(of);
                text = text.replacen(name, one, 1);
            }
        }
        text
    }
}

/// What names in braces stand for.
const NAMES: [(&str, &[&str]); 7] = [
    (
        "{conditions}",
        &[
            "{range}",
            "{range}, {range}, {range}",
            "{range}, {range}, {range}, {range}, {range}, {range}, {range}, {range}, {range}, {range}",
            "{month}, {month}, {month}, {month}",
        ],
    ),
    ("{id}", &["customer", "other", "other", "name", "price", "d"]),
    (
        "{range}",
        &[
            "i >= {n}",
            "i < {n}",
            "i > {n} AND i <= {n}",
            "i BETWEEN {n} AND {n}",
            "i = {n}",
            "other < {n}",
            "other >= {n} AND other < {n} AND other > {n}",
            "other = 9223372036854775807",
            "other > -9223372036854775808",
            "other <= 9223372036854775807",
            "at >= TIMESTAMP '{day}' AND at < TIMESTAMP '{day}'",
            "at < TIMESTAMP '{day}'",
            "at = TIMESTAMP '{day}'",
            "zoned > TIMESTAMP '{day} 03:00:00'",
            "zoned >= '{day}' AND zoned < '{day}'",
            "d >= DATE '{day}' AND d < DATE '{day}'",
            "{n} <= i",
            "i < {n} OR i > {n}",
            "i <> {n}",
            "a",
            "b",
            "arrow_cast(at, 'Timestamp(Second, None)') >= '{day}'",
            "price < 3.5",
            "i >= NULL",
        ],
    ),
    ("{month}", &["at >= TIMESTAMP '{day}' AND at < TIMESTAMP '{day}'"]),
    (
        "{day}",
        &[
            "2024-01-01",
            "2024-01-02",
            "2024-01-09",
            "2024-01-31",
            "2024-02-03",
            "1960-05-05",
            "2024-01-15",
        ],
    ),
    ("{n}", &["0", "1", "-1", "7", "8", "100", "101", "2000", "4999", "5000", "123456", "-100000"]),
    (
        "{few}",
        &[
            "i % 97",
            "nullif(i * 37 % 101, 5)",
            "CASE WHEN i % 3 > 0 THEN 7 ELSE i % 113 END",
            "5",
            "nullif(i % 2, 1)",
        ],
    ),
];

/// Integers of every width, near each other or at both ends of all there are.
const KEYS: [&str; 16] = [
    "arrow_cast({few} - 60, 'Int8')",
    "arrow_cast({few}, 'UInt8')",
    "arrow_cast({many} - 9000, 'Int16')",
    "arrow_cast({many}, 'UInt16')",
    "arrow_cast(-{many}, 'Int32')",
    "arrow_cast({many}, 'UInt32')",
    "{many} - 300",
    "{few}",
    "{many}",
    "9223372036854775807 - {many}",
    "-9223372036854775807 - 1 + {many}",
    "arrow_cast({many}, 'UInt64')",
    "{few} * 1000003",
    "18446744073709551615 - arrow_cast({many}, 'UInt64')",
    "CASE WHEN i % 2 = 0 THEN 9223372036854775807 - {few} ELSE -9223372036854775807 - 1 + {few} END",
    "CASE WHEN i % 50 = 0 THEN 9223372036854775807 - i WHEN i % 50 = 1 THEN -9223372036854775807 + i ELSE {many} END",
];

/// Any number of customers.
const MANY: [&str; 7] = [
    "(i / 9)",
    "(i * 7919 % 400)",
    "(i * 31 % 300)",
    "nullif(i / 9, 20)",
    "nullif(i / 100, 3)",
    "(CASE WHEN i % 3 > 0 THEN 7 ELSE i / 9 END)",
    "(i / 3000)",
];

/// Files of events.
struct Files {
    folder: TempDir,
    shown: String,
}

impl Files {
    async fn random(chance: &mut Chance) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rows = chance.one(&[300, 5000, 9000]);
        let mut key = |keys: &[&str]| {
            let key = chance.one(keys).replace("{many}", chance.one(&MANY));
            chance.filled(&key)
        };
        // Customers near each other are numbered alike by all threads.
        let (customer, other) = (key(&KEYS[..9]), key(&KEYS));
        let events = format!(
            "SELECT {customer} AS customer, {other} AS other, i, i % 3 = 0 AS a, CASE WHEN i % 11 > 0 THEN i % 5 = 0 END AS b, \
             DATE '2024-01-01' + CAST(i * 31 % 90 - 20 AS INT) AS d, \
             arrow_cast(1704067200000 + nullif(i * 31 % 999, 7) * 3600000, 'Timestamp(Millisecond, None)') AS at, \
             arrow_cast(1704067200000000 + i * 31 % 999 * 3600000000, 'Timestamp(Microsecond, Some(\"Europe/Berlin\"))') AS zoned, \
             'name ' || (i * 7 % 1300) AS name, 'x' || (i % 13) AS word, nullif(i * 37 % 1000, 37) / 4.0 AS price"
        );
        let files = 1 + chance.below(3);
        let writer = SessionContext::new();
        for file in 0..files {
            let kept = if file > 0 && chance.once_in(5) { "i < 0" } else { "true" };
            let (size, known) =
                (chance.one(&[500, 20000]), if chance.once_in(20) { "none" } else { "page" });
            let copy = format!(
                "COPY ({events} FROM generate_series({file} * {rows} + 1, ({file} + 1) * {rows}) AS e (i) WHERE {kept}) \
                 TO '{}' STORED AS PARQUET OPTIONS ('format.max_row_group_size' '{size}', \
                 'format.statistics_enabled' '{known}')",
                folder.path().join(format!("{file}.parquet")).display()
            );
            writer.sql(&copy).await.unwrap().collect().await.unwrap();
        }
        Self { folder, shown: format!("{files} files of {rows}: {events}") }
    }

    async fn session(&self, config: SessionConfig, rules: Rules) -> SessionContext {
        let config = config.set_u64("datafusion.optimizer.repartition_file_min_size", 0);
        let session = session(config, rules, RuntimeEnv::default());
        let path = self.folder.path().display().to_string();
        session.register_parquet("t", path, ParquetReadOptions::default()).await.unwrap();
        session
    }

    /// The plan of a query with all rules, which has the result of that without any.
    async fn compared(&self, chance: &mut Chance, sql: &str) -> String {
        let own = self.session(SessionConfig::new().with_target_partitions(1), vec![]).await;
        let (_, expected) = result(&own, sql).await;
        let is_misled = chance.once_in(3);
        let config = SessionConfig::new()
            .with_target_partitions(2 + chance.below(4))
            .with_batch_size(chance.one(&[100, 1000, 8192]))
            .set_bool("datafusion.optimizer.repartition_file_scans", !chance.once_in(5))
            .set_bool("datafusion.execution.parquet.pushdown_filters", chance.once_in(3));
        let misled = is_misled.then(|| Arc::new(Mislead) as _);
        let with = self.session(config, misled.into_iter().chain(rules()).collect()).await;
        let (plan, found) = result(&with, sql).await;
        let plan = shown(&plan);
        assert!(found == expected, "misled: {is_misled}, {sql}\n{}\n{plan}", self.shown);
        plan
    }
}

async fn result(session: &SessionContext, sql: &str) -> (Arc<dyn ExecutionPlan>, RecordBatch) {
    let plan = plan_of(session, sql).await;
    let batches = timeout(Duration::from_mins(5), collect(Arc::clone(&plan), session.task_ctx()));
    let batches = batches.await.expect(sql).expect(sql);
    let all = concat_batches(&plan.schema(), &batches).unwrap();
    (plan, all)
}

/// Says of integers in files that they end sooner than they do.
#[derive(Debug)]
struct Mislead;

impl PhysicalOptimizerRule for Mislead {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            Ok(match files_of(&plan) {
                Some(files) => {
                    let known = misleading(files.statistics());
                    let files = FileScanConfigBuilder::from(files.clone()).with_statistics(known);
                    Transformed::yes(DataSourceExec::from_data_source(files.build()) as _)
                }
                None => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "mislead"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn misleading(mut known: Statistics) -> Statistics {
    for column in &mut known.column_statistics {
        let bounds = [&column.min_value, &column.max_value].map(Precision::get_value);
        if let [Some(ScalarValue::Int64(Some(first))), Some(ScalarValue::Int64(Some(last)))] =
            bounds
        {
            let narrow = first + last.saturating_sub(*first) / 3;
            column.max_value = Precision::Inexact(ScalarValue::Int64(Some(narrow)));
        }
    }
    known
}

/// Calls that are worked out for each customer.
const CALLS: [&str; 30] = [
    "window_funnel(900, i, a, b)",
    "window_funnel(INTERVAL '3 days', d, a, b)",
    "funnel_steps(5000, i, a, b)",
    "sequence_count('(?1)(?2)', i, a, b)",
    "sequence_match_events('(?1)(?t<9)(?2)', i, a, b)",
    "session_list(10, i, a, b)",
    "session_list(INTERVAL '2 days', d, b, a)",
    "session_list(30, i, a, b, 400)",
    "count(*)",
    "retention({conditions})",
    "retention_counts({id}, {conditions})",
    "retention_rate(i % 100, a, {range})",
    "cohort_counts({id}, d, 'week', 5)",
    "stickiness({id}, d)",
    "nps(i % 11)",
    "nps_parts(i % 11)",
    "next_event('forward', 'head', i, word, a)",
    "conversion_rate({range})",
    "conversion_rate({id}, {range})",
    "purchase_frequency({id})",
    "repeat_purchase_rate({id})",
    "revenue_per_customer({id}, price)",
    "concentration({id}, price, 20)",
    "concentration(price, 20)",
    "average_order_value({id}, price)",
    "churn_rate({id}, a, {range})",
    "mann_whitney(price, i % 2 = 0)",
    "clv({id}, price)",
    "quick_ratio(price, i % 7)",
    "referral_rate_ci({id}, a)",
];

/// Beside a call.
const FILTERS: [&str; 6] =
    ["", "", "", " FILTER (WHERE i % 7 > 0)", " FILTER (WHERE b)", " FILTER (WHERE i < 0)"];

/// Behind the table.
const WHERE: [&str; 8] = [
    " WHERE customer > 20",
    " WHERE customer IS NULL",
    " WHERE i < 0",
    " WHERE i % 100 < 3",
    " WHERE a",
    " WHERE customer % 7 = 3",
    " WHERE i < 400",
    " WHERE {range}",
];

/// What is asked of groups of customers, `{}`.
const GROUPED: [&str; 19] = [
    "{} ORDER BY customer",
    "{} ORDER BY customer",
    "{} ORDER BY customer",
    "{} ORDER BY customer LIMIT 7",
    "{} ORDER BY customer DESC NULLS LAST LIMIT 9 OFFSET 3",
    "SELECT DISTINCT customer, c0 IS NULL AS c FROM ({}) ORDER BY customer",
    "SELECT count(*), count(c0), min(customer), max(customer) FROM ({})",
    "SELECT count(*) FROM (SELECT * FROM ({}) LIMIT 5)",
    "SELECT s.*, v.k FROM ({}) AS s JOIN (VALUES (7, 1), (9, 2), (11, 2)) AS v (id, k) ON s.customer = v.id ORDER BY customer, k",
    "SELECT c0 IS NULL AS c, count(*) AS n FROM ({}) GROUP BY c ORDER BY n DESC, c LIMIT 20",
    "SELECT s.*, r.n FROM ({}) AS s JOIN (SELECT customer, count(*) AS n FROM t GROUP BY customer) AS r USING (customer) ORDER BY customer",
    "SELECT s.*, r.n FROM ({}) AS s LEFT JOIN (SELECT customer, count(*) AS n FROM t WHERE a GROUP BY customer) AS r USING (customer) ORDER BY customer",
    "{} HAVING count(*) > 2 ORDER BY customer DESC NULLS LAST",
    "SELECT *, row_number() OVER (PARTITION BY customer) FROM ({}) ORDER BY customer",
    "SELECT *, row_number() OVER (ORDER BY customer) FROM ({}) ORDER BY customer",
    "WITH s AS ({}) SELECT * FROM (SELECT * FROM s UNION ALL SELECT * FROM s) ORDER BY customer",
    "WITH s AS ({}) SELECT one.* FROM s AS one JOIN s AS other USING (customer) ORDER BY customer",
    "SELECT * FROM ({}) WHERE customer IN (SELECT customer FROM t WHERE a) ORDER BY customer",
    "SELECT customer % 7 AS k, nps(customer % 5 + 5), count(*) FROM ({}) GROUP BY k ORDER BY k",
];

/// One to three of the calls, named `c0` and so on.
fn calls(chance: &mut Chance) -> String {
    let calls = (0..=chance.below(3)).map(|at| {
        let call = chance.one(&CALLS);
        let filter = chance.one(&FILTERS);
        format!("{} AS c{at}", chance.filled(&format!("{call}{filter}")))
    });
    calls.collect::<Vec<_>>().join(", ")
}

/// The plans of random queries over random files, `{}` in which is this one, with calls in the place of `{calls}`.
async fn plans(seed: u64, of: &str, queries: &[&str]) -> Vec<String> {
    let mut chance = Chance(seed);
    let mut plans = vec![];
    for _ in 0..6 {
        let files = Files::random(&mut chance).await;
        for _ in 0..12 {
            let of = of.replace("{calls}", &calls(&mut chance));
            let rows = if chance.once_in(3) { chance.one(&WHERE) } else { "" };
            let of = of.replace("{where}", rows);
            let query = chance.one(queries).replace("{}", &of);
            let sql = chance.filled(&query);
            plans.push(files.compared(&mut chance, &sql).await);
        }
    }
    plans
}

/// How many of the plans have an operator of this name.
fn with(plans: &[String], operator: &str) -> usize {
    plans.iter().filter(|plan| plan.contains(operator)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_customers() {
    let of = "SELECT customer, {calls} FROM t{where} GROUP BY customer";
    let plans = plans(5, of, &GROUPED).await;
    assert!(with(&plans, "PartedAggregateExec") > 9, "{}", with(&plans, "PartedAggregateExec"));
    assert!(with(&plans, "NumberedAggregateExec") > 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_customers() {
    let of = "SELECT {calls} FROM t{where}";
    let plans = plans(2, of, &["{}", "{}", "{} HAVING count(*) > 3", "{} UNION ALL {}"]).await;
    assert!(with(&plans, "JoinedAggregateExec") > 19, "{}", with(&plans, "JoinedAggregateExec"));
}
