//! What stored states are for: a day's states in a Parquet file each, merged into months.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int32Array, RecordBatch};
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tenure_udfs::kernel::Role;

use crate::sample::{self, Case};
use crate::{ROWS, assert_same};

const DAYS: i32 = 6;
const DAYS_PER_MONTH: i32 = 3;

/// The arguments `arg0, arg1, …` of a call, and its constants.
fn args(case: &Case, role: Role, first: &str) -> String {
    let constant = |value| match value {
        ScalarValue::Utf8(Some(text)) => format!("'{text}'"),
        ScalarValue::IntervalMonthDayNano(Some(interval)) => {
            format!("INTERVAL '{} days'", interval.days)
        }
        other => other.to_string(),
    };
    let lead = case.lead(role).into_iter().map(constant);
    let all = lead.chain([first.to_owned()]);
    let all: Vec<_> = all.chain(case.settings(role).into_iter().map(constant)).collect();
    let all = all.join(", ");
    match all.split_once(", ") {
        Some((value, order)) if case.is_ordered() => format!("{value} ORDER BY {order}"),
        _ => all,
    }
}

async fn rows(context: &SessionContext, sql: &str) -> Vec<(ScalarValue, ScalarValue)> {
    let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
    let scalar = |column: &ArrayRef, row| ScalarValue::try_from_array(column, row).unwrap();
    batches
        .iter()
        .flat_map(|batch| {
            let (key, value) = (batch.column(0), batch.column(1));
            (0..batch.num_rows()).map(move |row| (scalar(key, row), scalar(value, row)))
        })
        .collect()
}

async fn compare(case: &Case, rng: &mut StdRng) {
    let mut context = SessionContext::new();
    tenure_udfs::register_all(&mut context).unwrap();
    let sample = case.sample(ROWS, rng);
    let days: ArrayRef =
        Arc::new((0..ROWS).map(|_| Some(rng.random_range(0..DAYS))).collect::<Int32Array>());
    let names: Vec<String> = (0..sample.args.len()).map(|at| format!("arg{at}")).collect();
    let columns = names.iter().map(String::as_str).zip(sample.args.iter().map(Arc::clone));
    let columns = columns.chain([("day", days)]).map(|(name, array)| (name, array, true));
    context
        .register_batch("events", RecordBatch::try_from_iter_with_nullable(columns).unwrap())
        .unwrap();

    let (name, list) = (case.spec.name, names.join(", "));
    let folder = tempfile::tempdir().unwrap();
    for day in 0..DAYS {
        let path = folder.path().join(format!("{day}.parquet"));
        let states = format!(
            "SELECT day, {name}_state({}) AS state FROM events WHERE day = {day} GROUP BY day",
            args(case, Role::State, &list)
        );
        let frame = context.sql(&states).await.unwrap();
        let options = DataFrameWriteOptions::new().with_single_file_output(true);
        frame.write_parquet(path.to_str().unwrap(), options, None).await.unwrap();
    }
    let stored = folder.path().to_str().unwrap();
    context.register_parquet("states", stored, ParquetReadOptions::default()).await.unwrap();

    let month = format!("day / {DAYS_PER_MONTH} AS month");
    let merged = format!(
        "SELECT {month}, {name}_merge({}) FROM states GROUP BY month ORDER BY month",
        args(case, Role::Merge, "state")
    );
    let direct = format!(
        "SELECT {month}, {name}({}) FROM events GROUP BY month ORDER BY month",
        args(case, Role::Value, &list)
    );
    let (merged, direct) = (rows(&context, &merged).await, rows(&context, &direct).await);
    assert_eq!(merged.len(), direct.len(), "{case}");
    for ((month, merged), (same_month, direct)) in merged.iter().zip(&direct) {
        assert_eq!(month, same_month, "{case}");
        assert_same(case, merged, direct);
    }
}

#[tokio::test]
async fn days_stored_in_parquet_merge_into_months() {
    let mut rng = StdRng::seed_from_u64(7);
    for case in sample::cases() {
        compare(&case, &mut rng).await;
    }
}
