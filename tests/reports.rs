//! Every report of the pack, run by the real binary over the data that comes with the project.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what cannot be set up has failed")]

#[path = "reports/catalogue.rs"]
mod catalogue;
#[path = "reports/expected.rs"]
mod expected;

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// What the command prints: its result, and what it says beside it.
fn tenure(args: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

/// The names of the reports, from the files: a report that nothing lists would still be run.
fn names() -> Vec<String> {
    fn below(folder: &Path, prefix: &str) -> Vec<String> {
        let mut names = vec![];
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            if path.is_dir() {
                names.extend(below(&path, &format!("{prefix}{stem}/")));
            } else if path.extension().is_some_and(|extension| extension == "sql") {
                names.push(format!("{prefix}{stem}"));
            }
        }
        names.sort();
        names
    }
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("queries"), "")
}

#[test]
fn every_report_gives_what_it_gave() {
    assert!(names().len() > 10);
    for name in names() {
        let snapshot = name.replace('/', "__");
        let (result, said) = tenure(&["run", &name]);
        insta::assert_snapshot!(snapshot, result + &said);
    }
}

#[test]
fn every_report_passes_its_check() {
    let (checked, _) = tenure(&["check"]);
    let expected: Vec<_> = names().iter().map(|name| format!("ok  {name}")).collect();
    assert_eq!(checked.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_report_is_the_same_on_any_number_of_threads() {
    for name in names() {
        let run = |threads| tenure(&["run", &name, "--format", "csv", "--threads", threads]);
        assert_eq!(run("1"), run("5"), "{name}");
    }
}

#[test]
fn the_readme_shows_what_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let report = std::fs::read_to_string(root.join("queries/survey/nps_by_segment.sql")).unwrap();
    assert!(readme.contains(report.trim_end()), "the report has changed");
    let (result, _) = tenure(&["run", "survey/nps_by_segment"]);
    assert!(readme.contains(result.trim_end()), "its result has changed");
}

/// The rows of a report by their first column, and the names of the other columns.
struct Rows {
    columns: Vec<String>,
    rows: HashMap<String, Vec<f64>>,
}

impl Rows {
    fn of(report: &str) -> Self {
        let (csv, _) = tenure(&["run", report, "--format", "csv"]);
        let mut lines =
            csv.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let columns = lines.next().unwrap();
        let rows = lines.map(|fields| {
            let numbers = fields[1..].iter().map(|field| field.parse().unwrap());
            (fields[0].clone(), numbers.collect())
        });
        Self { rows: rows.collect(), columns }
    }

    #[track_caller]
    fn assert(&self, row: &str, column: &str, expected: f64) {
        let at = self.columns.iter().position(|name| name == column).unwrap();
        let value = self.rows[row][at - 1];
        let difference = (value - expected).abs() / expected.abs();
        assert!(difference <= 1e-10, "{row}, {column}: {value} is not {expected}");
    }
}

/// The sample of the CDNOW log, as DuckDB computes it and ClickHouse agrees.
#[test]
fn cdnow_gives_the_reference_numbers() {
    let repeat = Rows::of("cdnow/repeat_purchases");
    repeat.assert("row", "customers", 2357.0);
    repeat.assert("row", "orders", 6919.0);
    repeat.assert("row", "repeat_customers", 1152.0);
    repeat.assert("row", "repeat_purchase_rate", 48.875_689_435_72);
    repeat.assert("customer-day", "orders", 6696.0);
    repeat.assert("customer-day", "repeat_customers", 1139.0);
    repeat.assert("customer-day", "repeat_purchase_rate", 48.324_140_857_02);

    let order = Rows::of("cdnow/average_order_value");
    order.assert("row", "revenue", 244_091.94);
    order.assert("row", "average_order_value", 35.278_499_783_21);
    order.assert("row", "purchase_frequency", 2.935_511_243_106);
    order.assert("customer-day", "average_order_value", 36.453_396_057_35);
    order.assert("customer-day", "purchase_frequency", 2.840_899_448_451);

    // The row of all cohorts together has no cohort.
    Rows::of("cdnow/revenue_per_customer").assert("", "revenue_per_customer", 103.560_432_753_5);

    // The first cohort's first two months in the cohort matrix: 781, then 124 of them again.
    let retention = Rows::of("cdnow/retention_by_month");
    retention.assert("1997-02-01", "customers_before", 781.0);
    retention.assert("1997-02-01", "retention", 100.0 * 124.0 / 781.0);
    Rows::of("cdnow/churn_by_month").assert("1997-02-01", "churn", 100.0 * (781.0 - 124.0) / 781.0);
}
