//! CSV after RFC 4180. A NULL is an empty field; an empty text is `""`, so that both come back.

use std::io::{BufWriter, Write};

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Sink, Writer, failed};
use crate::problem::Result;

/// Writes comma-separated values.
pub(super) struct Csv {
    writer: BufWriter<Writer>,
}

impl Csv {
    /// Begins a file with the names of the columns.
    pub(super) fn new(schema: &Schema, writer: Writer) -> Result<Self> {
        let mut csv = Self { writer: BufWriter::new(writer) };
        let names = schema.fields().iter().map(|field| quoted(field.name()));
        csv.line(&names.collect::<Vec<_>>())?;
        Ok(csv)
    }

    fn line(&mut self, fields: &[String]) -> Result<()> {
        writeln!(self.writer, "{}", fields.join(",")).map_err(|error| failed(&error))
    }
}

impl Sink for Csv {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let options = FormatOptions::default();
        let columns =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
        let columns: Vec<ArrayFormatter> = columns
            .collect::<std::result::Result<_, ArrowError>>()
            .map_err(|error| failed(&error))?;
        for row in 0..batch.num_rows() {
            let fields = columns.iter().zip(batch.columns()).map(|(text, column)| {
                if column.is_null(row) {
                    String::new()
                } else {
                    quoted(&text.value(row).to_string())
                }
            });
            self.line(&fields.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<usize> {
        self.writer.flush().map_err(|error| failed(&error))?;
        Ok(0)
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn only_what_needs_quotes_gets_them() {
        assert_eq!(quoted("plain text"), "plain text");
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(quoted("two\nlines"), "\"two\nlines\"");
    }
}
