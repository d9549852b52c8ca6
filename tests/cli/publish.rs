//! What is written, and what stays as it was when a run does not get that far.

use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::ipc::reader::FileReader;
use insta::assert_snapshot;

use crate::project::{Answer, Project};

const ROWS: &str = "SELECT * FROM (VALUES (1, 'a', 1.5), (2, '', NULL), (3, NULL, 0.1), \
                    (4, 'say \"hi\", |x|', 100.0)) AS t (id, name, amount)";

/// More rows than any test waits for.
const ENDLESS: &str = "SELECT i, i * 2 AS j FROM generate_series(1, 100000000000) AS t (i)";

#[test]
fn formats_for_programs() {
    let project = Project::empty();
    for format in ["csv", "json", "ndjson", "markdown", "table"] {
        let answer = project.run(&["sql", ROWS, "--format", format]);
        assert_snapshot!(format!("format_{format}"), answer.ok());
    }
}

#[test]
fn files_come_back_as_they_were() {
    let project = Project::empty();
    for ending in ["parquet", "arrow"] {
        let file = format!("t.{ending}");
        assert_eq!(project.run(&["sql", ROWS, "-o", &file]).ok(), "");
    }
    let table = "again=t.parquet";
    let again = project.run(&[
        "sql",
        "SELECT * FROM again ORDER BY id",
        "--table",
        table,
        "--format",
        "csv",
    ]);
    assert_eq!(again.ok(), project.run(&["sql", ROWS, "--format", "csv"]).ok());
    assert!(project.text_is_arrow("t.arrow"));
}

#[test]
fn the_folders_of_a_lake_are_a_column_of_text() {
    let project = Project::empty();
    for (region, id) in [("north", 1), ("south", 2), ("west", 3)] {
        project.table(&format!("events/region={region}/part"), &format!("SELECT {id} AS id"));
    }
    // Each folder is a batch with a dictionary of its own.
    for ending in ["parquet", "arrow"] {
        let query = "SELECT region, id FROM events";
        assert_eq!(project.run(&["sql", query, "-o", &format!("t.{ending}")]).ok(), "");
    }
    let query = "SELECT region, id, arrow_typeof(region) AS type FROM again ORDER BY id";
    let again = project.run(&["sql", query, "--table", "again=t.parquet", "--format", "csv"]);
    assert_eq!(again.ok(), "region,id,type\nnorth,1,Utf8View\nsouth,2,Utf8View\nwest,3,Utf8View\n");
    let file = std::fs::File::open(project.path("t.arrow")).unwrap();
    let batches = FileReader::try_new(file, None).unwrap().map(Result::unwrap);
    let mut rows: Vec<_> = batches.flat_map(|batch| as_rows(&batch)).collect();
    rows.sort_unstable();
    assert_eq!(rows, [("north".to_owned(), 1), ("south".to_owned(), 2), ("west".to_owned(), 3)]);
}

/// The rows of a batch of a text and a number.
fn as_rows(batch: &RecordBatch) -> Vec<(String, i64)> {
    let texts = batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned);
    let numbers = batch.column(1).as_primitive::<Int64Type>().values().iter().copied();
    texts.zip(numbers).collect()
}

impl Project {
    fn text_is_arrow(&self, name: &str) -> bool {
        std::fs::read(self.path(name)).unwrap().starts_with(b"ARROW1")
    }
}

#[test]
fn an_empty_result_is_still_a_file() {
    let project = Project::empty();
    let query = format!("{ROWS} WHERE id > 9");
    for (file, text) in
        [("t.csv", Some("id,name,amount\n")), ("t.json", Some("[]")), ("t.parquet", None)]
    {
        assert_eq!(project.run(&["sql", &query, "-o", file]).ok(), "");
        if let Some(text) = text {
            assert_eq!(project.text(file), text);
        }
    }
    let count = "SELECT count(*) AS n, count(amount) AS m FROM t";
    let answer = project.run(&["sql", count, "--table", "t=t.parquet", "--format", "csv"]);
    assert_eq!(answer.ok(), "n,m\n0,0\n");
}

