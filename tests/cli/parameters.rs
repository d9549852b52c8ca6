//! Parameters: what is refused, and the engine's silent traps around them, each closed.

use insta::assert_snapshot;

use crate::project::{Answer, Project};

fn run(sql: &str, args: &[&str]) -> Answer {
    let project = Project::with_survey();
    project.report("report", sql);
    project.run(&[&["run", "report"], args].concat())
}

const SEGMENT: &str = "/*---
params:
  segment: {type: string, enum: [a, b]}
---*/
SELECT count(*) AS n FROM survey WHERE segment = $segment";

#[test]
fn a_missing_value() {
    assert_snapshot!(run(SEGMENT, &[]));
}

#[test]
fn a_value_outside_the_enum() {
    assert_snapshot!(run(SEGMENT, &["-p", "segment=A"]));
}

#[test]
fn an_extra_value() {
    assert_snapshot!(run(SEGMENT, &["-p", "segment=a", "-p", "segmnt=b"]));
}

#[test]
fn a_value_given_twice() {
    assert_snapshot!(run(SEGMENT, &["-p", "segment=a", "-p", "segment=b"]));
}

#[test]
fn a_value_without_a_value() {
    assert_snapshot!(run(SEGMENT, &["-p", "segment"]));
}

#[test]
fn a_value_of_the_wrong_type() {
    let sql = "/*---\nparams:\n  from: {type: date, default: 2025-01-01}\n---*/\nSELECT $from AS d";
    assert_snapshot!(run(sql, &["-p", "from=2025-02-30"]));
}

#[test]
fn a_value_out_of_range() {
    let sql =
        "/*---\nparams:\n  n: {type: int64, min: 1, max: 9, default: 1}\n---*/\nSELECT $n AS n";
    assert_snapshot!(run(sql, &["-p", "n=10"]));
}

#[test]
fn a_parameter_that_is_not_declared() {
    assert_snapshot!(run("SELECT count(*)\nFROM survey\nWHERE segment = $segment", &[]));
}

#[test]
fn a_parameter_that_is_declared_under_another_name() {
    let sql = "/*---\nparams:\n  segment: {type: string, default: a}\n---*/\nSELECT $segmnt AS s";
    assert_snapshot!(run(sql, &[]));
}

#[test]
fn a_parameter_that_is_never_used() {
    let sql = "/*---\nparams:\n  segment: {type: string, default: a}\n---*/\nSELECT 1 AS one";
    assert_snapshot!(run(sql, &[]));
}

#[test]
fn an_unknown_type() {
    assert_snapshot!(run("/*---\nparams:\n  n: {type: int}\n---*/\nSELECT $n AS n", &[]));
}

#[test]
fn an_unknown_header_key() {
    assert_snapshot!(run("/*---\ntitle: Answers\nparam: {}\n---*/\nSELECT 1", &[]));
}

#[test]
fn an_unknown_key_of_a_parameter() {
    assert_snapshot!(run(
        "/*---\nparams:\n  n:\n    type: int64\n    defualt: 1\n---*/\nSELECT $n",
        &[]
    ));
}

#[test]
fn a_header_that_is_not_yaml() {
    assert_snapshot!(run("/*---\ntitle: 'open\n---*/\nSELECT 1", &[]));
}

#[test]
fn text_in_order_by_is_refused() {
    let sql = "/*---\nparams:\n  by: {type: string, default: score}\n---*/\nSELECT score FROM survey ORDER BY $by";
    assert_snapshot!(run(sql, &[]));
}

#[test]
fn text_in_group_by_is_refused() {
    let sql = "/*---\nparams:\n  by: {type: string, default: segment}\n---*/\nSELECT count(*) AS n FROM survey GROUP BY $by";
    assert_snapshot!(run(sql, &[]));
}

#[test]
fn text_in_the_order_of_a_window_is_refused() {
    let sql = "/*---\nparams:\n  by: {type: string, default: score}\n---*/\nSELECT rank() OVER (ORDER BY $by) AS r FROM survey";
    assert_eq!(run(sql, &[]).code, Some(2));
}

