//! Finding tables, and files that cannot be read.

use insta::assert_snapshot;

use crate::project::Project;

#[test]
fn the_configuration_is_found_from_below() {
    let project = Project::with_survey();
    project.file(
        "tenure.toml",
        "lake = \"exports\"\nreports = \"sql\"\n[tables]\nanswers = \"data/survey.parquet\"\n",
    );
    std::fs::create_dir(project.path("exports")).unwrap();
    project.file("sql/n.sql", "SELECT count(*) AS n FROM answers");
    project.file("deep/down/here.txt", "");
    let answer = project.run_in("deep/down", &["run", "n", "--format", "csv"]);
    assert_eq!(answer.ok(), "n\n6\n");
}

#[test]
fn a_misspelt_key_of_the_configuration() {
    let project = Project::empty();
    project.file("tenure.toml", "# ours\nlaek = \"data\"\n");
    assert_snapshot!(project.run(&["list"]));
}

#[test]
fn a_named_table_without_files() {
    let project = Project::with_survey();
    assert_snapshot!(project.run(&["sql", "SELECT 1", "--table", "answers=data/answers.parquet"]));
}

#[test]
fn lakes_and_tables_of_the_command_line() {
    let project = Project::with_survey();
    let query = "SELECT (SELECT count(*) FROM survey) + (SELECT count(*) FROM again) AS n";
    let answer = project.run_in(
        "data",
        &["sql", query, "--lake", ".", "--table", "again=survey.parquet", "--format", "csv"],
    );
    assert_eq!(answer.ok(), "n\n12\n");
}

#[test]
fn a_lake_that_is_not_there() {
    assert_snapshot!(Project::empty().run(&["sql", "SELECT 1", "--lake", "nowhere"]));
}

#[test]
fn partitions_are_columns_of_the_narrowest_type() {
    let project = Project::empty();
    for (folder, id) in
        [("year=2024/day=2024-12-31/region=01", 1), ("year=2025/day=2025-01-01/region=02", 2)]
    {
        project.table(&format!("events/{folder}/part"), &format!("SELECT {id} AS id"));
    }
    let query = "SELECT id, arrow_typeof(year) AS year, arrow_typeof(day) AS day, region \
                 FROM events WHERE year > 2024 AND day >= DATE '2025-01-01'";
    let answer = project.run(&["sql", query, "--format", "csv"]);
    assert_eq!(answer.ok(), "id,year,day,region\n2,Int64,Date32,02\n");
}

#[test]
fn names_with_special_characters_are_only_names() {
    let project = Project::empty();
    project.table("a [b] *c/part 1", "SELECT 1 AS id");
    let answer = project.run(&["sql", "SELECT id FROM \"a [b] *c\"", "--format", "csv"]);
    assert_eq!(answer.ok(), "id\n1\n");
}

#[test]
fn a_file_that_is_not_parquet() {
    let project = Project::with_survey();
    project.file("data/broken.parquet", "id,name\n1,one\n");
    assert_snapshot!(project.run(&["sql", "SELECT * FROM broken"]));
    // It harms nobody who does not ask for it.
    assert_eq!(project.run(&["sql", "SELECT count(*) FROM survey"]).code, Some(0));
}

#[test]
fn a_truncated_file_among_good_ones() {
    let project = Project::empty();
    project.table("events/a", "SELECT * FROM generate_series(1, 1000) AS t (id)");
    project.table("events/b", "SELECT * FROM generate_series(1, 1000) AS t (id)");
    let path = project.path("data/events/b.parquet");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert_snapshot!(project.run(&["sql", "SELECT count(id) FROM events"]));
}

