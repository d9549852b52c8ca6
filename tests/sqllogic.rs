//! Runs every file below `tests/sql`, one session per file, under every configuration that makes
//! the engine take another path: `cargo test --test sqllogic nps` runs one function's.

#[path = "sqllogic/database.rs"]
mod database;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use database::{Configuration, Database};
use libtest_mimic::{Arguments, Failed, Trial};
use sqllogictest::{Runner, strict_column_validator};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql");
    let files = files_below(&root);
    assert!(!files.is_empty(), "there is no test in {}", root.display());
    let trials = files.into_iter().flat_map(|file| {
        let below = file.strip_prefix(&root).unwrap_or(&file).with_extension("");
        let name = below.display().to_string();
        Configuration::ALL.map(|configuration| {
            let file = file.clone();
            Trial::test(format!("{name}::{}", configuration.name()), move || {
                run(&file, configuration)
            })
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn run(file: &Path, configuration: Configuration) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let database = Database::new(configuration)?;
        let mut runner = Runner::new(|| async { Ok(database.clone()) });
        runner.with_column_validator(strict_column_validator);
        runner.add_label(configuration.name());
        runner.run_file_async(file).await?;
        // A file that is there to spill must have done so, or it tests nothing.
        if configuration == Configuration::TinyMemory
            && file.ends_with("kernel/spill.slt")
            && database.spills() == 0
        {
            return Err(Failed::from("nothing was spilled"));
        }
        Ok(())
    })
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "slt") {
            files.push(path);
        }
    }
    files.sort();
    files
}