#[test]
fn the_same_run_writes_the_same_bytes() {
    let project = Project::with_survey();
    let query = "SELECT segment, nps(score) FROM survey GROUP BY segment ORDER BY 1";
    for ending in ["csv", "json", "parquet", "arrow"] {
        let bytes = |name: &str| {
            let file = format!("{name}.{ending}");
            project.run(&["sql", query, "-o", &file]).ok();
            std::fs::read(project.path(&file)).unwrap()
        };
        assert_eq!(bytes("one"), bytes("two"), "{ending}");
    }
}

#[test]
fn reports_go_to_a_folder() {
    let project = Project::with_survey();
    project.report("a/one", "SELECT 1 AS one");
    project.report("two", "SELECT 2 AS two");
    project.run(&["run", "-o", "out", "--format", "csv"]).ok();
    assert_eq!(project.text("out/a/one.csv"), "one\n1\n");
    assert_eq!(project.text("out/two.csv"), "two\n2\n");
    project.run(&["run", "two", "-o", "out/"]).ok();
    assert_eq!(project.entries("out"), ["a", "two.csv"]);
}

#[test]
fn several_reports_do_not_share_a_file() {
    let project = Project::with_survey();
    project.report("one", "SELECT 1 AS one");
    project.report("two", "SELECT 2 AS two");
    assert_snapshot!(project.run(&["run", "-o", "out.csv"]));
    assert_eq!(project.run(&["run", "--format", "csv"]).code, Some(2));
}

#[test]
fn a_format_that_nobody_knows() {
    let project = Project::empty();
    assert_snapshot!("format_of_file", project.run(&["sql", "SELECT 1", "-o", "out.xls"]));
    assert_snapshot!("format_of_flag", project.run(&["sql", "SELECT 1", "--format", "jsn"]));
}

#[test]
fn columns_of_one_name_are_refused_where_one_would_be_lost() {
    let query = "SELECT a.id, b.id FROM (SELECT 1 AS id) AS a CROSS JOIN (SELECT 2 AS id) AS b";
    assert_snapshot!(Project::empty().run(&["sql", query, "--format", "json"]));
    assert_eq!(Project::empty().run(&["sql", query]).code, Some(0));
}

#[test]
fn a_failed_run_leaves_the_last_good_file() {
    let project = Project::empty();
    for file in ["out.csv", "out.parquet"] {
        project.file(file, "the last good result");
        // The error comes late, when rows have been written already.
        let query = "SELECT i, 100 / (i - 900000) AS x FROM generate_series(1, 1000000) AS t (i)";
        let answer = project.run(&["sql", query, "-o", file, "--threads", "1"]);
        assert_eq!(answer.code, Some(4), "{answer}");
        assert_eq!(project.text(file), "the last good result");
    }
    assert_eq!(project.entries("."), ["out.csv", "out.parquet"]);
}

#[test]
fn a_killed_run_leaves_the_last_good_file() {
    let project = Project::empty();
    project.file("out.csv", "the last good result");
    let mut run = project.start(&["sql", ENDLESS, "-o", "out.csv"]);
    wait_until_written(&project, &mut run);
    // `kill` sends SIGKILL, which no program can catch.
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(project.text("out.csv"), "the last good result");
    assert_eq!(project.entries(".").len(), 2);
    // The next run removes what the killed one left behind, and publishes.
    project.run(&["sql", "SELECT 1 AS one", "-o", "out.csv"]).ok();
    assert_eq!(project.text("out.csv"), "one\n1\n");
    assert_eq!(project.entries("."), ["out.csv"]);
}

#[test]
fn an_interrupted_run_cleans_up() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let project = Project::empty();
        project.file("out.csv", "the last good result");
        let mut run = project.start(&["sql", ENDLESS, "-o", "out.csv"]);
        wait_until_written(&project, &mut run);
        let sent = Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let answer = Answer::new(&run.wait_with_output().unwrap());
        assert_eq!(answer.code, Some(code), "{answer}");
        assert_eq!(project.text("out.csv"), "the last good result");
        assert_eq!(project.entries("."), ["out.csv"]);
    }
}

