//! What metrics collect that need every row until the end: a list of items per group.

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::datatypes::FieldRef;
use datafusion_common::Result;

use super::call::{Call, state_field};
use super::collection::Collection;
use super::fold::ListFold;
use super::invalid::row_error;
use super::list_columns::{as_lists, list_range, list_type, offsets, read_lists};
use super::output::Output;
use super::rows::{Columns, Selection};
use super::state::Stored;

/// The items of all groups, by group number.
#[derive(Debug)]
pub(super) struct Lists<L: ListFold> {
    call: Call,
    fold: L,
    items: Vec<Vec<L::Item>>,
    /// How many items the lists have room for, all together.
    room: usize,
}

impl<L: ListFold> Collection for Lists<L> {
    fn new(call: Call) -> Result<Self> {
        Ok(Self { fold: L::with(&call.settings), call, items: vec![], room: 0 })
    }

    fn call(&self) -> &Call {
        &self.call
    }

    fn groups(&self) -> usize {
        self.items.len()
    }

    fn grow(&mut self, groups: usize) {
        self.items.resize_with(groups, Vec::new);
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let args = self.call.row_args(args);
        let input = L::Input::open(args)?;
        let Self { fold, items, room, .. } = self;
        Selection::new(args, filter)
            .visit(|row| {
                push(&mut items[group_of(row)], room, fold.item(input.row(row))?);
                Ok(())
            })
            .map_err(|(row, why)| row_error(&self.call, args, row, why))
    }

    fn merge(&mut self, state: &[ArrayRef], group_of: impl Fn(usize) -> usize) -> Result<()> {
        let lists = read_lists(&self.call, state, L::Item::TYPES)?;
        let columns: Vec<_> = lists.iter().map(|list| ArrayRef::clone(list.values())).collect();
        let items = L::Item::read(&columns)?;
        for row in 0..lists[0].len() {
            if lists[0].is_valid(row) {
                for item in &items[list_range(&lists[0], row)] {
                    push(&mut self.items[group_of(row)], &mut self.room, *item);
                }
            }
        }
        Ok(())
    }

    fn results(&self, groups: usize) -> Result<ArrayRef> {
        // The result of a window is asked for more than once, so the items must stay.
        let result = |items: &Vec<L::Item>| self.fold.finish(&mut items.clone());
        L::Output::column(self.call.spec.name, self.items[..groups].iter().map(result).collect())
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let lists = &self.items[..groups];
        Ok(as_lists(&offsets(lists), L::Item::columns(&lists.concat())))
    }

    fn remove_first(&mut self, groups: usize) {
        self.room -= self.items.drain(..groups).map(|list| list.capacity()).sum::<usize>();
    }

    fn size(&self) -> usize {
        self.items.capacity() * size_of::<Vec<L::Item>>() + self.room * size_of::<L::Item>()
    }
}

fn push<T>(list: &mut Vec<T>, room: &mut usize, item: T) {
    let before = list.capacity();
    list.push(item);
    *room += list.capacity() - before;
}

/// The columns of the state of `L`.
pub(super) fn state_fields<L: ListFold>() -> Vec<FieldRef> {
    let named = L::ITEM.iter().zip(L::Item::TYPES);
    named.map(|(name, data_type)| state_field(name, list_type(data_type))).collect()
}
