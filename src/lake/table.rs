//! One table: its files, its partitions, and which file is to blame when it cannot be read.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::SessionState;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use url::Url;

use super::visible::is_visible;
use crate::problem::{Problem, Result};

/// Opens the table in a file or folder: lists its files and reads their footers.
pub(super) async fn open(path: &Path, state: &SessionState) -> Result<Arc<dyn TableProvider>> {
    if !path.exists() {
        return Err(Problem::execution(format!("there is nothing at {}", path.display())));
    }
    let files = files(path)?;
    if files.is_empty() {
        return Err(Problem::execution(format!("there is no Parquet file in {}", path.display())));
    }
    files.iter().try_for_each(|file| complete(file))?;
    let format = ParquetFormat::default().with_options(state.default_table_options().parquet);
    let options = ListingOptions::new(Arc::new(format))
        .with_file_extension(".parquet")
        .with_table_partition_cols(partitions(path, &files)?);
    let url = listing_url(path)?;
    let schema = match options.infer_schema(state, &url).await {
        Ok(schema) => nullable(&schema),
        Err(error) => return Err(blame(&files, &error.strip_backtrace())),
    };
    let config = ListingTableConfig::new(url).with_listing_options(options).with_schema(schema);
    let table = ListingTable::try_new(config)
        .map_err(|error| Problem::execution(error.strip_backtrace()))?;
    let cache = state.runtime_env().cache_manager.get_file_statistic_cache();
    Ok(Arc::new(table.with_cache(cache)))
}

/// What Hive calls the folder of rows whose partition column is NULL. The engine would take it for
/// the text.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// A schema in which every column may be NULL: where a file lacks a column, it is, whatever the
/// other files declare.
fn nullable(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| Field::clone(field).with_nullable(true));
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

/// The first Parquet file at a path that cannot be read to its end, and why.
pub(super) fn broken_file(path: &Path) -> Option<Problem> {
    let read = |file: &PathBuf| -> std::result::Result<(), String> {
        let opened = File::open(file).map_err(|error| error.to_string())?;
        let batches = ParquetRecordBatchReaderBuilder::try_new(opened)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|error| error.to_string())?;
        batches.into_iter().try_for_each(|batch| batch.map(drop)).map_err(|error| error.to_string())
    };
    let files = files(path).ok()?;
    files.iter().find_map(|file| read(file).err().map(|why| unreadable(file, &why)))
}

fn unreadable(file: &Path, why: &str) -> Problem {
    let why = why.trim_start_matches("Parquet error: ").trim_start_matches("External: ");
    Problem::execution(format!("cannot read {}: {why}", file.display()))
        .hint("the file is damaged or was not written to its end; write it again")
}

/// Refuses a file that is too short to be Parquet: to the engine, an empty file is one without
/// rows, but it is what an upload leaves that did not get far.
fn complete(file: &Path) -> Result<()> {
    // The magic number at both ends, and the length of the footer.
    const LEAST: u64 = 12;
    match std::fs::metadata(file) {
        Ok(found) if found.len() >= LEAST => Ok(()),
        Ok(found) => Err(unreadable(file, &format!("it has only {} bytes", found.len()))),
        Err(error) => Err(unreadable(file, &error.to_string())),
    }
}

/// Finds the file that keeps a table from being opened.
fn blame(files: &[PathBuf], error: &str) -> Problem {
    let mut first: Option<(&PathBuf, SchemaRef)> = None;
    for file in files {
        let schema = match File::open(file).map_err(|error| error.to_string()).and_then(|opened| {
            ParquetRecordBatchReaderBuilder::try_new(opened).map_err(|error| error.to_string())
        }) {
            Ok(reader) => Arc::clone(reader.schema()),
            Err(why) => return unreadable(file, &why),
        };
        let Some((other, expected)) = &first else {
            first = Some((file, schema));
            continue;
        };
        for field in schema.fields() {
            let Ok(before) = expected.field_with_name(field.name()) else { continue };
            if before.data_type() != field.data_type() {
                return Problem::execution(format!(
                    "the column `{}` is {} in {} but {} in {}",
                    field.name(),
                    before.data_type(),
                    other.display(),
                    field.data_type(),
                    file.display()
                ))
                .hint("write the files again with one type for the column");
            }
        }
    }
    Problem::execution(error)
}

