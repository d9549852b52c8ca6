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
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::prelude::{ParquetReadOptions, SessionContext};

const ROWS: u32 = 40_000_000;
const BATCH: u32 = 1_000_000;
const RUNS: usize = 5;

/// A name, a query, and which query it is measured against.
const QUERIES: &[(&str, &str)] = &[
    ("scan", "SELECT count(*) FROM survey WHERE score > -1 AND segment <> ''"),
    ("avg", "SELECT segment, avg(score) FROM survey GROUP BY segment"),
    ("nps", "SELECT segment, nps(score) FROM survey GROUP BY segment"),
    ("avg by code", "SELECT segment, avg(score) FROM coded GROUP BY segment"),
    ("nps by code", "SELECT segment, nps(score) FROM coded GROUP BY segment"),
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
    ("churn_rate_ci", "SELECT segment, churn_rate_ci(kept) FROM survey GROUP BY segment"),
    ("nps_ci", "SELECT segment, nps_ci(score) FROM survey GROUP BY segment"),
    ("nps_parts", "SELECT segment, nps_parts(score) FROM survey GROUP BY segment"),
    ("csat", "SELECT segment, csat(score + 1, 11) FROM survey GROUP BY segment"),
    ("avg of score + 1", "SELECT segment, avg(score + 1) FROM survey GROUP BY segment"),
    ("avg of an amount", "SELECT segment, avg(value) FROM survey GROUP BY segment"),
    (
        "average_order_value",
        "SELECT segment, average_order_value(value) FROM survey GROUP BY segment",
    ),
    ("mean_ci", "SELECT segment, mean_ci(value) FROM survey GROUP BY segment"),
    ("stddev", "SELECT segment, stddev(value) FROM survey GROUP BY segment"),
    ("avg of two", "SELECT segment, avg(value), avg(frequency) FROM survey GROUP BY segment"),
    (
        "net_revenue_retention",
        "SELECT segment, net_revenue_retention(value, frequency) FROM survey GROUP BY segment",
    ),
    ("quick_ratio", "SELECT segment, quick_ratio(value, frequency) FROM survey GROUP BY segment"),
    ("roi", "SELECT segment, roi(value, frequency) FROM survey GROUP BY segment"),
    (
        "avg of amount and flag",
        "SELECT segment, avg(value), avg(CAST(kept AS INT)) FROM survey GROUP BY segment",
    ),
    ("share_of", "SELECT segment, share_of(value, kept) FROM survey GROUP BY segment"),
    ("compare_means", "SELECT segment, compare_means(value, kept) FROM survey GROUP BY segment"),
    (
        "avg of three columns",
        "SELECT segment, avg(value), avg(frequency), avg(CAST(kept AS INT)) FROM survey \
         GROUP BY segment",
    ),
    (
        "mrr_movements",
        "SELECT segment, mrr_movements(value, frequency, kept) FROM survey GROUP BY segment",
    ),
    ("avg of three", "SELECT segment, avg(value * frequency * 2.0) FROM survey GROUP BY segment"),
    ("clv", "SELECT segment, clv(value, frequency, 2.0) FROM survey GROUP BY segment"),
];

/// Which query each metric is compared with.
const PAIRS: &[(&str, &str)] = &[
    ("nps", "avg"),
    ("nps, ungrouped", "avg, ungrouped"),
    ("nps", "nps in SQL"),
    ("nps by code", "nps"),
    ("avg by code", "avg"),
    ("retention_rate", "avg of a flag"),
    ("clv", "avg of three"),
    ("churn_rate_ci", "avg of a flag"),
    ("nps_ci", "avg"),
    ("nps_parts", "avg"),
    ("csat", "avg of score + 1"),
    ("average_order_value", "avg of an amount"),
    ("mean_ci", "avg of an amount"),
    ("mean_ci", "stddev"),
    ("net_revenue_retention", "avg of two"),
    ("quick_ratio", "avg of two"),
    ("roi", "avg of two"),
    ("share_of", "avg of amount and flag"),
    ("compare_means", "avg of amount and flag"),
    ("mrr_movements", "avg of three columns"),
];

fn main() -> Result<()> {
    let texts = survey_file("survey", &DataType::Utf8)?;
    // Arrow's schema in the file makes the engine read the segments as a dictionary.
    let codes = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let codes = survey_file("coded", &codes)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let mut times: Vec<Vec<Duration>> = vec![vec![]; QUERIES.len()];
    runtime.block_on(async {
        let mut context = SessionContext::new();
        tenure_udfs::register_all(&mut context)?;
        for (name, path) in [("survey", &texts), ("coded", &codes)] {
            let path = path.to_str().context("the path of the data is not text")?;
            context.register_parquet(name, path, ParquetReadOptions::default()).await?;
        }
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
            println!("{name:>22}  median {median:.3} s  ({least:.3} to {most:.3})");
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

/// A survey of 40 million answers in 24 segments, made once and kept with the build. Segments have
/// the type given.
fn survey_file(name: &str, segments: &DataType) -> Result<PathBuf> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{ROWS}.parquet"));
    if path.is_file() {
        return Ok(path);
    }
    println!("writing {}", path.display());
    let partial = path.with_extension("partial");
    let mut writer: Option<ArrowWriter<File>> = None;
    for first in (0..ROWS).step_by(BATCH as usize) {
        let batch = answers(first, segments)?;
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
fn answers(first: u32, segment_type: &DataType) -> Result<RecordBatch> {
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
        ("segment", cast(&segments, segment_type)?),
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
