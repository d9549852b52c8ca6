//! The catalogue of metrics, a table in `queries/README.md`: every row names a report that is there
//! and the functions that it calls.

use std::collections::HashSet;
use std::path::Path;

use crate::names;

/// What a company asks of its customers' data: the metrics that the project exists for. Each stands
/// in the table, by these words.
const METRICS: &[&str] = &[
    "`nps`",
    "`churn_rate`",
    "`retention_rate`",
    "`growth_rate`",
    "`engagement_rate`",
    "NPS with its parts",
    "NPS interval",
    "CSAT",
    "CES",
    "Intention against action",
    "Referral rate",
    "Customer success",
    "Response rate",
    "Retention over any period",
    "Churn against a comparable window",
    "New against lost",
    "Churn by responsible",
    "Cohort retention matrix",
    "Lifecycle",
    "Revenue retention",
    "Survival",
    "At-risk customers",
    "CLV, historic",
    "CLV, by formula",
    "CLV, predictive",
    "CLV trend",
    "Average order value",
    "purchase frequency",
    "spend per customer",
    "orders per customer",
    "Repeat purchase rate",
    "Customer retention cost",
    "ROI",
    "Loyalty share of sales",
    "Segments",
    "impressions",
    "unique visitors",
    "play-through rate",
    "audience-retention curve",
    "time on page",
    "bounce rate",
    "conversions before and after a change",
    "subscriptions",
    "actions after a video",
    "sessions from raw events",
    "average session duration",
    "pages per session",
    "dwell time",
    "stickiness",
    "click-through rate",
    "Campaign |",
    "cart abandonment",
    "paths that lead out",
    "open rate",
    "click-to-open rate",
    "unsubscribes",
    "repeat purchase rate through e-mail",
    "followers",
    "engagement rate per campaign",
    "mentions",
    "share of referral traffic",
    "content volume",
    "service requests",
    "organic and referral traffic",
    "branded and non-branded",
    "position for tracked keywords",
    "landing pages",
    "inbound links",
    "outbound",
    "Acquisition",
    "first response time",
    "tickets resolved",
    "reviews",
    "Personal",
];

/// A row of the catalogue.
struct Row {
    metric: String,
    reports: Vec<String>,
    functions: Vec<String>,
}

/// The words between backticks.
fn code(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of the table below a heading.
fn table(heading: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    lines
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

fn catalogue() -> Vec<Row> {
    let row = |cells: Vec<String>| {
        let [metric, reports, functions] = &cells[..] else { panic!("three cells: {cells:?}") };
        Row { metric: metric.clone(), reports: code(reports), functions: code(functions) }
    };
    table("The catalogue").into_iter().map(row).collect()
}

fn sql(report: &str) -> String {
    let path = format!("{}/queries/{report}.sql", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_metric_of_the_catalogue_has_a_report() {
    let known: HashSet<String> = names().into_iter().collect();
    let rows = catalogue();
    let listed: Vec<String> = rows.iter().map(|row| format!("{} |", row.metric)).collect();
    let listed = listed.join("\n");
    for metric in METRICS {
        assert!(listed.contains(metric), "the catalogue has no row for {metric}");
    }
    for row in rows {
        assert!(!row.reports.is_empty(), "{} has no report", row.metric);
        for report in &row.reports {
            assert!(known.contains(report), "{}: there is no report {report}", row.metric);
        }
        for function in &row.functions {
            let calls = |report: &String| sql(report).contains(&format!("{function}("));
            assert!(
                row.reports.iter().any(calls),
                "{}: no report of it calls {function}",
                row.metric
            );
        }
    }
}

#[test]
fn the_list_of_reports_is_complete() {
    let listed: Vec<String> =
        table("The reports").into_iter().flat_map(|cells| code(&cells[0])).collect();
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(sorted, names(), "queries/README.md lists every report once");
}
