//! Where results go: standard output, a file, or a folder with a file per report.

use std::fs;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::options::Voice;
use crate::output::{Format, Limits, NamedFile, Writer};
use crate::problem::{Problem, Result};
use crate::report::Report;
use crate::run::{Outcome, Prepared, Progress, Staged, file_for, grouped};

/// Options for the result.
#[derive(Debug, Args)]
pub(super) struct Output {
    /// Write to a file, or to a folder with a file per report
    #[arg(short = 'o', long = "output", value_name = "FILE|FOLDER")]
    path: Option<PathBuf>,
    /// table, csv, json, ndjson, parquet, arrow or markdown; by default as the file ends
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// The most rows of a table to show, 0 for all; by default 40 on a terminal
    #[arg(long, value_name = "N")]
    max_rows: Option<usize>,
}

/// Where the results of a command go, and in which format.
#[derive(Debug)]
pub(super) struct Target {
    place: Place,
    format: Format,
    /// Whether tables get their title above them.
    titled: bool,
}

#[derive(Debug)]
enum Place {
    Standard,
    File(PathBuf),
    Folder(PathBuf),
}

impl Output {
    /// Rows that a terminal shows unless told otherwise.
    const ROWS: usize = 40;

    /// The target of a command that has this many results.
    pub(super) fn target(&self, results: usize, titled: bool) -> Result<Target> {
        let named = self.format.as_deref().map(Format::named).transpose()?;
        let place = match &self.path {
            None => Place::Standard,
            Some(path) if path.as_os_str() == "-" => Place::Standard,
            Some(path) if results > 1 || is_folder(path) => Place::Folder(path.clone()),
            Some(path) => Place::File(path.clone()),
        };
        let format = match (&place, named) {
            (_, Some(format)) => format,
            (Place::Standard, None) => Format::Table(Limits::default()),
            (Place::File(path), None) => Format::of_file(path).ok_or_else(|| {
                Problem::usage(format!("cannot tell the format of {}", path.display()))
                    .hint(format!("add --format, one of {}", Format::NAMES.join(", ")))
            })?,
            (Place::Folder(_), None) => Format::Csv,
        };
        if self.max_rows.is_some() && !format.is_for_people() {
            return Err(Problem::usage("--max-rows cuts tables, and this is data for a program")
                .hint("use LIMIT in the query"));
        }
        let many = match &place {
            Place::Standard if results > 1 && !format.is_for_people() => "one output".to_owned(),
            Place::Folder(path)
                if path.is_file() || !is_folder(path) && Format::of_file(path).is_some() =>
            {
                format!("the file {}", path.display())
            }
            _ => return Ok(Target { format: self.limited(format, &place), place, titled }),
        };
        Err(Problem::usage(format!("{results} results cannot share {many}"))
            .hint("write them to a folder: `-o results/`"))
    }

    /// Only what is shown on a terminal is cut by default; what is kept is whole.
    fn limited(&self, format: Format, place: &Place) -> Format {
        let on_terminal = matches!(place, Place::Standard) && io::stdout().is_terminal();
        let rows = match self.max_rows {
            Some(0) => None,
            Some(rows) => Some(rows),
            None => on_terminal.then_some(Self::ROWS),
        };
        let width = on_terminal.then(terminal_width).flatten();
        match format {
            Format::Table(_) => Format::Table(Limits { rows, width }),
            Format::Markdown(_) => Format::Markdown(Limits { rows, width: None }),
            other => other,
        }
    }
}

impl Target {
    /// Runs a report and writes its result; `first` if none was written before.
    pub(super) async fn write(
        &self,
        report: &Report,
        prepared: &Prepared<'_>,
        voice: Voice,
        first: bool,
    ) -> Result<Outcome> {
        let progress = if voice.is_live() { Progress::on_terminal() } else { Progress::hidden() };
        let outcome = self.write_to_place(report, prepared, &progress, first).await;
        progress.finish();
        let outcome = outcome?;
        if outcome.hidden > 0 {
            let shown = grouped(outcome.rows - outcome.hidden);
            let rows = grouped(outcome.rows);
            voice.note(&format!("{shown} of {rows} rows shown (all: --max-rows 0)"));
        }
        Ok(outcome)
    }

    async fn write_to_place(
        &self,
        report: &Report,
        prepared: &Prepared<'_>,
        progress: &Progress,
        first: bool,
    ) -> Result<Outcome> {
        let file = match &self.place {
            Place::Standard => {
                let writer = self.with_title(report, first, Box::new(io::stdout()));
                return prepared.run(&self.format, writer, progress).await;
            }
            Place::File(path) => path.clone(),
            Place::Folder(folder) => file_for(folder, &report.name, &self.format),
        };
        if is_device(&file) {
            // A pipe or a device is written to; it must not be replaced by a file.
            let device = fs::OpenOptions::new().write(true).open(&file).map_err(|error| {
                Problem::execution(format!("cannot write {}: {error}", file.display()))
            })?;
            let writer = NamedFile::new(device, &file);
            let writer = self.with_title(report, true, Box::new(writer));
            return prepared.run(&self.format, writer, progress).await;
        }
        let staged = Staged::new(&file)?;
        let writer = self.with_title(report, true, Box::new(staged.writer()?));
        let outcome = prepared.run(&self.format, writer, progress).await?;
        staged.publish()?;
        Ok(outcome)
    }

    /// A writer that puts the report's title before the first thing that is written.
    fn with_title(&self, report: &Report, first: bool, inner: Writer) -> Writer {
        let gap = if first { "" } else { "\n" };
        let title = self.titled.then(|| match (&self.format, &report.header.title) {
            (Format::Table(_), Some(title)) => format!("{gap}{title} ({})\n", report.name),
            (Format::Table(_), None) => format!("{gap}{}\n", report.name),
            (Format::Markdown(_), title) => {
                format!("{gap}## {}\n\n", title.as_deref().unwrap_or(&report.name))
            }
            _ => String::new(),
        });
        Box::new(BufWriter::new(Titled { title, inner }))
    }
}

struct Titled {
    title: Option<String>,
    inner: Writer,
}

impl Write for Titled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(title) = self.title.take() {
            self.inner.write_all(title.as_bytes())?;
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Whether a path means a folder: it is one, or it is written like one.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/')
}

/// Whether a path names something to write into and not a file to replace: a pipe, a device, or
/// an open file of some process.
fn is_device(path: &Path) -> bool {
    path.starts_with("/dev")
        || path.starts_with("/proc")
        || fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// The width of the terminal, for a table to fit into.
fn terminal_width() -> Option<u16> {
    // A terminal that does not know its width says 0; below that of a word nothing can be read.
    comfy_table::Table::new().width().filter(|width| *width >= 20)
}
