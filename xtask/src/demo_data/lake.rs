//! From columns to Parquet files whose bytes depend on nothing but the rows and the crates'
//! versions.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array,
    RecordBatch, StringArray,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, Encoding, ZstdLevel};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use datafusion::parquet::schema::types::ColumnPath;

/// The folder written to, and what was written.
pub(super) struct Lake {
    root: PathBuf,
    tables: Vec<Written>,
}

struct Written {
    table: String,
    files: usize,
    rows: usize,
    bytes: u64,
}

impl Lake {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), tables: Vec::new() }
    }

    /// A table in one file.
    pub(super) fn write(&mut self, table: &str, columns: Vec<Column>) -> Result<()> {
        self.write_file(table, &self.root.join(format!("{table}.parquet")), columns)
    }

    /// One hive partition (`key=value`) of a table.
    pub(super) fn write_partition(
        &mut self,
        table: &str,
        hive: &str,
        columns: Vec<Column>,
    ) -> Result<()> {
        let file = self.root.join(table).join(hive).join("part-0.parquet");
        self.write_file(table, &file, columns)
    }

    fn write_file(&mut self, table: &str, path: &Path, columns: Vec<Column>) -> Result<()> {
        let rows = write_parquet(path, columns)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        let bytes = fs::metadata(path)?.len();
        match self.tables.last_mut() {
            Some(last) if last.table == table => {
                last.files += 1;
                last.rows += rows;
                last.bytes += bytes;
            }
            _ => self.tables.push(Written { table: table.to_owned(), files: 1, rows, bytes }),
        }
        Ok(())
    }

    pub(super) fn summarise(&self, out: &mut impl Write) -> Result<()> {
        for Written { table, files, rows, bytes } in &self.tables {
            writeln!(out, "{table:<18} {files:>3} files {rows:>8} rows {bytes:>9} bytes")?;
        }
        let bytes: u64 = self.tables.iter().map(|table| table.bytes).sum();
        writeln!(out, "{bytes} bytes in {}", self.root.display())?;
        Ok(())
    }
}

/// A named array. It takes no NULL unless `nullable` says so.
pub(super) struct Column {
    field: Field,
    values: ArrayRef,
}

impl Column {
    pub(super) fn int64<V: Into<Option<i64>>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self> {
        Self::integers(name, &DataType::Int64, values)
    }

    pub(super) fn int32<V: Into<Option<i64>>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self> {
        Self::integers(name, &DataType::Int32, values)
    }

    pub(super) fn int8<V: Into<Option<i64>>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self> {
        Self::integers(name, &DataType::Int8, values)
    }

    /// Days since 1970-01-01.
    pub(super) fn date<V: Into<Option<i64>>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self> {
        Self::integers(name, &DataType::Date32, values)
    }

    /// Seconds since 1970-01-01 UTC, stored as microseconds.
    pub(super) fn instant<V: Into<Option<i64>>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self> {
        let micros = values.into_iter().map(|value| value.into().map(|second| second * 1_000_000));
        Self::integers(
            name,
            &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            micros,
        )
    }

    fn integers<V: Into<Option<i64>>>(
        name: &str,
        data_type: &DataType,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self> {
        let wide: Int64Array = values.into_iter().map(Into::into).collect();
        // Not `safe`: a value that does not fit must be an error, not a NULL.
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let values = cast_with_options(&wide, data_type, &options)
            .with_context(|| format!("column `{name}`"))?;
        Ok(Self::new(name, values))
    }

    /// Cents.
    pub(super) fn money<V: Into<Option<i64>>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self> {
        let cents: Decimal128Array =
            values.into_iter().map(|value| value.into().map(i128::from)).collect();
        Ok(Self::new(name, Arc::new(cents.with_precision_and_scale(12, 2)?)))
    }

    /// Tenths, stored as Float64: the one inexact column, rounded the same way everywhere.
    pub(super) fn tenths(name: &str, values: impl IntoIterator<Item = Option<i32>>) -> Self {
        let values = values.into_iter().map(|value| value.map(|tenths| f64::from(tenths) / 10.0));
        Self::new(name, Arc::new(values.collect::<Float64Array>()))
    }

    pub(super) fn flag<V: Into<Option<bool>>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values: BooleanArray = values.into_iter().map(Into::into).collect();
        Self::new(name, Arc::new(values))
    }

    pub(super) fn text<'a, V: Into<Option<&'a str>>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values: StringArray = values.into_iter().map(Into::into).collect();
        Self::new(name, Arc::new(values))
    }

    /// Text of few distinct values, dictionary-encoded in Arrow as well as in Parquet.
    pub(super) fn category<'a, V: Into<Option<&'a str>>>(
        name: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values: DictionaryArray<Int32Type> = values.into_iter().map(Into::into).collect();
        Self::new(name, Arc::new(values))
    }

    pub(super) fn nullable(mut self) -> Self {
        self.field = self.field.with_nullable(true);
        self
    }

    fn new(name: &str, values: ArrayRef) -> Self {
        Self { field: Field::new(name, values.data_type().clone(), false), values }
    }
}

fn write_parquet(path: &Path, columns: Vec<Column>) -> Result<usize> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let (fields, values): (Vec<_>, Vec<_>) =
        columns.into_iter().map(|column| (column.field, column.values)).unzip();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), values)?;
    let properties = properties(batch.schema_ref())?;
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(batch.num_rows())
}

/// Everything that decides the bytes is set here, so that a new default of the crate changes
/// nothing.
fn properties(schema: &Schema) -> Result<WriterProperties> {
    let mut properties = WriterProperties::builder()
        .set_created_by("tenure demo lake".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(9)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_dictionary_enabled(true)
        .set_dictionary_page_size_limit(1 << 20)
        .set_data_page_size_limit(1 << 20)
        .set_data_page_row_count_limit(20_000)
        .set_write_batch_size(1_024)
        .set_max_row_group_row_count(Some(1 << 20));
    for field in schema.fields() {
        // Ids and instants rise from row to row: their differences are much smaller than they are.
        if matches!(field.data_type(), DataType::Int64 | DataType::Timestamp(..)) {
            let column = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(properties.build())
}
