//! Mistakes in SQL and in data, as an analyst sees them.

use insta::assert_snapshot;

use crate::project::{Answer, Project};

fn run(sql: &str) -> Answer {
    let project = Project::with_survey();
    project.report("report", sql);
    project.run(&["run", "report"])
}

#[test]
fn a_field_that_a_result_does_not_have() {
    let project = Project::with_survey();
    let answer = project.run(&["sql", "SELECT nps_ci(score)['lo'] FROM survey"]);
    assert_snapshot!("a_field_with_a_typo", answer);
    let answer = project.run(&["sql", "SELECT nps_ci(score).low FROM survey"]);
    assert_snapshot!("a_field_after_a_dot", answer);
}

#[test]
fn a_setting_that_is_out_of_range() {
    let project = Project::with_survey();
    let answer = project.run(&["sql", "SELECT nps_ci(score, level => 95) FROM survey"]);
    assert_snapshot!("a_level_in_percent", answer);
    let answer = project.run(&["sql", "SELECT nps_ci(score, method => 'wilsn') FROM survey"]);
    assert_snapshot!("a_method_with_a_typo", answer);
}

#[test]
fn an_unknown_table() {
    assert_snapshot!(run("/*---\ntitle: x\n---*/\nSELECT *\nFROM surveys"));
}

#[test]
fn an_unknown_column() {
    assert_snapshot!(run("SELECT segment,\n       nps(scor)\nFROM survey\nGROUP BY segment"));
}

#[test]
fn an_unknown_function() {
    assert_snapshot!(run("SELECT segment,\n       nsp(score)\nFROM survey\nGROUP BY segment"));
}

#[test]
fn a_window_function_without_over() {
    assert_snapshot!(run("SELECT sessionize(score, 30) FROM survey"));
}

#[test]
fn a_wrong_argument() {
    assert_snapshot!(run("SELECT nps(segment) FROM survey"));
}

#[test]
fn a_value_that_cannot_be_meant() {
    assert_snapshot!(run(
        "SELECT segment,\n       nps(score + 1) AS nps\nFROM survey\nGROUP BY segment"
    ));
}

#[test]
fn a_syntax_error() {
    assert_snapshot!(run("SELECT segment\nFORM survey"));
}

#[test]
fn a_column_that_is_not_grouped() {
    let answer = run("SELECT segment, nps(score) FROM survey");
    assert_eq!(answer.code, Some(3), "{answer}");
    assert!(answer.stderr.contains("queries/report.sql:1:8"), "{answer}");
}

#[test]
fn an_empty_report() {
    assert_snapshot!(run("-- nothing here yet\n"));
}

#[test]
fn a_report_that_writes() {
    assert_snapshot!(run("CREATE VIEW v AS SELECT * FROM survey;\nCOPY v TO 'copy.csv'"));
    for sql in [
        "INSERT INTO survey VALUES (1)",
        "CREATE TABLE copy AS SELECT * FROM survey",
        "DROP TABLE survey",
        "SET datafusion.execution.batch_size = 1",
        "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 'x'; SELECT 1",
        "SELECT * INTO copy FROM survey",
        "SELECT 1; SELECT 2",
        "CREATE VIEW v AS SELECT 1",
    ] {
        let answer = run(sql);
        assert_eq!(answer.code, Some(3), "{sql}\n{answer}");
    }
}

#[test]
fn an_ad_hoc_query_that_writes() {
    let project = Project::with_survey();
    for sql in [
        "COPY survey TO 'copy.csv'",
        "DROP TABLE survey",
        "SET a.b = 1",
        "SELECT 1; SELECT 2",
        "EXPLAIN ANALYZE INSERT INTO survey VALUES (1)",
    ] {
        let answer = project.run(&["sql", sql]);
        assert_eq!(answer.code, Some(3), "{sql}\n{answer}");
    }
    assert!(!project.path("copy.csv").exists());
}

