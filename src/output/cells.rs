//! The values of a batch as text, for the formats that people read.

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::failed;
use crate::problem::Result;

static OPTIONS: FormatOptions<'static> = FormatOptions::new();

/// The columns of a batch, ready to be printed.
pub(super) struct Cells<'a>(Vec<(ArrayFormatter<'a>, Option<NullBuffer>)>);

impl<'a> Cells<'a> {
    /// The cells of a batch.
    pub(super) fn of(batch: &'a RecordBatch) -> Result<Self> {
        let columns = batch.columns().iter().map(|column| {
            // A column of nothing but NULLs has no validity bits, nor has a dictionary's NULL.
            Ok((ArrayFormatter::try_new(column, &OPTIONS)?, column.logical_nulls()))
        });
        let columns: std::result::Result<_, ArrowError> = columns.collect();
        columns.map(Self).map_err(|error| failed(&error))
    }

    /// A row's values, `None` for NULL.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = Option<String>> {
        self.0.iter().map(move |(text, nulls)| {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            (!is_null).then(|| text.value(row).to_string())
        })
    }
}
