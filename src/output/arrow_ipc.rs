//! Arrow IPC files.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::ipc::writer::FileWriter;

use super::{Sink, Writer, failed, plain};
use crate::problem::Result;

/// Writes an Arrow IPC file, which notebooks can map into memory.
pub(super) struct ArrowIpc {
    schema: SchemaRef,
    writer: FileWriter<Writer>,
}

impl ArrowIpc {
    /// Begins a file.
    pub(super) fn new(schema: &Schema, writer: Writer) -> Result<Self> {
        let schema = plain::schema(schema);
        let writer = FileWriter::try_new(writer, &schema).map_err(|error| failed(&error))?;
        Ok(Self { schema, writer })
    }
}

impl Sink for ArrowIpc {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = plain::batch(batch, &self.schema)?;
        self.writer.write(&batch).map_err(|error| failed(&error))
    }

    fn finish(mut self: Box<Self>) -> Result<usize> {
        self.writer.finish().and_then(|()| self.writer.flush()).map_err(|error| failed(&error))?;
        Ok(0)
    }
}