#[test]
fn a_view_that_would_hide_a_table() {
    let answer = run("CREATE VIEW survey AS SELECT 1 AS one; SELECT * FROM survey");
    assert_ne!(answer.code, Some(0), "{answer}");
}

#[test]
fn an_unknown_report() {
    let project = Project::with_survey();
    project.report("survey/nps_by_segment", "SELECT 1");
    assert_snapshot!(project.run(&["run", "nps_by_segment"]));
    assert_eq!(project.run(&["run", "survey/nps_by_segmnt"]).code, Some(2));
}

#[test]
fn every_report_that_fails_is_told_and_the_others_run() {
    let project = Project::with_survey();
    project.report("a_column", "SELECT scor FROM survey");
    project.report("b_fine", "SELECT count(*) AS n FROM survey");
    project.report("b_header", "/*---\ntitel: x\n---*/\nSELECT 1");
    project.report("c_value", "SELECT nps(score + 1) AS nps FROM survey");
    assert_snapshot!(project.run(&["run"]));
    let answer = project.run(&["run", "-o", "out/", "--format", "csv"]);
    assert_eq!(answer.code, Some(4));
    assert_eq!(project.entries("out"), ["b_fine.csv"]);
}

#[test]
fn more_memory_than_allowed() {
    let query = "SELECT count(*) FROM (SELECT DISTINCT i, i + 1 AS j FROM generate_series(1, 2000000) AS t (i)) \
                 JOIN generate_series(1, 2000000) AS u (k) ON i = k";
    let answer = Project::empty().run(&["sql", query, "--memory-limit", "1MB"]);
    assert_eq!(answer.code, Some(5), "{answer}");
    assert!(answer.stderr.contains("--memory-limit"), "{answer}");
}

#[test]
fn customers_beyond_the_memory_are_counted_all_the_same() {
    // Everybody came before, and those with an even number came again.
    let query = |beside: &str| {
        format!(
            "SELECT retention_rate('customer ' || (i % 200000), i < 200000, i >= 200000 AND i % 2 = 0) AS rate \
             {beside} FROM generate_series(0, 399999) AS t (i)"
        )
    };
    let run = |query: String| {
        let options = ["--memory-limit", "6MB", "--threads", "1", "--format", "csv"];
        Project::empty().run(&[&["sql", &query], options.as_slice()].concat())
    };
    let answer = run(query(""));
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(0), "rate\n50.0\n"), "{answer}");
    // What cannot be put together from parts leaves no other way than a table of customers.
    let answer = run(query(", count(DISTINCT i % 2)"));
    assert_eq!(answer.code, Some(5), "{answer}");
}

#[test]
fn how_customers_are_counted_can_be_said() {
    let run = |sql: &str, strategy: &str| {
        let options = ["--memory-limit", "6MB", "--threads", "1", "--format", "csv"];
        let strategy = ["--entity-strategy", strategy];
        Project::empty().run(&[["sql", sql].as_slice(), &options, &strategy].concat())
    };
    let query = "SELECT retention_rate('customer ' || (i % 200000), i < 200000, i >= 200000 AND i % 2 = 0) AS rate \
                 FROM generate_series(0, 399999) AS t (i)";
    for strategy in ["auto", "two_levels", "Two_Levels"] {
        let answer = run(query, strategy);
        assert_eq!((answer.code, answer.stdout.as_str()), (Some(0), "rate\n50.0\n"), "{answer}");
    }
    let answer = run(query, "table");
    assert_eq!(answer.code, Some(5), "{answer}");

    let plan = |strategy| run(&format!("EXPLAIN {query}"), strategy).ok();
    for (strategy, both, levels) in
        [("auto", true, true), ("table", false, false), ("two_levels", false, true)]
    {
        let plan = plan(strategy);
        assert_eq!(plan.contains("EntityAggregateExec"), both, "{strategy}: {plan}");
        assert_eq!(plan.contains("retention_rate_of_entries"), levels, "{strategy}: {plan}");
    }
}

