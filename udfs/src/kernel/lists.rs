//! Accumulators of metrics that need every row until the end: a list of items per group.

use std::fmt;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::FieldRef;
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::call::{Call, state_field};
use super::fold::ListFold;
use super::invalid::row_error;
use super::list_columns::{as_lists, list_range, list_type, read_lists};
use super::output::Output;
use super::rows::{Columns, Selection};
use super::state::Stored;
use super::ungrouped::first_row;

/// The items of all groups, by group number.
pub(super) struct GroupedLists<L: ListFold> {
    call: Call,
    fold: L,
    lists: Vec<Vec<L::Item>>,
    /// How many items the lists have room for, all together.
    room: usize,
}

impl<L: ListFold> GroupedLists<L> {
    pub(super) fn new(call: Call) -> Self {
        Self { fold: L::with(&call.settings), call, lists: vec![], room: 0 }
    }

    fn grow(&mut self, groups: usize) {
        if groups > self.lists.len() {
            self.lists.resize_with(groups, Vec::new);
        }
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let args = self.call.row_args(args);
        let input = L::Input::open(args)?;
        let Self { fold, lists, room, .. } = self;
        Selection::new(args, filter)
            .visit(|row| {
                push(&mut lists[group_of(row)], room, fold.item(input.row(row))?);
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
                    push(&mut self.lists[group_of(row)], &mut self.room, *item);
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, emit_to: EmitTo) -> Vec<Vec<L::Item>> {
        let lists = emit_to.take_needed(&mut self.lists);
        self.room -= lists.iter().map(Vec::capacity).sum::<usize>();
        lists
    }

    fn results(&self, lists: &mut [Vec<L::Item>]) -> Result<ArrayRef> {
        let results = lists.iter_mut().map(|items| self.fold.finish(items)).collect();
        L::Output::column(self.call.spec.name, results)
    }

    fn bytes(&self) -> usize {
        self.lists.capacity() * size_of::<Vec<L::Item>>() + self.room * size_of::<L::Item>()
    }
}

fn push<T>(list: &mut Vec<T>, room: &mut usize, item: T) {
    let before = list.capacity();
    list.push(item);
    *room += list.capacity() - before;
}

fn columns<T: Stored>(lists: &[Vec<T>]) -> Vec<ArrayRef> {
    let mut end = 0_i64;
    let ends = lists.iter().map(|list| {
        end = end.saturating_add_unsigned(list.len() as u64);
        end
    });
    let offsets: ScalarBuffer<i64> = std::iter::once(0).chain(ends).collect();
    as_lists(&OffsetBuffer::new(offsets), T::columns(&lists.concat()))
}

impl<L: ListFold> GroupsAccumulator for GroupedLists<L> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        self.update(values, opt_filter, |row| group_indices[row])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        self.merge(values, |row| group_indices[row])
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let mut lists = self.take(emit_to);
        self.results(&mut lists)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(columns(&self.take(emit_to)))
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        // Every row is a group of its own here, so each list has one item or none.
        let mut alone = Self::new(self.call.clone());
        alone.grow(values.first().map_or(0, Array::len));
        alone.update(values, opt_filter, |row| row)?;
        Ok(columns(&alone.lists))
    }

    fn size(&self) -> usize {
        self.bytes()
    }
}

/// The items of a query without GROUP BY: one list.
pub(super) struct UngroupedList<L: ListFold>(GroupedLists<L>);

impl<L: ListFold> UngroupedList<L> {
    pub(super) fn new(call: Call) -> Self {
        let mut all = GroupedLists::new(call);
        all.grow(1);
        Self(all)
    }
}

impl<L: ListFold> fmt::Debug for UngroupedList<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} over a list", self.0.call.spec.name)
    }
}

impl<L: ListFold> Accumulator for UngroupedList<L> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.update(values, None, |_| 0)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge(states, |_| 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        first_row(&columns(&self.0.lists))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        // The result is asked for more than once in cumulative windows, so the items must stay.
        let mut lists = self.0.lists.clone();
        ScalarValue::try_from_array(&self.0.results(&mut lists)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.bytes()
    }
}

/// The columns of the state of `L`.
pub(super) fn state_fields<L: ListFold>() -> Vec<FieldRef> {
    let named = L::ITEM.iter().zip(L::Item::TYPES);
    named.map(|(name, data_type)| state_field(name, list_type(data_type))).collect()
}
