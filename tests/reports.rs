//! Every report of the pack, run by the real binary over the data that comes with the project.

use std::path::Path;
use std::process::Command;

fn tenure(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_tenure"))
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "", "a report said something beside its result");
    text(&output.stdout)
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
        insta::assert_snapshot!(snapshot, tenure(&["run", &name]));
    }
}

#[test]
fn every_report_passes_its_check() {
    let checked = tenure(&["check"]);
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