#[test]
fn a_way_to_count_customers_that_is_none() {
    let options = ["sql", "SELECT 1", "--entity-strategy", "both"];
    assert_snapshot!(Project::empty().run(&options));
    // Reports cannot say it themselves.
    let project = Project::empty();
    project.report("report", "SET tenure.entity_strategy = 'table'; SELECT 1");
    let answer = project.run(&["run", "report"]);
    assert_eq!(answer.code, Some(3), "{answer}");
}

#[test]
fn a_memory_limit_that_is_no_size() {
    let answer = Project::empty().run(&["sql", "SELECT 1", "--memory-limit", "much"]);
    assert_eq!(answer.code, Some(2), "{answer}");
}

#[test]
fn a_moment_that_is_none() {
    assert_snapshot!(Project::empty().run(&["sql", "SELECT 1", "--as-of", "yesterday"]));
}

#[test]
fn a_check_that_does_not_hold() {
    let project = Project::with_survey();
    project.report(
        "report",
        "/*---\nchecks:\n  - not_null: segment\n---*/\nSELECT segment, nps(score) AS nps FROM survey GROUP BY segment ORDER BY 1",
    );
    project.file("out.csv", "the last good result");
    assert_snapshot!(project.run(&["run", "report", "-o", "out.csv"]));
    assert_eq!(project.text("out.csv"), "the last good result");
}

#[test]
fn a_check_that_warns() {
    let project = Project::with_survey();
    project.report(
        "report",
        "/*---\nchecks:\n  - {assert: answers > 1, severity: warn}\n---*/\nSELECT segment, count(score) AS answers FROM survey GROUP BY segment ORDER BY 1",
    );
    assert_snapshot!(project.run(&["run", "report"]));
}

#[test]
fn a_check_of_a_column_that_is_not_there() {
    assert_snapshot!(run(
        "/*---\nchecks:\n  - not_null: segmnt\n---*/\nSELECT segment FROM survey"
    ));
}

#[test]
fn a_check_that_is_no_condition() {
    assert_snapshot!(run("/*---\nchecks:\n  - assert: n >\n---*/\nSELECT 1 AS n"));
    let several = run("/*---\nchecks:\n  - assert: true; DROP TABLE survey\n---*/\nSELECT 1 AS n");
    assert_eq!(several.code, Some(2), "{several}");
}

#[test]
fn a_grain_that_does_not_tell_rows_apart() {
    let sql = "/*---\ngrain: [segment]\n---*/\nSELECT segment, score FROM survey";
    assert_snapshot!(run(sql));
    let fine = run(&sql.replace("[segment]", "[segment, score]"));
    assert_eq!(fine.code, Some(0), "{fine}");
}

#[test]
fn clauses_that_the_engine_would_leave_out() {
    for sql in [
        "SELECT * FROM survey TABLESAMPLE BERNOULLI (10)",
        "SELECT segment FROM survey PREWHERE score > 9",
        "SELECT segment, count(*) AS n FROM survey GROUP BY segment WITH ROLLUP",
        "SELECT * FROM survey WITH (NOLOCK)",
        "SELECT * FROM survey FOR UPDATE",
        "SELECT * FROM (SELECT * FROM survey FOR UPDATE) AS s",
    ] {
        let answer = run(sql);
        assert_eq!(answer.code, Some(3), "{sql}\n{answer}");
        assert!(answer.stderr.contains("is not supported\n --> queries/report.sql:1:"), "{answer}");
    }
}

#[test]
fn a_misspelt_column_of_a_table() {
    assert_snapshot!(run("SELECT s.scor FROM survey AS s"));
}

