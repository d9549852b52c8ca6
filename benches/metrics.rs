//! What a metric costs beside the cheapest aggregate over the same rows: `cargo bench`.
//!
//! Every query runs in turn, several times, over the same Parquet file; medians and ratios are
//! printed. The engine's `avg` is the peer, since both read one column and add up per group.
#![expect(clippy::print_stdout, reason = "the figures are the point")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int8Array, Int64Array, RecordBatch, StringArray,
};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::prelude::{ParquetReadOptions, SessionContext};

const ROWS: u32 = 40_000_000;
const BATCH: u32 = 1_000_000;
const RUNS: usize = 7;

/// A name, a query, and which query it is measured against.
const QUERIES: &[(&str, &str)] = &[
    ("scan", "SELECT count(*) FROM survey WHERE score > -1 AND segment <> ''"),
    ("avg", "SELECT segment, avg(score) FROM survey GROUP BY segment"),
    ("nps", "SELECT segment, nps(score) FROM survey GROUP BY segment"),
    ("avg, ungrouped", "SELECT avg(score) FROM survey"),
    ("nps, ungrouped", "SELECT nps(score) FROM survey"),
    (
        "nps in SQL",
        "SELECT segment, 100.0 * (sum(CASE WHEN score >= 9 THEN 1 ELSE 0 END) \
         - sum(CASE WHEN score <= 6 THEN 1 ELSE 0 END)) / count(score) \
         FROM survey GROUP BY segment",
    ),
    ("avg of a flag", "SELECT segment, avg(CAST(kept AS INT)) FROM survey GROUP BY segment"),
    ("retention_rate", "SELECT segment, retention_rate(kept) FROM survey GROUP BY segment"),
    ("avg of three", "SELECT segment, avg(value * frequency * 2.0) FROM survey GROUP BY segment"),
    ("clv", "SELECT segment, clv(value, frequency, 2.0) FROM survey GROUP BY segment"),
];

/// Which query each metric is compared with.
const PAIRS: &[(&str, &str)] = &[
    ("nps", "avg"),
    ("nps, ungrouped", "avg, ungrouped"),
    ("nps", "nps in SQL"),
    ("retention_rate", "avg of a flag"),
    ("clv", "avg of three"),
];

fn main() -> Result<()> {
    let path = survey_file()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut times: Vec<Vec<Duration>> = vec![vec![]; QUERIES.len()];
    runtime.block_on(async {
        let context = SessionContext::new();
        for function in tenure_udfs::all_functions() {
            context.register_udaf(function);
        }
        let path = path.to_str().context("the path of the data is not text")?;
        context.register_parquet("survey", path, ParquetReadOptions::default()).await?;
        // The first round warms caches and does not count.
        for round in 0..=RUNS {
            for ((_, sql), times) in QUERIES.iter().zip(&mut times) {
                let start = Instant::now();
                context.sql(sql).await?.collect().await?;
                if round > 0 {
                    times.push(start.elapsed());
                }
            }
        }
        anyhow::Ok(())
    })?;
    report(&mut times);
    Ok(())
}

fn report(times: &mut [Vec<Duration>]) {
    println!("{ROWS} rows, {RUNS} runs of each query in turn");
    let medians: Vec<(&str, f64)> = QUERIES
        .iter()
        .zip(times)
        .map(|((name, _), times)| {
            times.sort_unstable();
            let seconds = |time: Duration| time.as_secs_f64();
            let (least, median, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
            let (least, median, most) = (seconds(least), seconds(median), seconds(most));
            println!("{name:>16}  median {median:.3} s  ({least:.3} to {most:.3})");
            (*name, median)
        })
        .collect();
    let median = |name: &str| medians.iter().find(|(known, _)| *known == name).map(|(_, m)| *m);
    for (metric, peer) in PAIRS {
        if let (Some(metric_time), Some(peer_time)) = (median(metric), median(peer)) {
            println!("{metric} / {peer}: {:.2}", metric_time / peer_time);
        }
    }
}

/// A survey of 40 million answers in 24 segments, made once and kept with the build.
fn survey_file() -> Result<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("survey-{ROWS}.parquet"));
    if path.is_file() {
        return Ok(path);
    }
    println!("writing {}", path.display());
    let partial = path.with_extension("partial");
    let mut writer: Option<ArrowWriter<File>> = None;
    for first in (0..ROWS).step_by(BATCH as usize) {
        let batch = answers(first)?;
        let writer = match &mut writer {
            Some(writer) => writer,
            None => {
                writer.insert(ArrowWriter::try_new(File::create(&partial)?, batch.schema(), None)?)
            }
        };
        writer.write(&batch)?;
    }
    writer.context("nothing was written")?.close()?;
    std::fs::rename(&partial, &path)?;
    Ok(path)
}

/// A batch of answers, from a hash of the row number: random to a branch predictor, the same each
/// time.
fn answers(first: u32) -> Result<RecordBatch> {
    let rows = || (first..first + BATCH).map(hash);
    let scores: Int8Array =
        rows().map(|h| Some([10, 9, 9, 8, 8, 7, 6, 5, 3, 0][h as usize % 10])).collect();
    let segments: StringArray =
        rows().map(|h| Some(format!("segment {:02}", (h >> 8) % 24))).collect();
    let kept: BooleanArray = rows().map(|h| Some((h >> 16) % 10 < 7)).collect();
    let values: Float64Array =
        rows().map(|h| Some(f64::from((h >> 12) % 20_000) / 100.0)).collect();
    let frequencies: Int64Array = rows().map(|h| Some(i64::from((h >> 20) % 24))).collect();
    let columns: [(&str, ArrayRef); 5] = [
        ("score", Arc::new(scores)),
        ("segment", Arc::new(segments)),
        ("kept", Arc::new(kept)),
        ("value", Arc::new(values)),
        ("frequency", Arc::new(frequencies)),
    ];
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// A well-mixed number per row (the finalizer of `MurmurHash3`).
fn hash(row: u32) -> u32 {
    let mut h = row.wrapping_add(1);
    h = (h ^ (h >> 16)).wrapping_mul(0x85eb_ca6b);
    h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}
