//! The metrics in a DataFusion program of one's own: NPS by segment with its interval, and the same
//! NPS once more, from the stored states of single days.
//!
//! `cargo run -p tenure-udfs --example metrics`
#![expect(clippy::print_stdout, reason = "an example shows its results")]

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int8Array, RecordBatch, StringArray};
use datafusion::error::Result;
use datafusion::prelude::SessionContext;

/// Day, segment and score of each survey sent; not everybody answered.
const ANSWERS: [(&str, &str, Option<i8>); 12] = [
    ("2025-04-01", "team", Some(10)),
    ("2025-04-01", "team", Some(9)),
    ("2025-04-01", "team", Some(3)),
    ("2025-04-01", "starter", Some(8)),
    ("2025-04-01", "starter", None),
    ("2025-04-02", "team", Some(7)),
    ("2025-04-02", "team", Some(2)),
    ("2025-04-02", "starter", Some(10)),
    ("2025-04-02", "starter", Some(9)),
    ("2025-04-03", "team", Some(9)),
    ("2025-04-03", "starter", Some(6)),
    ("2025-04-03", "starter", None),
];

const BY_SEGMENT: &str = "
    WITH scored AS (SELECT segment, nps_ci(score) AS nps FROM answers GROUP BY segment)
    SELECT segment, nps['estimate'] AS nps, nps['low'] AS low, nps['high'] AS high,
        nps['n'] AS answers
    FROM scored ORDER BY segment";

const STATES_BY_DAY: &str = "
    SELECT day, segment, nps_state(score) AS nps
    FROM answers GROUP BY day, segment ORDER BY day, segment";

const MERGED: &str = "
    SELECT segment, nps_merge(nps) AS nps FROM states GROUP BY segment ORDER BY segment";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut ctx = SessionContext::new();
    tenure_udfs::register_all(&mut ctx)?;
    ctx.register_batch("answers", answers()?)?;

    println!("From all answers:");
    ctx.sql(BY_SEGMENT).await?.show().await?;

    // A nightly batch would write the states of its day to Parquet; here they stay in memory.
    let states = ctx.sql(STATES_BY_DAY).await?.cache().await?;
    println!("The states of the days:");
    states.clone().show().await?;
    ctx.register_table("states", states.into_view())?;

    println!("From the states:");
    ctx.sql(MERGED).await?.show().await
}

fn answers() -> Result<RecordBatch> {
    let days = StringArray::from_iter_values(ANSWERS.iter().map(|(day, _, _)| day));
    let segments = StringArray::from_iter_values(ANSWERS.iter().map(|(_, segment, _)| segment));
    let scores: Int8Array = ANSWERS.iter().map(|(_, _, score)| *score).collect();
    let columns: [(&str, ArrayRef); 3] =
        [("day", Arc::new(days)), ("segment", Arc::new(segments)), ("score", Arc::new(scores))];
    Ok(RecordBatch::try_from_iter(columns)?)
}
