//! What ARCHITECTURE.md promises, where a test can hold it.
#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use tenure_udfs::spec::FunctionSpec;

/// The most lines a file of code may have. Tests and generators of data may be longer than code
/// that people have to hold in their heads.
const LINES: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below some folders, with its path from the root and its text.
fn files(folders: &[&str], ending: &str) -> Vec<(String, String)> {
    fn below(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                below(&path, ending, found);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    let mut found = vec![];
    for folder in folders {
        below(&root().join(folder), ending, &mut found);
    }
    assert!(!found.is_empty(), "nothing was looked at in {folders:?}");
    found.sort();
    let shown = |path: &PathBuf| path.strip_prefix(root()).unwrap().display().to_string();
    found.iter().map(|path| (shown(path), fs::read_to_string(path).unwrap())).collect()
}

fn code() -> Vec<(String, String)> {
    files(&["src", "udfs", "xtask", "tests", "benches"], "rs")
}

/// The lines of a file that are neither comments nor documentation.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

fn nowhere(folders: &[&str], forbidden: &[&str], allowed: &[&str], why: &str) {
    for (path, text) in files(folders, "rs") {
        if allowed.iter().any(|prefix| path.starts_with(prefix)) {
            continue;
        }
        for word in forbidden {
            let found = lines(&text).find(|line| line.contains(word));
            assert!(found.is_none(), "{path}: {why}: {}", found.unwrap_or_default());
        }
    }
}

#[test]
fn the_functions_do_no_input_or_output() {
    let forbidden = [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "object_store",
        "sqlparser",
        "println!",
    ];
    nowhere(&["udfs/src"], &forbidden, &[], "udfs does no IO and knows no SQL");
}

#[test]
fn arithmetic_knows_no_engine() {
    nowhere(&["udfs/src/math"], &["arrow", "datafusion"], &[], "math is about plain numbers");
}

#[test]
fn only_the_kernel_implements_the_engine_s_traits() {
    let forbidden =
        ["Accumulator for", "AggregateUDFImpl for", "ScalarUDFImpl for", "datafusion_expr::"];
    let allowed = ["udfs/src/kernel", "udfs/src/lib.rs"];
    nowhere(&["udfs/src"], &forbidden, &allowed, "only the kernel implements DataFusion's traits");
}

#[test]
fn the_command_line_holds_no_metric_logic() {
    let forbidden = ["tenure_udfs::kernel", "tenure_udfs::math", "logical_expr", "register_udaf"];
    nowhere(&["src/cli"], &forbidden, &[], "the command line only calls");
}

#[test]
fn functions_are_registered_in_one_place() {
    let places = code().into_iter().filter(|(path, text)| {
        let is_ours = path.starts_with("src/") && !path.ends_with("/tests.rs");
        is_ours && lines(text).any(|line| line.contains("register_all("))
    });
    let places: Vec<String> = places.map(|(path, _)| path).collect();
    assert_eq!(places, ["src/session.rs"]);
}

#[test]
fn every_module_says_what_it_is() {
    for (path, text) in code() {
        assert!(text.starts_with("//!"), "{path} begins without a `//!`");
    }
}

#[test]
fn no_module_is_a_drawer() {
    let drawers = ["utils.rs", "util.rs", "helpers.rs", "misc.rs", "common.rs"];
    for (path, _) in code() {
        assert!(!drawers.iter().any(|name| path.ends_with(&format!("/{name}"))), "{path}");
    }
}

#[test]
fn modules_stay_small() {
    for (path, text) in files(&["src", "udfs/src", "xtask/src"], "rs") {
        let count = text.lines().count();
        assert!(count <= LINES, "{path} has {count} lines, more than {LINES}");
    }
}

#[test]
fn work_to_do_has_an_issue() {
    for (path, text) in code() {
        let marker = concat!("TO", "DO");
        for line in text.lines().filter(|line| line.contains(marker)) {
            assert!(line.contains(&format!("{marker}(#")), "{path}: {line}");
        }
    }
}

#[test]
fn every_function_has_its_test_file_and_every_test_file_its_function() {
    let functions =
        tenure_udfs::specs().map(|spec| format!("tests/sql/{}/{}.slt", spec.family, spec.name));
    let tables =
        tenure::relation::specs().map(|spec| format!("tests/sql/relations/{}.slt", spec.name));
    let expected: HashSet<String> = functions.chain(tables).collect();
    let there: HashSet<String> = files(&["tests/sql"], "slt")
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| !path.starts_with("tests/sql/kernel/"))
        .collect();
    assert_eq!(there, expected);
}

/// The first query of a test file, on one line, and its result.
fn first_query(text: &str) -> (String, String) {
    let (_, rest) = text.split_once("\nquery ").unwrap();
    let (query, rest) = rest.split_once("\n----\n").unwrap();
    let (_, query) = query.split_once('\n').unwrap();
    (
        query.split_whitespace().collect::<Vec<_>>().join(" "),
        rest.lines().next().unwrap().to_owned(),
    )
}

