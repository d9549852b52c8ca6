//! CSV after RFC 4180. A NULL is an empty field; an empty text is `""`, so that both come back.

use std::io::{BufWriter, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;

use super::cells::Cells;
use super::{Sink, Writer, failed};
use crate::problem::Result;

/// Writes comma-separated values.
pub(super) struct Csv {
    writer: BufWriter<Writer>,
    /// The names of the columns, until something is written below them: a query that fails before
    /// its first row prints nothing.
    header: Option<Vec<String>>,
}

impl Csv {
    /// Begins a file with the names of the columns.
    pub(super) fn new(schema: &Schema, writer: Writer) -> Self {
        let names = schema.fields().iter().map(|field| quoted(field.name()));
        Self { writer: BufWriter::new(writer), header: Some(names.collect()) }
    }

    fn header(&mut self) -> Result<()> {
        self.header.take().map_or(Ok(()), |names| self.line(&names))
    }

    fn line(&mut self, fields: &[String]) -> Result<()> {
        writeln!(self.writer, "{}", fields.join(",")).map_err(|error| failed(&error))
    }
}

impl Sink for Csv {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.header()?;
        let cells = Cells::of(batch)?;
        for row in 0..batch.num_rows() {
            let fields = cells.row(row)?.into_iter();
            let fields = fields.map(|text| text.map_or_else(String::new, |text| quoted(&text)));
            self.line(&fields.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<usize> {
        self.header()?;
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