#[test]
fn a_header_in_the_wrong_place() {
    let header = "/*---\ntitle: Answers\nchecks:\n  - not_null: segment\n---*/\n";
    let query = "SELECT segment FROM survey";
    // Comments may stand before it; a check that would not be asked is worse than an error.
    assert_eq!(run(&format!("-- owner: me\n\n{header}{query}")).code, Some(1));
    assert_eq!(run(&format!("\u{feff}{header}{query}")).code, Some(1));
    assert_snapshot!("a_header_after_sql", run(&format!("{query}\n{header}")));
    assert_snapshot!("almost_a_header", run(&format!("{}{query}", header.replace("---", "--"))));
    assert_snapshot!(
        "a_header_with_a_comment",
        run("/*---\ntitle: see /* x\n---*/\nSELECT 1 AS n")
    );
}

#[test]
fn a_check_is_one_condition() {
    let answer = run("/*---\nchecks:\n  - assert: \"n = 2) or (n = 1\"\n---*/\nSELECT 1 AS n");
    assert_eq!(answer.code, Some(2), "{answer}");
    let quoted = run(
        "/*---\nchecks:\n  - not_null: NPS score\n  - assert: now() = at\n---*/\nSELECT 1 AS \"NPS score\", now() AS at",
    );
    assert_eq!(quoted.code, Some(0), "{quoted}");
    let fails = run("/*---\nchecks:\n  - assert: 1 / n > 0\n---*/\nSELECT 0 AS n");
    assert_eq!(fails.code, Some(4), "{fails}");
}

#[test]
fn two_files_of_one_report() {
    let project = Project::with_survey();
    project.file("one/x.sql", "SELECT 1 AS n");
    project.file("two/x.sql", "SELECT 2 AS n");
    assert_snapshot!(project.run(&["run", "one/x.sql", "two/x.sql", "-o", "out"]));
    project.report("a/x", "SELECT 3 AS n");
    let once = project.run(&["run", "a/x", "./queries/a/x.sql", "queries/a", "--format", "csv"]);
    assert_eq!(once.ok(), "n\n3\n");
}

#[test]
fn a_list_shows_reports_that_cannot_be_read() {
    let project = Project::with_survey();
    project.report("fine", "/*---\ntitle: Fine\n---*/\nSELECT 1 AS n");
    project.report("broken", "/*---\ntitel: x\n---*/\nSELECT 1 AS n");
    assert_snapshot!(project.run(&["list"]));
}

#[test]
fn an_error_without_a_place_names_its_report() {
    let answer = run("SELECT 1 / (score - score) AS x FROM survey");
    assert_eq!(answer.code, Some(4), "{answer}");
    assert!(answer.stderr.contains("error: queries/report.sql: "), "{answer}");
}

#[test]
fn a_limit_of_rows_is_for_people() {
    let answer =
        Project::empty().run(&["sql", "SELECT 1 AS one", "--format", "csv", "--max-rows", "1"]);
    assert_eq!(answer.code, Some(2), "{answer}");
}

#[test]
fn a_time_that_no_calendar_has_is_an_error_and_not_its_text() {
    // The last millisecond that 64 bits count is in the year 292 million.
    let time = "arrow_cast(9223372036854775807, 'Timestamp(Millisecond, Some(\"UTC\"))')";
    for sql in [format!("SELECT {time} AS at"), format!("SELECT [NULL, {time}] AS at")] {
        for format in ["csv", "json", "ndjson", "table", "markdown"] {
            let answer = Project::empty().run(&["sql", &sql, "--format", format]);
            assert_eq!(answer.code, Some(4), "{format} {answer}");
            let said = "column `at` has a value without a text";
            assert!(answer.stderr.contains(said), "{format} {answer}");
        }
        for format in ["parquet", "arrow"] {
            let answer =
                Project::empty().run(&["sql", &sql, "--format", format, "-o", "/dev/null"]);
            assert_eq!(answer.code, Some(0), "{format} {answer}");
        }
    }
}

#[test]
fn as_many_files_may_be_open_as_the_system_allows() {
    // Three streams, and what threads and signals need, are more than six.
    let answer =
        Project::empty().shell("ulimit -S -n 6 && tenure sql 'SELECT 1 AS one' --format csv");
    assert_eq!(answer.ok(), "one\n1\n");
}
