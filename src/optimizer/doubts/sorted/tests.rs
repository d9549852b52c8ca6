//! Files that are sorted but for NULLs.

use std::sync::Arc;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::execution::SessionStateBuilder;
use datafusion::physical_plan::displayable;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext, col};
use tempfile::TempDir;

use crate::optimizer::install;

/// A session in which the files of a folder are a table that is sorted by `c` and then by `d`.
async fn session(folder: &TempDir, partitions: usize) -> SessionContext {
    let config = SessionConfig::new()
        .with_target_partitions(partitions)
        .set_bool("datafusion.optimizer.prefer_existing_sort", true);
    let builder = SessionStateBuilder::new_with_default_features().with_config(config);
    let mut state = install(builder).build();
    tenure_udfs::register_all(&mut state).unwrap();
    let session = SessionContext::new_with_state(state);
    let order = ["c", "d"].map(|column| col(column).sort(true, false));
    let options = ParquetReadOptions::default().file_sort_order(vec![order.to_vec()]);
    session.register_parquet("t", folder.path().to_str().unwrap(), options).await.unwrap();
    session
}

/// Three files of the numbers from 0 to 9, 9 to 18 and 18 to 27, in which numbers that can be divided by
/// one number are not known in a column.
async fn files(unknown: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let session = SessionContext::new();
    for file in 0..3 {
        let path = folder.path().join(format!("{file}.parquet"));
        let rows = format!(
            "SELECT {unknown} FROM (SELECT i AS c, i AS d FROM generate_series({file} * 9, {file} * 9 + 9) \
             AS t (i)) ORDER BY c, d"
        );
        let copy = format!("COPY ({rows}) TO '{}'", path.display());
        session.sql(&copy).await.unwrap().collect().await.unwrap();
    }
    folder
}

async fn result(session: &SessionContext, sql: &str) -> String {
    let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

async fn plan(session: &SessionContext, sql: &str) -> String {
    let plan = session.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
    displayable(Arc::clone(&plan).as_ref()).indent(false).to_string()
}

/// 28 numbers in 30 rows, as 9 and 18 are in two files; without 0, 4, 8 and so on, 21 in 23.
#[tokio::test]
async fn nobody_is_counted_twice() {
    let folder = files("nullif(c, c / 4 * 4) AS c, d").await;
    for partitions in [1, 2, 3] {
        let session = session(&folder, partitions).await;
        let groups =
            "SELECT count(*) AS groups, count(c) AS known FROM (SELECT c FROM t GROUP BY c)";
        let groups = result(&session, groups).await;
        assert!(groups.contains("| 22     | 21    |"), "{partitions}: {groups}");
        let strategy = "SET tenure.entity_strategy = 'two_levels'";
        result(&session, strategy).await;
        let frequency = "SELECT round(purchase_frequency(c) * 21) AS purchases FROM t";
        let frequency = result(&session, frequency).await;
        assert!(frequency.contains("| 23.0 "), "{partitions}: {frequency}");
        let last = result(&session, "SELECT c FROM t ORDER BY c LIMIT 1 OFFSET 22").await;
        assert!(last.contains("| 27 |"), "{partitions}: {last}");
    }
}

#[tokio::test]
async fn what_is_sorted_is_believed() {
    let by_c = "SELECT c, count(*) FROM t GROUP BY c";
    for (unknown, partitions, expected) in [
        ("c, d", 1, "output_ordering=[c@0 ASC NULLS LAST]"),
        ("c, nullif(d, 3) AS d", 1, "output_ordering=[c@0 ASC NULLS LAST]"),
        ("nullif(c, 3) AS c, d", 3, "output_ordering=[c@0 ASC NULLS LAST]"),
        ("nullif(c, 3) AS c, d", 1, "projection=[c], file_type"),
    ] {
        let folder = files(unknown).await;
        let plan = plan(&session(&folder, partitions).await, by_c).await;
        assert!(plan.contains(expected), "{unknown}: {plan}");
    }
    let folder = files("c, nullif(d, 3) AS d").await;
    let plan = plan(&session(&folder, 1).await, "SELECT * FROM t ORDER BY c, d").await;
    assert!(plan.contains("SortExec"), "{plan}");
}
