//! In which order partitions have the rows of files that are sorted.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use datafusion::common::ScalarValue;
use datafusion::common::stats::Precision;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder};
use datafusion::datasource::source::DataSource;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_common::sort_expr::LexOrdering;

/// The partitions of a scan in the order in which all rows are sorted if those of one partition follow
/// those of the other, or `None` where there is no such order, or nobody knows.
pub(super) fn in_sequence(scan: &FileScanConfig) -> Option<Vec<usize>> {
    let files = sorted_files(scan)?;
    let files: HashMap<_, _> = files.into_iter().map(path).zip(0..).collect();
    let place = |file: &PartitionedFile| -> Option<(usize, i64)> {
        let start = file.range.as_ref().map_or(0, |range| range.start);
        Some((*files.get(path(file))?, start))
    };
    let places = |group: &FileGroup| group.iter().map(place).collect::<Option<Vec<_>>>();
    let partitions = scan.file_groups.iter().map(places).collect::<Option<Vec<_>>>()?;
    let mut sequence: Vec<usize> = (0..partitions.len()).collect();
    sequence.sort_by_key(|&at| partitions[at].first());
    let all = sequence.iter().flat_map(|&at| &partitions[at]);
    all.is_sorted_by(|before, after| before < after).then_some(sequence)
}

/// The files of a scan one after another, if that is sorted, too.
fn sorted_files(scan: &FileScanConfig) -> Option<Vec<&PartitionedFile>> {
    let [order] = scan.output_ordering.as_slice() else { return None };
    let mut seen = HashSet::new();
    let pieces = scan.file_groups.iter().flat_map(FileGroup::iter);
    let files: Vec<_> = pieces.filter(|file| seen.insert(path(file))).collect();
    // A file is sorted in itself, whatever is in it.
    if files.len() == 1 {
        return Some(files);
    }
    let bounds = files.into_iter().map(|file| Some((Bounds::of(file, order)?, file)));
    let mut bounds = bounds.collect::<Option<Vec<_>>>()?;
    bounds.sort_by(|(one, _), (other, _)| one.compare(other, order));
    let files: Vec<_> = bounds.into_iter().map(|(_, file)| file).collect();
    // The engine knows best which files it takes for sorted when it reads one after another.
    let whole = files.iter().map(|file| PartitionedFile { range: None, ..(*file).clone() });
    let one_group = FileScanConfigBuilder::from(scan.clone())
        .with_file_groups(vec![FileGroup::new(whole.collect())])
        .build();
    let is_sorted =
        one_group.eq_properties().output_ordering() == scan.eq_properties().output_ordering();
    is_sorted.then_some(files)
}

fn path(file: &PartitionedFile) -> &str {
    file.object_meta.location.as_ref()
}

/// Where the rows of a file begin and end, by the columns that it is sorted by.
struct Bounds {
    first: Vec<ScalarValue>,
    last: Vec<ScalarValue>,
}

impl Bounds {
    /// Those of a file without NULLs: no bounds tell where these are.
    fn of(file: &PartitionedFile, order: &LexOrdering) -> Option<Self> {
        let columns = &file.statistics.as_ref()?.column_statistics;
        let bounds = order.iter().map(|by| {
            let of_column = columns.get(by.expr.downcast_ref::<Column>()?.index())?;
            let least = of_column.min_value.get_value()?.clone();
            let most = of_column.max_value.get_value()?.clone();
            let bounds = if by.options.descending { (most, least) } else { (least, most) };
            (of_column.null_count == Precision::Exact(0)).then_some(bounds)
        });
        let (first, last) = bounds.collect::<Option<Vec<_>>>()?.into_iter().unzip();
        Some(Self { first, last })
    }

    fn compare(&self, other: &Self, order: &LexOrdering) -> Ordering {
        let of = |one: &[ScalarValue], other: &[ScalarValue]| {
            let columns = one.iter().zip(other).zip(order.iter());
            let mut columns = columns.map(|((one, other), by)| {
                let ascending = one.partial_cmp(other).unwrap_or(Ordering::Equal);
                if by.options.descending { ascending.reverse() } else { ascending }
            });
            columns.find(|found| found.is_ne()).unwrap_or(Ordering::Equal)
        };
        of(&self.first, &other.first).then_with(|| of(&self.last, &other.last))
    }
}
