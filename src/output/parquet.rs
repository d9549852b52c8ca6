//! Parquet.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use super::{Sink, Writer, failed, plain};
use crate::problem::Result;

/// Writes Parquet, compressed with zstd. A result without rows is a file with a schema.
pub(super) struct Parquet {
    schema: SchemaRef,
    writer: ArrowWriter<Writer>,
}

impl Parquet {
    /// Begins a file.
    pub(super) fn new(schema: &Schema, writer: Writer) -> Result<Self> {
        let schema = plain::schema(schema);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = ArrowWriter::try_new(writer, SchemaRef::clone(&schema), Some(properties))
            .map_err(|error| failed(&error))?;
        Ok(Self { schema, writer })
    }
}

impl Sink for Parquet {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = plain::batch(batch, &self.schema)?;
        self.writer.write(&batch).map_err(|error| failed(&error))
    }

    fn finish(self: Box<Self>) -> Result<usize> {
        self.writer.close().map_err(|error| failed(&error))?;
        Ok(0)
    }
}
