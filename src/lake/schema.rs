//! The lake as the engine sees it: a schema whose tables are opened when they are named.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::exec_err;
use datafusion::error::Result;
use datafusion::logical_expr::TableType;

use super::Lake;

/// The tables of a lake, and the views that one report makes over them.
pub struct LakeSchema {
    lake: Arc<Lake>,
    views: RwLock<BTreeMap<String, Arc<dyn TableProvider>>>,
}

impl LakeSchema {
    /// A schema with no views yet.
    pub fn new(lake: Arc<Lake>) -> Self {
        Self { lake, views: RwLock::default() }
    }

    fn view(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        views.get(name).map(Arc::clone)
    }
}

impl fmt::Debug for LakeSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the lake")
    }
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        let views = self.views.read().unwrap_or_else(PoisonError::into_inner);
        views.keys().cloned().chain(self.lake.table_names().map(str::to_owned)).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match self.view(name) {
            Some(view) => Ok(Some(view)),
            None => Ok(self.lake.table(name).await?),
        }
    }

    /// A list of tables says what each is; that takes no look into its files, of which one may be
    /// damaged.
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        match self.view(name) {
            Some(view) => Ok(Some(view.table_type())),
            None => Ok(self.lake.path(name).map(|_| TableType::Base)),
        }
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        if self.lake.path(&name).is_some() {
            return exec_err!("the view {name} would hide the table of this name");
        }
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        Ok(views.insert(name, table))
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let mut views = self.views.write().unwrap_or_else(PoisonError::into_inner);
        Ok(views.remove(name))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.view(name).is_some() || self.lake.path(name).is_some()
    }
}