#[test]
fn a_query_without_rows_yet_can_be_interrupted() {
    let project = Project::empty();
    // A join of everything with everything, which has no pause to look up in and would go on for
    // hours.
    let query = "SELECT count(*) FROM generate_series(1, 200000) AS a (i), \
                 generate_series(1, 200000) AS b (j) WHERE i * j % 7 = 3";
    let run = project.start(&["sql", query]);
    sleep(Duration::from_secs(2));
    Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    let answer = Answer::new(&run.wait_with_output().unwrap());
    assert_eq!(answer.code, Some(130), "{answer}");
}

#[test]
fn a_full_disk_is_told() {
    let project = Project::empty();
    let answer = project.shell(
        "tenure sql 'SELECT * FROM generate_series(1, 100000) AS t (i)' --format csv > /dev/full",
    );
    assert_eq!(answer.code, Some(4), "{answer}");
    assert!(answer.stderr.contains("No space left on device"), "{answer}");
    for format in ["csv", "json", "ndjson", "parquet", "arrow", "table"] {
        let answer =
            project.run(&["sql", "SELECT 1 AS one", "-o", "/dev/full", "--format", format]);
        assert_eq!(answer.code, Some(4), "{format} {answer}");
        let said = "cannot write the result: /dev/full: No space left on device";
        assert!(answer.stderr.contains(said), "{format} {answer}");
    }
}

#[test]
fn a_device_is_written_to_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    Project::empty().run(&["sql", "SELECT 1 AS one", "-o", "/dev/null", "--format", "csv"]).ok();
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn standard_output_has_a_name() {
    let project = Project::empty();
    let query = "SELECT 1 AS one";
    assert_eq!(project.run(&["sql", query, "-o", "-", "--format", "csv"]).ok(), "one\n1\n");
    project.shell(&format!("tenure sql '{query}' -o /dev/stdout --format csv > out.csv")).ok();
    assert_eq!(project.text("out.csv"), "one\n1\n");
    assert!(std::fs::symlink_metadata("/dev/stdout").unwrap().is_symlink());
}

#[test]
fn a_query_that_fails_before_its_first_row_prints_nothing() {
    let answer = Project::empty().run(&[
        "sql",
        "SELECT 1 / (i - 1) AS x FROM generate_series(1, 1) AS t (i)",
        "--format",
        "csv",
    ]);
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(4), ""), "{answer}");
}

#[test]
fn nothing_but_null_is_null() {
    let query = "SELECT NULL AS a, arrow_cast(NULL, 'Dictionary(Int8, Utf8)') AS b, '' AS c";
    assert_eq!(Project::empty().run(&["sql", query, "--format", "csv"]).ok(), "a,b,c\n,,\"\"\n");
}

#[test]
fn a_reader_that_leaves_ends_the_run_without_a_word() {
    let project = Project::empty();
    let answer = project.shell(&format!("tenure sql '{ENDLESS}' --format csv | head -2"));
    assert!(answer.stdout.starts_with("i,j\n"), "{answer}");
    assert_eq!(answer.stdout.lines().count(), 2);
    assert_eq!(answer.stderr, "");
}

#[test]
fn a_folder_that_cannot_be_written() {
    let project = Project::empty();
    project.file("file", "");
    let answer = project.run(&["sql", "SELECT 1", "-o", "file/out.csv"]);
    assert_eq!(answer.code, Some(4), "{answer}");
    assert!(answer.stderr.contains("cannot write file/out.csv"), "{answer}");
}

/// Waits until a run has written some of its result beside the target.
fn wait_until_written(project: &Project, run: &mut Child) {
    let written = || {
        let staged = project.entries(".").into_iter().find(|name| name.ends_with(".partial"));
        let file = staged.and_then(|name| std::fs::metadata(project.path(&name)).ok());
        file.is_some_and(|file| file.len() > 0)
    };
    let patience = Instant::now() + Duration::from_mins(5);
    while !written() {
        assert!(run.try_wait().unwrap().is_none(), "the run ended by itself");
        assert!(Instant::now() < patience, "the run wrote nothing");
        sleep(Duration::from_millis(20));
    }
}
