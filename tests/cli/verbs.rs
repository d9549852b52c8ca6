//! The commands and their answers.

use insta::assert_snapshot;

use crate::project::Project;

const NPS_BY_SEGMENT: &str = "/*---
title: NPS by segment
description: Which segments would recommend us?
params:
  from: {type: date, default: 2025-01-01, description: first day}
  by: {type: identifier, enum: [segment, answered_on], default: segment}
  least: {type: int64, min: 0, default: 1}
checks:
  - assert: answers >= 0
---*/
SELECT $by AS part, nps(score) AS nps, count(score) AS answers
FROM survey
WHERE answered_on >= $from
GROUP BY $by
HAVING count(score) >= $least
ORDER BY part NULLS LAST
";

fn project() -> Project {
    let project = Project::with_survey();
    project.report("survey/nps_by_segment", NPS_BY_SEGMENT);
    project.report("all", "SELECT nps(score) AS nps FROM survey");
    project
}

#[test]
fn run_prints_every_report() {
    assert_snapshot!(project().run(&["run"]));
}

#[test]
fn run_takes_names_folders_and_files() {
    let project = project();
    let by_name = project.run(&["run", "survey/nps_by_segment"]).ok();
    assert_eq!(project.run(&["run", "survey"]).ok(), by_name);
    assert_eq!(project.run(&["run", "queries/survey/nps_by_segment.sql"]).ok(), by_name);
    assert_eq!(project.run(&["run", "queries/survey/"]).ok(), by_name);
    assert!(!by_name.is_empty());
}

#[test]
fn run_with_values() {
    let answer = project().run(&["run", "survey", "-p", "from=2025-02-01", "-p", "by=answered_on"]);
    assert_snapshot!(answer);
}

#[test]
fn a_value_goes_to_the_reports_that_know_it() {
    assert_snapshot!(project().run(&["run", "-p", "least=3", "--format", "markdown"]));
}

#[test]
fn sql_answers_one_query() {
    let answer = project().run(&[
        "sql",
        "SELECT count(*) AS n, nps(score) FROM survey WHERE score >= $least",
        "-p",
        "least=7",
    ]);
    assert_snapshot!(answer);
}

#[test]
fn sql_explains_and_describes() {
    let project = project();
    assert!(project.run(&["sql", "DESCRIBE survey"]).ok().contains("answered_on"));
    assert!(project.run(&["sql", "EXPLAIN SELECT nps(score) FROM survey"]).ok().contains("nps"));
    assert!(project.run(&["sql", "SHOW TABLES"]).ok().contains("survey"));
}

#[test]
fn list_shows_reports_and_tables() {
    let project = project();
    assert_snapshot!("list_reports", project.run(&["list"]));
    assert_snapshot!("list_tables", project.run(&["list", "--tables"]));
}

#[test]
fn describe_shows_what_goes_in_and_comes_out() {
    assert_snapshot!(project().run(&["describe", "survey/nps_by_segment"]));
}

