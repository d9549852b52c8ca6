//! Numbers of reports that another program worked out, in `expected.tsv` beside this file: report,
//! parameters, row, column, number, and how it was found.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::tenure;

type Row = Map<String, Value>;

/// One line of the tables.
struct Expected {
    row: Vec<(String, String)>,
    column: String,
    value: String,
    line: String,
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pair = |text: &str| {
        let (name, value) = text.split_once('=').unwrap();
        (name.trim().to_owned(), value.trim().to_owned())
    };
    text.split(';').filter(|text| !text.trim().is_empty()).map(pair).collect()
}

/// The lines of all tables, by the run that they are about: a report and its parameters.
fn expected() -> BTreeMap<(String, String), Vec<Expected>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports");
    let mut runs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "tsv") {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [report, params, row, column, value, source] = fields[..] else {
                panic!("six fields make a line: {line}");
            };
            assert!(!source.is_empty(), "no number comes from nowhere: {line}");
            let run = (report.to_owned(), params.to_owned());
            runs.entry(run).or_default().push(Expected {
                row: pairs(row),
                column: column.to_owned(),
                value: value.to_owned(),
                line: line.to_owned(),
            });
        }
    }
    runs
}

fn run(report: &str, params: &str) -> Vec<Row> {
    let given: Vec<String> = pairs(params).iter().map(|(k, v)| format!("{k}={v}")).collect();
    let mut args = vec!["run", report, "--format", "ndjson"];
    for param in &given {
        args.extend(["-p", param]);
    }
    let (lines, _) = tenure(&args);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Whether two texts are the same number, to ten digits or to six or more decimals if no more are
/// told, or the same text.
fn agree(given: &str, expected: &str) -> bool {
    let (Ok(given), Ok(number)) = (given.parse::<f64>(), expected.parse::<f64>()) else {
        return given == expected;
    };
    let decimals = expected.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let rounding = if decimals >= 6 { 0.51 * 0.1_f64.powf(decimals as f64) } else { 0.0 };
    (given - number).abs() <= rounding.max(1e-10 * number.abs().max(1e-3))
}

#[test]
fn reports_agree_with_other_programs() {
    let runs = expected();
    assert!(runs.len() > 20, "hardly anything is compared");
    let mut wrong = vec![];
    for ((report, params), lines) in runs {
        let rows = run(&report, &params);
        for expected in lines {
            let is_meant = |row: &&Row| {
                let holds = |(column, value): &(String, String)| {
                    row.get(column).is_some_and(|cell| agree(&text(cell), value))
                };
                expected.row.iter().all(holds)
            };
            let found: Vec<_> = rows.iter().filter(is_meant).collect();
            let cell = match found[..] {
                [row] => row.get(&expected.column).map(text),
                _ => None,
            };
            if !cell.as_ref().is_some_and(|cell| agree(cell, &expected.value)) {
                wrong.push(format!("{} rows, {cell:?}: {}", found.len(), expected.line));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
