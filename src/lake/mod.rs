//! The lake: where tables are found, and how a name in SQL becomes Parquet files.

mod at_hand;
mod config;
mod schema;
mod table;
mod visible;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::prelude::SessionContext;
use tokio::sync::Mutex;

pub use config::Config;
pub use schema::LakeSchema;
pub use visible::VisibleFiles;

use crate::problem::{Problem, Result};

/// The tables of a project, opened when a query first names them.
pub struct Lake {
    paths: BTreeMap<String, PathBuf>,
    /// What files are listed and read with.
    reader: SessionContext,
    open: Mutex<BTreeMap<String, Arc<dyn TableProvider>>>,
}

impl Lake {
    /// The lake of a configuration: every Parquet file and every folder right below its root is a
    /// table; named tables come on top, and take precedence.
    pub fn new(config: &Config, reader: SessionContext) -> Result<Self> {
        let mut paths = match &config.root {
            Some(root) => tables_below(root)?,
            None => BTreeMap::new(),
        };
        for (name, path) in &config.tables {
            paths.insert(name.clone(), path.clone());
        }
        Ok(Self { paths, reader, open: Mutex::default() })
    }

    /// The names of its tables.
    pub fn table_names(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }

    /// Where a table's files are.
    pub fn path(&self, table: &str) -> Option<&Path> {
        self.find(table).map(|(_, path)| path.as_path())
    }

    /// The table of this name. Files are listed and their footers read the first time only, so
    /// that all reports of a run see the same files.
    pub async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some((name, path)) = self.find(name) else { return Ok(None) };
        let mut open = self.open.lock().await;
        if let Some(table) = open.get(name) {
            return Ok(Some(Arc::clone(table)));
        }
        let table = table::open(path, &self.reader.state())
            .await
            .map_err(|problem| problem.during(format!("table {name}")))?;
        open.insert(name.clone(), Arc::clone(&table));
        Ok(Some(table))
    }

    /// A table by its exact name, or by the only name that differs from it in case alone: SQL
    /// folds unquoted names to lower case, and files are named as people like.
    fn find(&self, name: &str) -> Option<(&String, &PathBuf)> {
        let mut folded = self.paths.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        self.paths.get_key_value(name).or_else(|| folded.next().filter(|_| folded.next().is_none()))
    }

    /// The first file of these tables that cannot be read to its end, and why. It reads all of
    /// them, so it is only asked when a query has failed.
    pub fn broken_file(&self, tables: &[String]) -> Option<Problem> {
        let mut paths = tables.iter().filter_map(|name| self.path(name));
        paths.find_map(table::broken_file)
    }
}

/// The Parquet files and the folders right below a folder, by the names they have as tables.
fn tables_below(root: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let shown = root.display();
    let entries = std::fs::read_dir(root)
        .map_err(|error| Problem::usage(format!("cannot read the lake {shown}: {error}")))?;
    let mut tables = BTreeMap::new();
    for entry in entries {
        let entry =
            entry.map_err(|error| Problem::execution(format!("cannot read {shown}: {error}")))?;
        let path = entry.path();
        let Some(name) = table_name(&path) else { continue };
        if let Some(other) = tables.insert(name.clone(), path.clone()) {
            let (one, other) = (path.display(), other.display());
            return Err(Problem::usage(format!("{one} and {other} are both the table `{name}`")));
        }
    }
    Ok(tables)
}

/// The name of the table in a file or folder; none for what is hidden or not Parquet.
fn table_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    if !visible::is_visible(name) {
        return None;
    }
    if path.is_dir() {
        return Some(name.to_owned());
    }
    let stem = name.strip_suffix(".parquet")?;
    Some(stem.to_owned())
}
