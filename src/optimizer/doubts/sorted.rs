//! Files that tell that they are sorted are read one after another as if that were sorted, too, where
//! their least and greatest values allow it. These say nothing of NULLs, which are at the end of each
//! file, or at its beginning, and so in the midst of the rows of several: the engine would take the
//! customer with whom one file ends and the next begins for two.

use datafusion::common::stats::Precision;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_common::sort_expr::{LexOrdering, PhysicalSortExpr};

/// A scan that promises less order, if it promised too much.
pub(super) fn doubted(scan: &FileScanConfig) -> Option<FileScanConfig> {
    let sound = |order: &LexOrdering| {
        let columns = order.iter().take_while(|by| has_no_nulls(scan, by));
        LexOrdering::new(columns.cloned())
    };
    if scan.output_ordering.is_empty() || scan.file_groups.iter().all(|group| group.len() < 2) {
        return None;
    }
    let orders: Vec<_> = scan.output_ordering.iter().filter_map(sound).collect();
    if orders == scan.output_ordering {
        return None;
    }
    // Without an order, threads may take files from each other.
    let builder = FileScanConfigBuilder::from(scan.clone()).with_preserve_order(false);
    Some(builder.with_output_ordering(orders).build())
}

/// Whether no file has NULLs in a column.
fn has_no_nulls(scan: &FileScanConfig, by: &PhysicalSortExpr) -> bool {
    let Some(column) = by.expr.downcast_ref::<Column>() else { return false };
    scan.file_groups.iter().flat_map(FileGroup::iter).all(|file| {
        let known = file.statistics.as_ref();
        let known = known.and_then(|known| known.column_statistics.get(column.index()));
        known.is_some_and(|known| known.null_count == Precision::Exact(0))
    })
}

#[cfg(test)]
mod tests;