#[test]
fn a_file_with_damaged_data_and_a_good_footer() {
    let project = Project::empty();
    project.table("events/a", "SELECT * FROM generate_series(1, 1000) AS t (id)");
    project.table("events/b", "SELECT * FROM generate_series(1, 100000) AS t (id)");
    let path = project.path("data/events/b.parquet");
    let mut bytes = std::fs::read(&path).unwrap();
    for byte in &mut bytes[4..60] {
        *byte = 0xff;
    }
    std::fs::write(&path, bytes).unwrap();
    let answer = project.run(&["sql", "SELECT sum(id * 2) FROM events"]);
    assert_eq!(answer.code, Some(4), "{answer}");
    assert!(answer.stderr.contains("cannot read data/events/b.parquet"), "{answer}");
}

#[test]
fn an_empty_folder() {
    let project = Project::empty();
    std::fs::create_dir_all(project.path("data/events")).unwrap();
    assert_snapshot!(project.run(&["sql", "SELECT * FROM events"]));
}

#[test]
fn a_type_that_drifts_between_files() {
    let project = Project::empty();
    project.table("events/a", "SELECT 1 AS id, 2 AS amount");
    project.table("events/b", "SELECT 1 AS id, 'two' AS amount");
    assert_snapshot!(project.run(&["sql", "SELECT * FROM events"]));
}

#[test]
fn a_column_that_some_files_lack() {
    let project = Project::empty();
    project.table("events/a", "SELECT 1 AS id");
    project.table("events/b", "SELECT 2 AS id, 5 AS amount");
    let answer =
        project.run(&["sql", "SELECT id, amount FROM events ORDER BY id", "--format", "csv"]);
    assert_eq!(answer.ok(), "id,amount\n1,\n2,5\n");
}

#[test]
fn tables_that_are_the_same_in_any_case() {
    let project = Project::empty();
    project.table("Orders", "SELECT 1 AS id");
    let answer = project.run(&["sql", "SELECT * FROM orders", "--format", "csv"]);
    assert_eq!(answer.ok(), "id\n1\n");
}

#[test]
fn what_is_hidden_or_unfinished_is_no_data() {
    let project = Project::empty();
    for part in ["a", "_temporary/0/b", "_c", ".d", ".hidden/e", "plain/f"] {
        project.table(&format!("events/{part}"), "SELECT 1 AS id");
    }
    project.file("data/events/_SUCCESS", "");
    project.file("data/.DS_Store", "");
    let answer = project.run(&["sql", "SELECT count(*) AS n FROM events", "--format", "csv"]);
    // The file itself, and one in a plain folder below.
    assert_eq!(answer.ok(), "n\n2\n");
}

#[test]
fn an_empty_file_is_an_unfinished_one() {
    let project = Project::empty();
    project.table("events/a", "SELECT 1 AS id");
    project.file("data/events/b.parquet", "");
    assert_snapshot!(project.run(&["sql", "SELECT count(*) FROM events"]));
    project.file("data/events/b.parquet", "PAR1PAR1");
    assert_eq!(project.run(&["sql", "SELECT count(*) FROM events"]).code, Some(4));
}

#[test]
fn a_partition_without_a_value() {
    let project = Project::empty();
    project.table("events/year=2024/a", "SELECT 1 AS id");
    project.table("events/year=__HIVE_DEFAULT_PARTITION__/b", "SELECT 2 AS id");
    assert_snapshot!(project.run(&["sql", "SELECT count(*) FROM events"]));
}

#[test]
fn a_table_of_the_configuration_without_files() {
    let project = Project::with_survey();
    project
        .file("tenure.toml", "lake = \"data\"\n[tables]\nanswers = \"archive/answers.parquet\"\n");
    // It harms nobody who does not ask for it.
    assert_eq!(project.run(&["sql", "SELECT count(*) FROM survey"]).code, Some(0));
    assert_snapshot!(project.run(&["sql", "SELECT * FROM answers"]));
}

#[test]
fn tables_are_listed_without_a_look_into_their_files() {
    let project = Project::with_survey();
    project.file("data/broken.parquet", "id,name\n1,one\n");
    let query =
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'lake' ORDER BY 1";
    let answer = project.run(&["sql", query, "--format", "CSV"]);
    assert_eq!(answer.ok(), "table_name\nbroken\nsurvey\n");
}
