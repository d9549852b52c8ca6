//! The formats that a result can be written in, one file each.

mod arrow_ipc;
mod cells;
mod csv;
mod grid;
mod json;
mod named_file;
mod parquet;
mod plain;

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;

use crate::problem::{Kind, Problem, Result};

/// Where a result is written to.
pub type Writer = Box<dyn Write + Send>;

/// Takes the batches of a result, in order.
pub trait Sink: Send {
    /// Writes a batch.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Writes what is left, and says how many rows were not shown.
    fn finish(self: Box<Self>) -> Result<usize>;
}

/// A way to write a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// A table for people, in a terminal.
    Table(Limits),
    /// A table for people, in a document.
    Markdown(Limits),
    /// Comma-separated values, RFC 4180; NULL is an empty field, an empty text is `""`.
    Csv,
    /// One JSON array of objects.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// Parquet.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
}

pub use grid::Limits;
pub use named_file::NamedFile;

impl Format {
    /// The names of the formats, as `--format` takes them.
    pub const NAMES: [&'static str; 7] =
        ["table", "csv", "json", "ndjson", "parquet", "arrow", "markdown"];

    /// The format of this name.
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "table" => Self::Table(Limits::default()),
            "csv" => Self::Csv,
            "json" => Self::Json,
            "ndjson" => Self::Ndjson,
            "parquet" => Self::Parquet,
            "arrow" => Self::Arrow,
            "markdown" => Self::Markdown(Limits::default()),
            other => {
                return Err(Problem::usage(format!("`{other}` is not a format"))
                    .did_you_mean(other, Self::NAMES)
                    .hint(format!("the formats are {}", Self::NAMES.join(", "))));
            }
        })
    }

    /// The format that a file's ending means, if it means one.
    pub fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        let name = match ending.as_str() {
            "md" => "markdown",
            "txt" => "table",
            "jsonl" => "ndjson",
            "feather" | "ipc" => "arrow",
            other => other,
        };
        Self::named(name).ok()
    }

    /// The ending of a file of this format.
    pub fn ending(&self) -> &'static str {
        match self {
            Self::Table(_) => "txt",
            Self::Markdown(_) => "md",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// Whether it is for people, who want a title above it, and not for programs.
    pub fn is_for_people(&self) -> bool {
        matches!(self, Self::Table(_) | Self::Markdown(_))
    }

    /// Begins to write a result with these columns.
    pub fn sink(&self, schema: &Schema, writer: Writer) -> Result<Box<dyn Sink>> {
        if !self.is_for_people() {
            refuse_same_names(schema)?;
        }
        Ok(match self {
            Self::Table(limits) => Box::new(grid::Grid::table(schema, writer, *limits)),
            Self::Markdown(limits) => Box::new(grid::Grid::markdown(schema, writer, *limits)),
            Self::Csv => Box::new(csv::Csv::new(schema, writer)),
            Self::Json => Box::new(json::array(writer)),
            Self::Ndjson => Box::new(json::lines(writer)),
            Self::Parquet => Box::new(parquet::Parquet::new(schema, writer)?),
            Self::Arrow => Box::new(arrow_ipc::ArrowIpc::new(schema, writer)?),
        })
    }
}

/// A program finds a column by its name; of two with one name it would lose one.
fn refuse_same_names(schema: &Schema) -> Result<()> {
    let names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    match twice {
        None => Ok(()),
        Some((_, name)) => Err(Problem::sql(format!("two columns are named `{name}`"))
            .hint("give one of them another name with `AS`")),
    }
}

/// Why a result could not be written, from whatever layer says so.
pub(crate) fn failed(error: &(dyn Error + 'static)) -> Problem {
    let mut layer: Option<&(dyn Error + 'static)> = Some(error);
    let (mut is_pipe, mut message) = (false, error.to_string());
    while let Some(error) = layer {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            is_pipe |= io.kind() == io::ErrorKind::BrokenPipe;
            // What it says of itself, without the names of the layers around it.
            message = io.to_string();
        }
        layer = error.source();
    }
    // Not every layer keeps the error that it was caused by; all of them keep its text.
    if is_pipe || message.contains("Broken pipe") {
        return Problem::new(Kind::ReaderGone, "nobody reads the output any more");
    }
    Problem::execution(format!("cannot write the result: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_known_by_its_name_and_its_ending() {
        for name in Format::NAMES {
            let format = Format::named(name).unwrap();
            let file = format!("report.{}", format.ending());
            assert_eq!(Format::of_file(Path::new(&file)), Some(format), "{name}");
        }
        assert_eq!(Format::of_file(Path::new("report.xls")), None);
        assert_eq!(Format::of_file(Path::new("report")), None);
    }
}
