//! Tables for people: in a terminal, or as Markdown in a document.

use std::io::Write;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Float64Type, Schema};

use super::cells::Cells;
use super::{Sink, Writer, failed};
use crate::problem::Result;

/// How much of a result is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most rows, all if `None`.
    pub rows: Option<usize>,
    /// The width to fit into, as wide as it takes if `None`.
    pub width: Option<u16>,
}

/// Gathers a result and writes it as a table when it is complete.
pub(super) struct Grid {
    table: Table,
    writer: Writer,
    limits: Limits,
    numeric: Vec<bool>,
    rows: usize,
    is_markdown: bool,
}

impl Grid {
    /// A table with lines around it.
    pub(super) fn table(schema: &Schema, writer: Writer, limits: Limits) -> Self {
        Self::new(schema, writer, limits, false)
    }

    /// A table in Markdown.
    pub(super) fn markdown(schema: &Schema, writer: Writer, limits: Limits) -> Self {
        Self::new(schema, writer, limits, true)
    }

    fn new(schema: &Schema, writer: Writer, limits: Limits, is_markdown: bool) -> Self {
        let numeric: Vec<bool> =
            schema.fields().iter().map(|field| field.data_type().is_numeric()).collect();
        let mut table = Table::new();
        table.load_preset(if is_markdown {
            presets::ASCII_MARKDOWN
        } else {
            presets::UTF8_FULL_CONDENSED
        });
        if let Some(width) = limits.width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        let names = schema.fields().iter().map(|field| field.name().as_str());
        let mut grid = Self { table, writer, limits, numeric, rows: 0, is_markdown };
        let header = grid.cells(names.map(str::to_owned).collect());
        grid.table.set_header(header);
        grid
    }

    fn cells(&self, texts: Vec<String>) -> Vec<Cell> {
        let cells = texts.into_iter().zip(&self.numeric).map(|(text, numeric)| {
            let text =
                if self.is_markdown { text.replace('|', "\\|").replace('\n', " ") } else { text };
            let side = if *numeric { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(text).set_alignment(side)
        });
        cells.collect()
    }
}

impl Sink for Grid {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let shown = self.limits.rows.map_or(usize::MAX, |most| most.saturating_sub(self.rows));
        self.rows += batch.num_rows();
        let cells = Cells::of(batch)?;
        for row in 0..batch.num_rows().min(shown) {
            let texts = cells.row(row)?.into_iter().zip(batch.columns()).map(|(text, column)| {
                let number = column.as_primitive_opt::<Float64Type>();
                match (text, number) {
                    (None, _) => String::new(),
                    (Some(_), Some(numbers)) => rounded(numbers.value(row)),
                    (Some(text), None) => text,
                }
            });
            let cells = self.cells(texts.collect());
            self.table.add_row(cells);
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<usize> {
        writeln!(self.writer, "{}", self.table.trim_fmt())
            .and_then(|()| self.writer.flush())
            .map_err(|error| failed(&error))?;
        Ok(self.limits.rows.map_or(0, |most| self.rows.saturating_sub(most)))
    }
}

/// A number as people read it: four decimals, fewer if they are zeros, more if the number is tiny.
/// The formats for programs keep every digit.
fn rounded(value: f64) -> String {
    let tiny = value != 0.0 && value.abs() < 0.001;
    if tiny || value.abs() >= 1e15 || !value.is_finite() {
        return format!("{value:?}");
    }
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn people_get_four_decimals() {
        assert_eq!(rounded(40.0), "40");
        assert_eq!(rounded(100.0 / 3.0), "33.3333");
        assert_eq!(rounded(-0.0), "0");
        assert_eq!(rounded(1200.5), "1200.5");
        assert_eq!(rounded(0.000_012_5), "1.25e-5");
    }
}