#[test]
fn text_selected_as_a_column_is_refused() {
    let sql = "/*---\nparams:\n  by: {type: string, default: score}\n---*/\nSELECT $by, score FROM survey";
    assert_snapshot!(run(sql, &[]));
}

#[test]
fn a_table_cannot_be_a_parameter() {
    let answer =
        run("/*---\nparams:\n  t: {type: string, default: survey}\n---*/\nSELECT * FROM $t", &[]);
    assert_eq!(answer.code, Some(3), "{answer}");
}

#[test]
fn other_placeholders_are_refused() {
    for sql in ["SELECT * FROM survey WHERE score = ?", "SELECT * FROM survey WHERE score = $1"] {
        let answer = run(sql, &[]);
        assert_eq!(answer.code, Some(3), "{answer}");
        assert!(answer.stderr.contains("parameters are written `$name`"), "{answer}");
    }
}

#[test]
fn an_identifier_is_one_of_its_enum() {
    let sql = "/*---\nparams:\n  by: {type: identifier, enum: [score, segment]}\n---*/\nSELECT score FROM survey ORDER BY $by DESC NULLS LAST LIMIT 2";
    assert_eq!(run(sql, &["-p", "by=score", "--format", "csv"]).ok(), "score\n10\n9\n");
    assert_snapshot!(run(sql, &["-p", "by=1"]));
}

#[test]
fn an_identifier_without_an_enum() {
    assert_snapshot!(run(
        "/*---\nparams:\n  by: {type: identifier}\n---*/\nSELECT $by FROM survey",
        &[]
    ));
}

#[test]
fn values_are_values_and_never_sql() {
    let answer = Project::with_survey().run(&[
        "sql",
        "SELECT count(*) AS n, min($s) AS s FROM survey WHERE segment = $s OR segment = $quote",
        "-p",
        "s=a' OR 1=1 --",
        "-p",
        "quote='; DROP TABLE survey",
        "--format",
        "csv",
    ]);
    assert_eq!(answer.ok(), "n,s\n0,\n");
}