/// The example that documentation shows is the first thing that a function's tests execute.
#[test]
fn every_test_file_begins_with_the_example() {
    for spec in tenure_udfs::specs() {
        let path = format!("tests/sql/{}/{}.slt", spec.family, spec.name);
        let text = fs::read_to_string(root().join(&path)).unwrap();
        assert!(text.starts_with("# example: "), "{path}");
        let (query, result) = first_query(&text);
        assert_eq!(query, spec.example.sql, "{path} begins with another query than the example");
        let same = match (result.parse::<f64>(), spec.example.result.parse::<f64>()) {
            (Ok(result), Ok(told)) => (result - told).abs() <= 1e-9 * told.abs(),
            _ => result == spec.example.result,
        };
        assert!(same, "{path}: {result} is not {}", spec.example.result);
    }
}

#[test]
fn every_table_has_an_example_that_is_executed_and_says_all_there_is_to_know() {
    for spec in tenure::relation::specs() {
        let path = format!("tests/sql/relations/{}.slt", spec.name);
        let text = fs::read_to_string(root().join(&path)).unwrap();
        assert!(text.starts_with("# example: "), "{path}");
        let (query, _) = first_query(&text);
        assert_eq!(query, spec.example, "{path} begins with another query than the example");
        assert!(spec.summary.ends_with('.'), "{}: a summary is a sentence", spec.name);
        assert!([spec.rules, spec.source].iter().all(|fact| !fact.is_empty()), "{}", spec.name);
        let known = |name: &str| {
            tenure_udfs::specs().any(|other| other.name == name)
                || tenure::relation::specs().any(|other| other.name == name)
        };
        assert!(spec.related.iter().all(|name| known(name)), "{:?}", spec.related);
        let reports: String =
            files(&["queries"], "sql").into_iter().map(|(_, text)| text).collect();
        assert!(reports.contains(&format!("{}(", spec.name)), "no report asks {}", spec.name);
    }
}

#[test]
fn every_function_file_is_named_after_its_function() {
    for spec in tenure_udfs::specs() {
        // A metric and the same metric with its interval are one file.
        let name = spec.name.strip_suffix("_ci").unwrap_or(spec.name);
        let own = format!("udfs/src/{}/{}.rs", spec.family, spec.name);
        let path = if root().join(&own).is_file() {
            own
        } else {
            format!("udfs/src/{}/{name}.rs", spec.family)
        };
        assert!(root().join(&path).is_file(), "there is no {path}");
    }
}

#[test]
fn names_are_unique_and_lower_case() {
    let mut seen = HashSet::new();
    for function in tenure_udfs::all_functions() {
        let names = function.aliases().iter().cloned().chain([function.name().to_owned()]);
        for name in names {
            let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(plain, "{name} is not written in lower case");
            assert!(seen.insert(name.clone()), "two functions are called {name}");
        }
    }
}

#[test]
fn every_function_says_all_there_is_to_know() {
    let facts = |spec: &FunctionSpec| {
        [
            spec.summary,
            spec.formula,
            spec.nulls,
            spec.errors,
            spec.source,
            spec.since,
            spec.example.sql,
        ]
    };
    for spec in tenure_udfs::specs() {
        assert!(
            facts(spec).iter().all(|fact| !fact.is_empty()),
            "{} leaves something out",
            spec.name
        );
        assert!(spec.summary.ends_with('.'), "{}: a summary is a sentence", spec.name);
        for related in spec.related {
            let is_table = tenure::relation::specs().any(|other| other.name == *related);
            let is_function = tenure_udfs::specs().any(|other| other.name == *related);
            assert!(is_table || is_function, "{related}");
        }
        for arg in spec.forms.iter().flat_map(|form| form.args) {
            assert!(!arg.doc.is_empty(), "{}: {} is not explained", spec.name, arg.name);
        }
    }
}

#[test]
fn every_report_has_a_title_and_a_question() {
    for (path, text) in files(&["queries"], "sql") {
        assert!(text.starts_with("/*---\ntitle: "), "{path} has no title");
        assert!(text.contains("\ndescription: "), "{path} asks no question");
    }
}

#[test]
fn every_function_is_in_a_report() {
    // Every table is in a report, and what it is made of with it.
    let folders = ["queries", "src/relation/sql"];
    let reports: String = files(&folders, "sql").into_iter().map(|(_, text)| text).collect();
    for spec in tenure_udfs::specs() {
        // A rate with its interval is the rate.
        let calls = [format!("{}(", spec.name), format!("{}_ci(", spec.name)];
        let called = calls.iter().any(|call| reports.contains(call.as_str()));
        assert!(called, "no report calls {}", spec.name);
    }
}

#[test]
fn versions_stand_in_one_place() {
    for manifest in ["udfs/Cargo.toml", "xtask/Cargo.toml"] {
        let text = fs::read_to_string(root().join(manifest)).unwrap();
        let dependencies = text.lines().skip_while(|line| !line.contains("dependencies]"));
        for line in dependencies.filter(|line| line.contains('=')) {
            assert!(line.contains("workspace = true"), "{manifest}: {line}");
        }
        assert!(text.contains("[lints]\nworkspace = true"), "{manifest} has lints of its own");
    }
}
