//! States that are lists: one or more columns of lists side by side, of the same lengths.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, LargeListArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field};
use datafusion_common::{Result, exec_err};

use super::call::Call;
use super::state::exact_cast;

/// The type of a list of items. Never with 32-bit offsets, which a large state outgrows.
pub(crate) fn list_type(item: &DataType) -> DataType {
    DataType::LargeList(Arc::new(Field::new_list_field(item.clone(), true)))
}

/// The type of the items of a list of any kind.
pub(super) fn item_of(list: &DataType) -> Option<&DataType> {
    match list {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item.data_type()),
        _ => None,
    }
}

/// Where each of some lists begins, and where the last one ends.
pub(super) fn offsets<T>(lists: &[Vec<T>]) -> OffsetBuffer<i64> {
    OffsetBuffer::from_lengths(lists.iter().map(Vec::len))
}

/// Columns of items as columns of lists that begin and end at `offsets`.
pub(super) fn as_lists(offsets: &OffsetBuffer<i64>, items: Vec<ArrayRef>) -> Vec<ArrayRef> {
    let lists = items.into_iter().map(|values| {
        let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
        Arc::new(LargeListArray::new(item, offsets.clone(), values, None)) as ArrayRef
    });
    lists.collect()
}

/// The lists of a state in the types that are worked with, and only the part of their items that
/// these rows hold: a batch of states is often a slice of a long one.
pub(super) fn read_lists(
    call: &Call,
    state: &[ArrayRef],
    types: &[DataType],
) -> Result<Vec<LargeListArray>> {
    let lists = state.iter().zip(types).map(|(column, item)| {
        let list = exact_cast(column, &list_type(item))?;
        Ok(trimmed(list.as_list::<i64>()))
    });
    let lists: Vec<LargeListArray> = lists.collect::<Result<_>>()?;
    let agree = |list: &LargeListArray| list.offsets() == lists[0].offsets();
    if lists.iter().all(agree) && lists.len() == types.len() {
        return Ok(lists);
    }
    exec_err!(
        "{}: the lists of a stored state differ in length; states of different forms, or of different \
         numbers of conditions, cannot be put together",
        call.spec.name
    )
}

/// Where the items of a row stand among the items of all rows.
pub(super) fn list_range(list: &LargeListArray, row: usize) -> Range<usize> {
    offset(list.offsets()[row])..offset(list.offsets()[row + 1])
}

/// The same lists, with offsets that begin at 0 and no items but their own.
fn trimmed(list: &LargeListArray) -> LargeListArray {
    let (start, end) = (list.offsets()[0], list.offsets()[list.len()]);
    let rebased: ScalarBuffer<i64> = list.offsets().iter().map(|offset| offset - start).collect();
    let items = list.values().slice(offset(start), offset(end - start));
    let item = Arc::new(Field::new_list_field(items.data_type().clone(), true));
    LargeListArray::new(item, OffsetBuffer::new(rebased), items, list.nulls().cloned())
}

fn offset(offset: i64) -> usize {
    usize::try_from(offset).unwrap_or_default()
}
