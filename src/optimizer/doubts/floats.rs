//! The least and the greatest number that files tell of a column of floats leave out NaN, which may stand
//! beside them. Where they are the same, the engine would take the column for a constant, so that a sum would be
//! a number that is none; and it would answer `max` by the greatest, though NaN is greater.

use std::sync::Arc;

use datafusion::common::Statistics;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder};

/// A scan that knows less of floats, if it has any.
pub(super) fn doubted(scan: &FileScanConfig) -> Option<FileScanConfig> {
    let of_files = scan.file_groups.iter().flat_map(FileGroup::iter);
    let of_groups = scan.file_groups.iter().filter_map(|group| group.file_statistics(None));
    let of_files = of_files.filter_map(|file| file.statistics.as_deref());
    let of_all = scan.statistics();
    if !of_files.chain(of_groups).chain([&of_all]).any(has_floats) {
        return None;
    }
    let groups = scan.file_groups.iter().map(|group| {
        let files = group.iter().map(|file| {
            let mut file = file.clone();
            file.statistics = file.statistics.as_deref().map(|known| Arc::new(inexact(known)));
            file
        });
        let doubted = FileGroup::new(files.collect());
        match group.file_statistics(None) {
            Some(known) => doubted.with_statistics(Arc::new(inexact(known))),
            None => doubted,
        }
    });
    let builder = FileScanConfigBuilder::from(scan.clone()).with_file_groups(groups.collect());
    Some(builder.with_statistics(inexact(&of_all)).build())
}

/// Whether exact bounds of floats are known.
fn has_floats(known: &Statistics) -> bool {
    known.column_statistics.iter().any(|column| {
        [&column.min_value, &column.max_value].into_iter().any(|bound| {
            bound.is_exact() == Some(true)
                && bound.get_value().is_some_and(|value| value.data_type().is_floating())
        })
    })
}

/// The same, with the bounds of floats in doubt.
fn inexact(known: &Statistics) -> Statistics {
    let mut known = known.clone();
    for column in &mut known.column_statistics {
        for bound in [&mut column.min_value, &mut column.max_value] {
            if bound.get_value().is_some_and(|value| value.data_type().is_floating()) {
                *bound = bound.clone().to_inexact();
            }
        }
    }
    known
}

#[cfg(test)]
mod tests;