#[test]
fn every_type_arrives_as_itself() {
    let sql = "/*---
params:
  s: {type: string, default: it's}
  i: {type: int64, default: -7}
  f: {type: float64, default: 2}
  b: {type: boolean, default: true}
  d: {type: date, default: 2025-12-31}
  t: {type: timestamp, default: '2025-12-31T08:00:00+01:00'}
---*/
SELECT $s AS s, $i AS i, arrow_typeof($i) AS ti, $f AS f, arrow_typeof($f) AS tf, $b AS b,
       $d AS d, arrow_typeof($d) AS td, $t AS t, $t + INTERVAL '1 hour' > $t AS later,
       5 - $i AS minus, date_trunc('month', $d) = DATE '2025-12-01' AS truncated
WHERE $b AND $i IN (-7, $i) AND $d BETWEEN DATE '2025-01-01' AND $d
LIMIT $n";
    let sql = sql.replace("params:\n", "params:\n  n: {type: int64, default: 1}\n");
    let answer = run(&sql, &["--format", "ndjson"]);
    assert_snapshot!(answer);
}

#[test]
fn a_parameter_can_be_an_interval() {
    let sql = "/*---\nparams:\n  days: {type: string, default: 3 days}\n---*/\nSELECT count(*) AS n FROM survey WHERE answered_on > DATE '2025-02-05' - $days::INTERVAL";
    assert_eq!(run(sql, &["--format", "csv"]).ok(), "n\n3\n");
}

#[test]
fn arguments_can_be_named_in_every_form() {
    let query = "SELECT retention_rate(customers_new => 5000, customers_at_start => 10000, \
                 customers_at_end => 12000) AS counted, \
                 retention_rate(customer_id => segment, before => score = 10, after => score < 10) AS events, \
                 engagement_rate(audience => 100, interactions => 5) AS engaged FROM survey";
    let answer = Project::with_survey().run(&["sql", query, "--format", "csv"]);
    assert_eq!(answer.ok(), "counted,events,engaged\n70.0,100.0,5.0\n");
    // Flags of 0 and 1 would otherwise be taken for counts, and give some number.
    let flags = "SELECT churn_rate(active_before => 1, active_after => 1)";
    assert_snapshot!("flags_that_are_numbers", Project::empty().run(&["sql", flags]));
    assert_snapshot!(
        Project::with_survey()
            .run(&["sql", "SELECT nps(promoters => 1, passive => 2, detractors => 3)"])
    );
}

#[test]
fn an_identifier_can_be_qualified() {
    let sql = "/*---
params:
  by: {type: identifier, enum: [segment, score]}
---*/
SELECT s.$by AS part, count(*) AS n
FROM survey AS s JOIN survey AS t ON s.answered_on = t.answered_on
GROUP BY s.$by
ORDER BY s.$by NULLS LAST
LIMIT 1";
    assert_eq!(run(sql, &["-p", "by=segment", "--format", "csv"]).ok(), "part,n\na,3\n");
    let text = sql
        .replace("{type: identifier, enum: [segment, score]}", "{type: string, default: segment}");
    assert_snapshot!(run(&text, &[]));
}

#[test]
fn a_check_can_have_parameters() {
    let sql = "/*---
params:
  most: {type: int64, default: 3}
checks:
  - assert: n <= $most
---*/
SELECT segment, count(*) AS n FROM survey GROUP BY segment ORDER BY segment";
    assert_eq!(run(sql, &["--format", "csv"]).ok(), "segment,n\na,3\nb,2\n,1\n");
    assert_snapshot!("a_check_with_a_value", run(sql, &["-p", "most=1"]));
    assert_snapshot!("a_check_with_a_typo", run(&sql.replace("<= $most", "<= $mots"), &[]));
}

#[test]
fn what_looks_like_a_parameter_in_text_is_text() {
    let sql = "-- about $nothing\nSELECT '$nothing' AS \"$name\" /* $nothing */";
    assert_eq!(run(sql, &["--format", "csv"]).ok(), "$name\n$nothing\n");
}

const PERIOD: &str = "/*---
period: {grain: month, timezone: Europe/Berlin}
---*/
SELECT $start AS start, $end AS \"end\", count(*) FILTER (WHERE answered_on >= $start AND answered_on < $end) AS n
FROM survey";

#[test]
fn a_period_is_the_last_complete_one() {
    let answer = run(PERIOD, &["--as-of", "2025-03-10", "--format", "csv"]);
    // Midnight in Berlin is 23:00 UTC the day before; 2025-01-31 is outside, five days are inside.
    assert_eq!(answer.ok(), "start,end,n\n2025-01-31T23:00:00Z,2025-02-28T23:00:00Z,5\n");
}

#[test]
fn days_of_a_period_are_local_days() {
    // The first of February begins at 05:00 UTC in New York; as a day it is still the first.
    let sql = PERIOD.replace("Europe/Berlin", "America/New_York");
    let sql = sql.replace(
        "answered_on >= $start AND answered_on < $end",
        "answered_on >= $start_date AND answered_on < $end_date",
    );
    let answer = run(&sql, &["--as-of", "2025-03-10", "--format", "csv"]);
    assert_eq!(answer.ok(), "start,end,n\n2025-02-01T05:00:00Z,2025-03-01T05:00:00Z,5\n");
}

#[test]
fn a_period_can_be_given() {
    let args = ["-p", "start=2025-01-01", "-p", "end=2025-02-01", "--format", "csv"];
    let answer = run(PERIOD, &args);
    assert_eq!(answer.ok(), "start,end,n\n2024-12-31T23:00:00Z,2025-01-31T23:00:00Z,1\n");
    assert_snapshot!("a_period_without_an_end", run(PERIOD, &args[..2]));
    let backwards = run(PERIOD, &["-p", "start=2025-02-01", "-p", "end=2025-01-01"]);
    assert_eq!(backwards.code, Some(2), "{backwards}");
}

#[test]
fn a_period_is_described() {
    let project = Project::with_survey();
    project.report("report", PERIOD);
    assert_snapshot!(project.run(&["describe", "report"]));
}

#[test]
fn a_period_that_is_not_used() {
    assert_snapshot!(run(
        "/*---\nperiod: {grain: month}\n---*/\nSELECT count(*) AS n FROM survey WHERE answered_on >= $start",
        &[]
    ));
}

#[test]
fn a_time_zone_that_is_none() {
    assert_snapshot!(run(&PERIOD.replace("Europe/Berlin", "Europe/Berln"), &[]));
    let grain = run(&PERIOD.replace("month", "fortnight"), &[]);
    assert_eq!(grain.code, Some(2), "{grain}");
    assert!(grain.stderr.contains("2 | period: {grain: fortnight"), "{grain}");
}

#[test]
fn text_in_any_other_order_or_group_is_refused() {
    for clause in [
        "SELECT score FROM survey ORDER BY ($by)",
        "SELECT count(*) AS n FROM survey GROUP BY ROLLUP ($by)",
        "SELECT count(*) AS n FROM survey GROUP BY ($by)",
        "SELECT rank() OVER (PARTITION BY $by) AS r FROM survey",
        "SELECT rank() OVER w AS r FROM survey WINDOW w AS (ORDER BY $by)",
        "SELECT array_agg(score ORDER BY $by) AS r FROM survey",
        "SELECT DISTINCT ON ($by) score FROM survey",
    ] {
        let header = "/*---\nparams:\n  by: {type: string, default: score}\n---*/\n";
        let answer = run(&format!("{header}{clause}"), &[]);
        assert_eq!(answer.code, Some(2), "{clause}\n{answer}");
    }
}

#[test]
fn text_is_what_is_written() {
    let sql = "/*---
params:
  country: {type: string, enum: [DE, NO], default: NO}
  code: {type: string, default: 007}
  version: {type: string, default: 1.10}
  phone: {type: string, default: +49}
  large: {type: string, default: 12345678901234567890}
  yes: {type: string, default: yes}
---*/
SELECT $country AS a, $code AS b, $version AS c, $phone AS d, $large AS e, $yes AS f";
    let expected = "a,b,c,d,e,f\nNO,007,1.10,+49,12345678901234567890,yes\n";
    assert_eq!(run(sql, &["--format", "csv"]).ok(), expected);
    let query = "SELECT arrow_typeof($code) AS t, $code AS code, $n AS n";
    let args = ["sql", query, "-p", "code=01234", "-p", "n=12", "--format", "csv"];
    assert_eq!(Project::empty().run(&args).ok(), "t,code,n\nUtf8,01234,12\n");
}

#[test]
fn the_moment_of_the_run_is_no_parameter() {
    assert_snapshot!(Project::empty().run(&[
        "sql",
        "SELECT $as_of AS at",
        "-p",
        "as_of=2024-01-01"
    ]));
}

#[test]
fn days_go_by_utc_unless_told_otherwise() {
    // Half past eleven in the evening in UTC is half past twelve of the next day in Berlin.
    let query = "SELECT CAST(at AS DATE) AS utc, CAST(at AT TIME ZONE 'Europe/Berlin' AS DATE) AS berlin, \
                 CAST(date_trunc('day', at AT TIME ZONE 'Europe/Berlin') AS DATE) AS truncated \
                 FROM (SELECT TIMESTAMPTZ '2025-03-01T23:30:00Z' AS at)";
    let answer = Project::empty().run(&["sql", query, "--format", "csv"]);
    assert_eq!(answer.ok(), "utc,berlin,truncated\n2025-03-01,2025-03-02,2025-03-02\n");
}