#[test]
fn check_reads_no_data_and_needs_no_values() {
    let project = project();
    project.report("needs", "/*---\nparams:\n  who: {type: string}\n---*/\nSELECT $who AS who");
    // With a good footer and damaged pages, a file can be planned over but not read.
    let path = project.path("data/survey.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4..40].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(project.run(&["run", "survey"]).code, Some(4));
    assert_snapshot!(project.run(&["check"]));
}

#[test]
fn check_reports_every_mistake() {
    let project = project();
    project.report("wrong/column", "SELECT nps(scor) FROM survey");
    project.report("wrong/header", "/*---\ntitel: x\n---*/\nSELECT 1");
    assert_snapshot!(project.run(&["check"]));
}

#[test]
fn functions_lists_the_registry() {
    let answer = Project::empty().run(&["functions"]).ok();
    for spec in tenure_udfs::specs() {
        assert!(answer.contains(spec.name), "{} is not listed", spec.name);
    }
}

#[test]
fn functions_explains_one() {
    assert_snapshot!("functions_nps", Project::empty().run(&["functions", "net_promoter_score"]));
    assert_snapshot!("functions_unknown", Project::empty().run(&["functions", "nsp"]));
}

#[test]
fn no_command_shows_the_commands() {
    let answer = Project::empty().run(&[]);
    assert_eq!(answer.code, Some(2));
    assert!(answer.stderr.contains("describe"), "{answer}");
    assert_eq!(answer.stdout, "");
}

#[test]
fn rows_beyond_the_limit_are_counted() {
    let query = "SELECT * FROM generate_series(1, 1234) AS t (i) ORDER BY i";
    let answer = Project::empty().run(&["sql", query, "--max-rows", "2"]);
    assert_snapshot!(answer);
    // What is piped is whole.
    assert_eq!(Project::empty().run(&["sql", query]).ok().lines().count(), 1234 + 4);
}

#[test]
fn quiet_and_verbose() {
    let project = project();
    let quiet =
        project.run(&["sql", "SELECT 1 AS one UNION ALL SELECT 2", "--max-rows", "1", "-q"]);
    assert_eq!(quiet.stderr, "");
    let verbose = project.run(&["run", "all", "-v"]);
    assert!(verbose.stderr.starts_with("all: 1 rows in "), "{verbose}");
}

#[test]
fn one_clock_for_everything() {
    let project = project();
    project.report(
        "clock",
        "CREATE VIEW moment AS SELECT now() AS at;
         SELECT now() = at AND now() = $as_of AS agree, now() AS now, current_date AS today,
                current_timestamp = now() AS same FROM moment",
    );
    let answer =
        project.run(&["run", "clock", "--as-of", "2025-12-31T23:30:00+01:00", "--format", "csv"]);
    assert_eq!(answer.ok(), "agree,now,today,same\ntrue,2025-12-31T22:30:00Z,2025-12-31,true\n");
    let answer = project.run(&["run", "clock", "--as-of", "2024-02-29", "--format", "csv"]);
    assert_eq!(answer.ok(), "agree,now,today,same\ntrue,2024-02-29T00:00:00Z,2024-02-29,true\n");
}

#[test]
fn views_belong_to_one_report() {
    let project = project();
    project.report(
        "v/one",
        "CREATE VIEW best AS SELECT * FROM survey WHERE score = 10; SELECT count(*) AS n FROM best",
    );
    project.report(
        "v/two",
        "CREATE VIEW best AS SELECT * FROM survey WHERE score = 9; SELECT count(*) AS n FROM best",
    );
    assert_snapshot!(project.run(&["run", "v"]));
}

#[test]
fn states_of_days_are_stored_and_merged() {
    let project = Project::empty();
    project.table(
        "events",
        "SELECT i % 3 AS day, 'c' || (i % 7) AS customer, i % 5 = 0 AS early, i % 4 = 1 AS late, \
         i / 8.0 AS amount, i % 11 AS score FROM generate_series(1, 100) AS t (i)",
    );
    // One day's states at a time, as a nightly batch writes them.
    for day in ["0", "1", "2"] {
        let query = "SELECT nps_state(score) AS nps, clv_state(customer, amount) AS clv, \
                     retention_rate_state(customer, early, late) AS seen \
                     FROM events WHERE day = $day";
        let file = format!("data/states/day={day}/part.parquet");
        project.run(&["sql", query, "-p", &format!("day={day}"), "-o", &file]).ok();
    }
    let merged = project.run(&["sql", "SELECT nps_merge(nps) AS a, clv_merge(clv) AS b, retention_rate_merge(seen) AS c FROM states", "--format", "csv"]);
    let direct = project.run(&["sql", "SELECT nps(score) AS a, clv(customer, amount) AS b, retention_rate(customer, early, late) AS c FROM events", "--format", "csv"]);
    // The sum of 1/8 to 100/8 is 631.25, of seven customers.
    assert!(direct.stdout.contains(",90.17857142857143,"), "{direct}");
    assert_eq!(merged.ok(), direct.ok());
}

#[test]
fn what_a_with_names_is_no_table() {
    let project = project();
    project.table("orders", "SELECT 1 AS id");
    project.report("cte", "WITH orders AS (SELECT * FROM survey) SELECT count(*) AS n FROM orders");
    let described = project.run(&["describe", "cte"]).ok();
    assert!(described.contains("tables\n  survey\ncolumns"), "{described}");
    // But a WITH may read the table that it is called like.
    project.report("cte", "WITH survey AS (SELECT * FROM survey) SELECT count(*) AS n FROM survey");
    let described = project.run(&["describe", "cte"]).ok();
    assert!(described.contains("tables\n  survey\ncolumns"), "{described}");
}
