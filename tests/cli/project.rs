//! A project folder for one test, and the command run in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with a lake and reports, removed when the test is over.
pub(crate) struct Project {
    folder: TempDir,
}

/// What a command has said and how it ended.
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// An empty project.
    pub(crate) fn empty() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A project with a small survey in its lake: segments `a` (10, 9, 0), `b` (7, NULL) and one
    /// answer of 9 without a segment.
    pub(crate) fn with_survey() -> Self {
        let project = Self::empty();
        project.table(
            "survey",
            "SELECT * FROM (VALUES ('a', DATE '2025-01-31', 10), ('a', DATE '2025-02-01', 9), \
             ('a', DATE '2025-02-02', 0), ('b', DATE '2025-02-03', 7), \
             ('b', DATE '2025-02-04', NULL), (NULL, DATE '2025-02-05', 9)) \
             AS survey (segment, answered_on, score)",
        );
        project
    }

    /// Writes the rows of a query as a table of the lake.
    pub(crate) fn table(&self, name: &str, sql: &str) {
        let file = format!("data/{name}.parquet");
        let answer = self.run(&["sql", sql, "-o", &file]);
        assert_eq!(answer.code, Some(0), "{answer}");
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Writes a report.
    pub(crate) fn report(&self, name: &str, sql: &str) {
        self.file(&format!("queries/{name}.sql"), sql);
    }

    /// A path in the project.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The text of a file.
    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names of what is in a folder.
    pub(crate) fn entries(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs the command in the project's folder.
    pub(crate) fn run(&self, args: &[&str]) -> Answer {
        self.run_in("", args)
    }

    /// Runs the command in a folder of the project.
    pub(crate) fn run_in(&self, folder: &str, args: &[&str]) -> Answer {
        let output = command(&self.path(folder)).args(args).output().unwrap();
        Answer::new(&output)
    }

    /// Starts the command in the project's folder and does not wait for it.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        command(self.folder.path()).args(args).spawn().unwrap()
    }

    /// Runs a line of shell in which `tenure` is the command.
    pub(crate) fn shell(&self, line: &str) -> Answer {
        let line = line.replace("tenure", env!("CARGO_BIN_EXE_tenure"));
        let output = Command::new("sh")
            .args(["-c", &line])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        Answer::new(&output)
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
    command
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Answer {
    pub(crate) fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The text on standard output of a command that must have gone well.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self}");
        self.stdout
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
        writeln!(f, "exit code: {code}")?;
        writeln!(f, "----- stdout -----\n{}", self.stdout.trim_end())?;
        write!(f, "----- stderr -----\n{}", self.stderr.trim_end())
    }
}
