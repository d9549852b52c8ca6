//! The values of a batch as text, for the formats that are text.

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::failed;
use crate::problem::{Problem, Result};

/// A value that has no text is an error, and not a text that says so in its place.
static OPTIONS: FormatOptions<'static> = FormatOptions::new().with_display_error(false);

/// The columns of a batch, ready to be printed.
pub(super) struct Cells<'a>(Vec<Cell<'a>>);

struct Cell<'a> {
    name: String,
    text: ArrayFormatter<'a>,
    nulls: Option<NullBuffer>,
}

impl<'a> Cells<'a> {
    /// The cells of a batch.
    pub(super) fn of(batch: &'a RecordBatch) -> Result<Self> {
        Self::of_columns(batch, |_| true)
    }

    fn of_columns(batch: &'a RecordBatch, of: impl Fn(&DataType) -> bool) -> Result<Self> {
        let schema = batch.schema();
        let columns = batch.columns().iter().zip(schema.fields());
        let columns = columns.filter(|(_, field)| of(field.data_type())).map(|(column, field)| {
            // A column of nothing but NULLs has no validity bits, nor has a dictionary's NULL.
            let text = ArrayFormatter::try_new(column, &OPTIONS)?;
            Ok(Cell { name: field.name().clone(), text, nulls: column.logical_nulls() })
        });
        let columns: std::result::Result<_, ArrowError> = columns.collect();
        columns.map(Self).map_err(|error| failed(&error))
    }

    /// A row's values, `None` for NULL.
    pub(super) fn row(&self, row: usize) -> Result<Vec<Option<String>>> {
        self.0.iter().map(|column| column.value(row)).collect()
    }
}

impl Cell<'_> {
    fn value(&self, row: usize) -> Result<Option<String>> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(None);
        }
        self.text.value(row).try_to_string().map(Some).map_err(|error| {
            Problem::execution(format!(
                "column `{}` has a value without a text: {error}",
                self.name
            ))
            .hint("write Parquet or Arrow, which keep it, or CAST it to BIGINT")
        })
    }
}

/// Refuses times that no calendar has, for a writer that would put the error in their place.
pub(super) fn check_times(batch: &RecordBatch) -> Result<()> {
    let times = Cells::of_columns(batch, has_times)?;
    (0..batch.num_rows()).try_for_each(|row| times.row(row).map(drop))
}

/// Whether there are times in values of a type.
fn has_times(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.iter().any(|field| has_times(field.data_type())),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => has_times(item.data_type()),
        DataType::Dictionary(_, values) => has_times(values),
        other => other.is_temporal(),
    }
}
