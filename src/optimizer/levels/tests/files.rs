//! Tables of files for tests.

use std::path::PathBuf;

use datafusion::arrow::datatypes::DataType;
use datafusion::prelude::ParquetReadOptions;
use tempfile::TempDir;

use super::*;

/// Tables of files.
pub(super) struct Files {
    folder: TempDir,
    tables: Vec<String>,
}

impl Files {
    pub(super) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), tables: vec![] }
    }

    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    pub(super) fn path(&self, table: &str) -> String {
        self.root().join(table).display().to_string()
    }

    /// Adds a table whose files tell that they are sorted, in row groups of a thousand, and all but
    /// the last of so many rows.
    pub(super) async fn add(&mut self, table: &str, order: &str, rows_of_file: usize, rows: &str) {
        let session = session(Table, None);
        let options = [
            ("minimum_parallel_output_files", 1),
            ("soft_max_rows_per_output_file", rows_of_file),
            ("parquet.max_row_group_size", 1000),
            ("batch_size", 100),
            ("target_partitions", 1),
        ];
        for (option, value) in options {
            run(&session, &format!("SET datafusion.execution.{option} = {value}")).await;
        }
        let rows = format!("{rows} ORDER BY {order}");
        let frame = session.sql(&rows).await.unwrap();
        let columns = frame.schema().fields().iter();
        let columns =
            columns.map(|field| format!("{} {}", field.name(), sql_type(field.data_type())));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let path = self.path(table);
        let external = format!(
            "CREATE EXTERNAL TABLE t ({columns}) STORED AS PARQUET WITH ORDER ({order}) \
             LOCATION '{path}/'"
        );
        run(&session, &external).await;
        run(&session, &format!("INSERT INTO t {rows}")).await;
        if !self.tables.iter().any(|other| other == table) {
            self.tables.push(table.to_owned());
        }
    }

    /// A session with the tables in it, whose files are read in so many partitions.
    pub(super) async fn session(
        &self,
        strategy: EntityStrategy,
        memory: Option<usize>,
        partitions: usize,
    ) -> SessionContext {
        let session = session(strategy, memory);
        for (option, value) in [
            ("execution.target_partitions", partitions),
            ("execution.batch_size", 256),
            ("optimizer.repartition_file_min_size", 0),
        ] {
            run(&session, &format!("SET datafusion.{option} = {value}")).await;
        }
        for table in &self.tables {
            let options = ParquetReadOptions::default();
            session.register_parquet(table, self.path(table), options).await.unwrap();
        }
        session
    }
}

fn sql_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Int64 => "BIGINT",
        DataType::Float64 => "DOUBLE",
        DataType::Boolean => "BOOLEAN",
        DataType::Date32 => "DATE",
        _ => "VARCHAR",
    }
}

pub(super) async fn run(session: &SessionContext, sql: &str) {
    session.sql(sql).await.unwrap().collect().await.unwrap();
}
