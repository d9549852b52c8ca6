//! Files that are sorted, so that one follows the other.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::common::stats::Precision;
use datafusion::datasource::listing::{FileRange, PartitionedFile};
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder};
use datafusion::datasource::source::DataSource;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_common::sort_expr::{LexOrdering, PhysicalSortExpr};

/// The same scan with its files in such partitions that all rows are sorted in the nth way in which files
/// are, if those of one partition follow those of the one before; or `None` where there are no more, files
/// overlap, or nobody knows.
pub(super) fn in_sequence(scan: &FileScanConfig, nth: usize) -> Option<FileScanConfig> {
    let declared = scan.output_ordering.first();
    let prefixes = declared.into_iter().flat_map(|order| {
        (1..=order.len())
            .filter_map(|columns| LexOrdering::new(order.iter().take(columns).cloned()))
    });
    let order = prefixes.chain(constants(scan)).nth(nth)?;
    if scan.output_partitioning.is_some() {
        return None;
    }
    let files: HashMap<_, _> = sorted_files(scan, &order)?.into_iter().map(path).zip(0..).collect();
    let mut pieces: Vec<_> = scan.file_groups.iter().flat_map(FileGroup::iter).collect();
    let place = |piece: &PartitionedFile| (files.get(path(piece)).copied(), start(piece));
    pieces.sort_by_key(|piece| place(piece));
    // Who reads a file twice does not want that it is read once.
    if !pieces.is_sorted_by(|before, after| place(before) < place(after)) {
        return None;
    }
    Some(with_groups(scan, &order, in_groups(&pieces, scan.file_groups.len())))
}

/// By the columns of which every file has one value, such as those that folders are named after.
fn constants(scan: &FileScanConfig) -> impl Iterator<Item = LexOrdering> {
    let schema = scan.file_source().table_schema().table_schema();
    let columns = schema.fields().iter().enumerate().filter(|(column, _)| {
        let mut files = scan.file_groups.iter().flat_map(FileGroup::iter);
        files.all(|file| has_one_value(file, *column))
    });
    columns.filter_map(|(column, field)| {
        let column = Column::new(field.name(), column);
        LexOrdering::new([PhysicalSortExpr::new_default(Arc::new(column))])
    })
}

fn has_one_value(file: &PartitionedFile, column: usize) -> bool {
    let known = file.statistics.as_ref().and_then(|known| known.column_statistics.get(column));
    known.is_some_and(|known| {
        let bounds = (&known.min_value, &known.max_value);
        matches!(bounds, (Precision::Exact(least), Precision::Exact(most)) if least == most)
            && known.null_count == Precision::Exact(0)
    })
}

/// The files of a scan one after another, if that is sorted, too.
fn sorted_files<'a>(
    scan: &'a FileScanConfig,
    order: &LexOrdering,
) -> Option<Vec<&'a PartitionedFile>> {
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
    let one_group = with_groups(scan, order, vec![FileGroup::new(whole.collect())]);
    one_group.eq_properties().output_ordering().is_some().then_some(files)
}

fn with_groups(
    scan: &FileScanConfig,
    order: &LexOrdering,
    groups: Vec<FileGroup>,
) -> FileScanConfig {
    FileScanConfigBuilder::from(scan.clone())
        .with_file_groups(groups)
        .with_output_ordering(vec![order.clone()])
        .build()
}

/// Files or parts of files in no more than so many groups, of which each has about as much to read.
fn in_groups(pieces: &[&PartitionedFile], most: usize) -> Vec<FileGroup> {
    let all: u64 = pieces.iter().map(|piece| size(piece)).sum();
    let most = u64::try_from(most).unwrap_or(1);
    let mut groups: Vec<(u64, Vec<PartitionedFile>)> = vec![];
    let mut before = 0;
    for &piece in pieces {
        let at = (before + size(piece) / 2).saturating_mul(most) / all.max(1);
        before += size(piece);
        match groups.last_mut().filter(|(last, _)| *last == at) {
            Some((_, group)) => add(group, piece),
            None => groups.push((at, vec![piece.clone()])),
        }
    }
    groups.into_iter().map(|(_, group)| FileGroup::new(group)).collect()
}

/// Adds a file to those that are read before it, or what follows in the last of them: the engine does not
/// take parts of a file that it reads one after another for sorted.
fn add(group: &mut Vec<PartitionedFile>, piece: &PartitionedFile) {
    let last = group.last_mut().filter(|last| path(last) == path(piece));
    let ranges = last.and_then(|last| last.range.as_mut().zip(piece.range.as_ref()));
    match ranges {
        Some((before, next)) if before.end == next.start => before.end = next.end,
        _ => group.push(piece.clone()),
    }
}

fn start(piece: &PartitionedFile) -> i64 {
    piece.range.as_ref().map_or(0, |range| range.start)
}

fn size(piece: &PartitionedFile) -> u64 {
    let of_range = |range: &FileRange| u64::try_from(range.end - range.start).unwrap_or_default();
    piece.range.as_ref().map_or(piece.object_meta.size, of_range)
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
