//! Columns without Arrow's newest encodings and without dictionaries, for files that older programs read too.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::failed;
use crate::problem::Result;

/// The schema with values where there are views or dictionaries of them. Dictionaries of several batches, such as
/// the folders of a lake, differ, which an Arrow file has no place for.
pub(super) fn schema(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    let fields = fields.map(|field| Field::clone(field).with_data_type(plain(field.data_type())));
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::Dictionary(_, values) => plain(values),
        other => other.clone(),
    }
}

/// A batch in the form of its [`schema`].
pub(super) fn batch(batch: &RecordBatch, plain: &SchemaRef) -> Result<RecordBatch> {
    let columns = batch.columns().iter().zip(plain.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()));
    columns
        .collect::<std::result::Result<Vec<_>, _>>()
        .and_then(|columns| RecordBatch::try_new(Arc::clone(plain), columns))
        .map_err(|error| failed(&error))
}
