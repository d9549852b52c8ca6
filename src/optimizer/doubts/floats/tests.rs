//! Columns of floats of which one is NaN, and all others are the same.

use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use futures::future::join_all;
use tempfile::TempDir;

use crate::optimizer::install;
use crate::optimizer::tests::{plan_of, run};

/// Two files with the same numbers but for one NaN, in the first of them only.
async fn files() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let session = SessionContext::new();
    for (file, unlike) in [(0, "i = 3"), (1, "false")] {
        let rows = format!(
            "SELECT i, CASE WHEN {unlike} THEN 'NaN'::double ELSE 2.5 END AS d, \
             CASE WHEN {unlike} THEN 'NaN'::real ELSE -1::real END AS r, CAST(7 AS BIGINT) AS same \
             FROM generate_series(1, 5) AS t (i)"
        );
        let path = folder.path().join(format!("{file}.parquet"));
        let copy = format!("COPY ({rows}) TO '{}'", path.display());
        session.sql(&copy).await.unwrap().collect().await.unwrap();
    }
    folder
}

/// The results of a query over the files, in a session as it is used and in one of the engine's own.
async fn results(sql: &str) -> [String; 2] {
    let folder = files().await;
    let builder = SessionStateBuilder::new_with_default_features();
    let sessions =
        [SessionContext::new_with_state(install(builder).build()), SessionContext::new()];
    let path = folder.path().to_str().unwrap();
    join_all(sessions.iter().map(|session| result(session, path, sql))).await.try_into().unwrap()
}

async fn result(session: &SessionContext, path: &str, sql: &str) -> String {
    session.register_parquet("t", path, ParquetReadOptions::default()).await.unwrap();
    run(session, &plan_of(session, sql).await).await
}

/// By hand: NaN is what adding it to anything is, and the greatest of all; the least is what the others are.
#[tokio::test]
async fn a_column_with_nan_is_no_constant() {
    let sql = "SELECT CAST(sum(d) AS VARCHAR) || ' ' || CAST(sum(r) AS VARCHAR) AS sums, \
               count(*) FILTER (WHERE isnan(d)) AS nan, sum(same) AS same FROM t";
    let [with, without] = results(sql).await;
    assert!(with.contains("| NaN NaN | 1   | 70   |"), "{with}");
    assert_ne!(with, without, "the engine has learned it: the rule is of no use any more");
}

#[tokio::test]
async fn nan_is_the_greatest() {
    let [with, without] = results("SELECT max(d), min(d), max(r), min(r), max(same) FROM t").await;
    let row = with.lines().nth(3).unwrap().replace(' ', "");
    assert_eq!(row, "|NaN|2.5|NaN|-1.0|7|", "{with}");
    assert_ne!(with, without, "the engine has learned it: the rule is of no use any more");
}
