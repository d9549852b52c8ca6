//! JSON, as one array or one object per line. NULL is written as `null`, not left out.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::json::writer::{
    JsonArray, JsonFormat, LineDelimited, Writer as JsonWriter, WriterBuilder,
};

use super::cells::check_times;
use super::{Sink, Writer, failed};
use crate::problem::Result;

/// Writes objects in one of JSON's two layouts.
pub(super) struct Json<F: JsonFormat>(JsonWriter<Writer, F>);

/// One array of objects.
pub(super) fn array(writer: Writer) -> Json<JsonArray> {
    Json(builder().build::<_, JsonArray>(writer))
}

/// One object per line.
pub(super) fn lines(writer: Writer) -> Json<LineDelimited> {
    Json(builder().build::<_, LineDelimited>(writer))
}

fn builder() -> WriterBuilder {
    WriterBuilder::new().with_explicit_nulls(true)
}

impl<F: JsonFormat + Send> Sink for Json<F> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        check_times(batch)?;
        self.0.write(batch).map_err(|error| failed(&error))
    }

    fn finish(mut self: Box<Self>) -> Result<usize> {
        self.0.finish().map_err(|error| failed(&error))?;
        let mut writer = self.0.into_inner();
        std::io::Write::flush(&mut writer).map_err(|error| failed(&error))?;
        Ok(0)
    }
}