/// The Parquet files at a path, in a stable order.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let cannot =
        |error| Problem::execution(format!("cannot read the folder {}: {error}", path.display()));
    let mut found = vec![];
    for entry in std::fs::read_dir(path).map_err(cannot)? {
        let entry = entry.map_err(cannot)?.path();
        let name = entry.file_name().and_then(|name| name.to_str());
        if !name.is_some_and(is_visible) {
            continue;
        }
        if entry.is_dir() {
            found.extend(files(&entry)?);
        } else if entry.extension().is_some_and(|extension| extension == "parquet") {
            found.push(entry);
        }
    }
    found.sort();
    Ok(found)
}

/// The columns that the `name=value` folders of a table stand for, with the narrowest type that
/// all values have: a whole number, a date, or text.
fn partitions(table: &Path, files: &[PathBuf]) -> Result<Vec<(String, DataType)>> {
    let keys = |file: &PathBuf| -> Vec<(String, String)> {
        let below = file.strip_prefix(table).unwrap_or(file);
        let folders = below.parent().into_iter().flat_map(Path::iter);
        folders
            .filter_map(|folder| folder.to_str()?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    let names = |file: &PathBuf| keys(file).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let expected = names(&files[0]);
    if let Some(odd) = files.iter().find(|file| names(file) != expected) {
        return Err(Problem::execution(format!(
            "{} and {} are not partitioned alike",
            files[0].display(),
            odd.display()
        )));
    }
    let rows: Vec<_> = files.iter().map(keys).collect();
    for (file, row) in files.iter().zip(&rows) {
        if let Some((name, _)) = row.iter().find(|(_, value)| value == NO_VALUE) {
            return Err(Problem::execution(format!(
                "the partition `{name}` of {} has no value",
                file.display()
            ))
            .hint(format!("name the folder after a value instead of {NO_VALUE}")));
        }
    }
    let typed = expected.into_iter().enumerate().map(|(at, name)| {
        let values: Vec<&str> = rows.iter().map(|row| row[at].1.as_str()).collect();
        (name, partition_type(&values))
    });
    Ok(typed.collect())
}

fn partition_type(values: &[&str]) -> DataType {
    // A leading zero is part of a code, not of a number.
    let whole =
        |value: &&str| value.parse::<i64>().is_ok_and(|number| number.to_string() == *value);
    let date = |value: &&str| NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok();
    if values.iter().all(whole) {
        DataType::Int64
    } else if values.iter().all(date) {
        DataType::Date32
    } else {
        DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8))
    }
}

/// A path as a location of files. Going by the path and not by a text, nothing in a name is taken
/// for a pattern.
fn listing_url(path: &Path) -> Result<ListingTableUrl> {
    let shown = path.display();
    let absolute = path
        .canonicalize()
        .map_err(|error| Problem::execution(format!("cannot read {shown}: {error}")))?;
    let url = if absolute.is_dir() {
        Url::from_directory_path(&absolute)
    } else {
        Url::from_file_path(&absolute)
    };
    let url =
        url.map_err(|()| Problem::execution(format!("{shown} is not a path to read from")))?;
    ListingTableUrl::try_new(url, None).map_err(|error| Problem::execution(error.strip_backtrace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_has_the_narrowest_type_of_its_values() {
        let data_type = partition_type;
        assert_eq!(data_type(&["2024", "2025"]), DataType::Int64);
        assert_eq!(data_type(&["2024-01-31"]), DataType::Date32);
        assert!(matches!(data_type(&["01", "02"]), DataType::Dictionary(_, _)));
        assert!(matches!(data_type(&["2024", "unknown"]), DataType::Dictionary(_, _)));
    }
}
