//! Accumulators of metrics over customers, from raw events.
//!
//! A state is two or more lists per group, side by side: who, and what is known of each.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, LargeListArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion_common::{Result, ScalarValue, exec_err, internal_datafusion_err};
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::call::{Call, state_field};
use super::entity_table::EntityTable;
use super::fold::{EntityFold, Output};
use super::ids::IdColumn;
use super::invalid::{Invalid, overflow, row_error};
use super::rows::{Columns, Selection};
use super::state::{State, exact_cast};
use super::ungrouped::first_row;

/// The field of a state that holds the customer ids.
pub(super) const CUSTOMERS: &str = "customers";

/// The customers of all groups.
#[derive(Debug)]
pub(super) struct GroupedEntities<E: EntityFold> {
    call: Call,
    table: EntityTable<E::Entry>,
    groups: usize,
}

impl<E: EntityFold> GroupedEntities<E> {
    pub(super) fn new(call: Call) -> Self {
        Self { call, table: EntityTable::new(), groups: 0 }
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let (ids, input) = open::<E>(&self.call, args)?;
        Selection::new(&args[..1], filter)
            .visit(|row| {
                let entry = self.table.entry(group_of(row), ids.get(row))?;
                E::update(entry, input.row_or_default(row)).map_err(after_id)
            })
            .map_err(|(row, why)| row_error(&self.call, args, row, why))
    }

    fn merge(&mut self, state: &[ArrayRef], group_of: impl Fn(usize) -> usize) -> Result<()> {
        let lists = lists_of::<E>(&self.call, state)?;
        let [customers, known @ ..] = lists.as_slice() else {
            return exec_err!("{}: a state without customers", self.call.spec.name);
        };
        if customers.values().logical_null_count() > 0 {
            return exec_err!(
                "{}: a stored state has a customer without an id",
                self.call.spec.name
            );
        }
        let ids = IdColumn::open(customers.values(), &self.call.id)?;
        let known: Vec<_> = known.iter().map(|list| ArrayRef::clone(list.values())).collect();
        let entries = E::Entry::read(&known)?;
        for row in 0..customers.len() {
            if customers.is_null(row) {
                continue;
            }
            for at in list_range(customers, row) {
                let entry = self
                    .table
                    .entry(group_of(row), ids.get(at))
                    .map_err(|_| overflow(&self.call))?;
                crate::math::Part::merge(entry, &entries[at]).map_err(|_| overflow(&self.call))?;
            }
        }
        Ok(())
    }

    fn finish(&self, groups: usize) -> Result<ArrayRef> {
        let mut states = vec![E::State::default(); groups];
        for (group, entry) in self.table.entries() {
            if let Some(state) = states.get_mut(group) {
                E::count(state, entry).map_err(|_| overflow(&self.call))?;
            }
        }
        E::Output::column(&self.call, states.iter().map(E::finish))
    }

    fn columns(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let by_group = self.table.by_group(groups);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(by_group.offsets));
        let ids = self.table.ids().column(&by_group.slots, &self.call.id)?;
        let known = E::Entry::columns(&self.table.entries_at(&by_group.slots));
        Ok(as_lists(&offsets, ids, known))
    }

    fn grow(&mut self, groups: usize) {
        self.groups = self.groups.max(groups);
    }

    /// How many groups are to be emitted.
    fn emitted(&self, emit_to: EmitTo) -> usize {
        match emit_to {
            EmitTo::All => self.groups,
            EmitTo::First(groups) => groups,
        }
    }

    fn forget(&mut self, emit_to: EmitTo) {
        match emit_to {
            EmitTo::All => *self = Self::new(self.call.clone()),
            EmitTo::First(groups) => {
                self.table.remove_first(groups);
                self.groups -= groups;
            }
        }
    }
}

impl<E: EntityFold> GroupsAccumulator for GroupedEntities<E> {
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
        let column = self.finish(self.emitted(emit_to))?;
        self.forget(emit_to);
        Ok(column)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let columns = self.columns(self.emitted(emit_to))?;
        self.forget(emit_to);
        Ok(columns)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        // Every row is a group of its own here, so each list has one customer or none.
        let mut alone = Self::new(self.call.clone());
        let rows = values.first().map_or(0, Array::len);
        alone.grow(rows);
        alone.update(values, opt_filter, |row| row)?;
        alone.columns(rows)
    }

    fn size(&self) -> usize {
        self.table.size()
    }
}

/// The customers of a query without GROUP BY: one group.
pub(super) struct UngroupedEntities<E: EntityFold>(GroupedEntities<E>);

impl<E: EntityFold> UngroupedEntities<E> {
    pub(super) fn new(call: Call) -> Self {
        let mut all = GroupedEntities::new(call);
        all.grow(1);
        Self(all)
    }
}

impl<E: EntityFold> fmt::Debug for UngroupedEntities<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} over customers", self.0.call.spec.name)
    }
}

impl<E: EntityFold> Accumulator for UngroupedEntities<E> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.update(values, None, |_| 0)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge(states, |_| 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        first_row(&self.0.columns(1)?)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.0.finish(1)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.size()
    }
}

/// The columns of the state of `E`.
pub(super) fn state_fields<E: EntityFold>(call: &Call) -> Vec<FieldRef> {
    let customers = state_field(CUSTOMERS, list_type(&call.id));
    let known = E::ENTRY.iter().zip(E::Entry::TYPES);
    std::iter::once(customers)
        .chain(known.map(|(name, data_type)| state_field(name, list_type(data_type))))
        .collect()
}

fn list_type(item: &DataType) -> DataType {
    DataType::LargeList(Arc::new(Field::new_list_field(item.clone(), true)))
}

fn open<E: EntityFold>(call: &Call, args: &[ArrayRef]) -> Result<(IdColumn, E::Input)> {
    let (id, rest) = args
        .split_first()
        .ok_or_else(|| internal_datafusion_err!("a call with no arguments was planned"))?;
    Ok((IdColumn::open(id, &call.id)?, E::Input::open(rest)?))
}

/// What the function says of its own arguments, counted with the customer id before them.
fn after_id(why: Invalid) -> Invalid {
    match why {
        Invalid::Argument { index, rule } => Invalid::argument(index + 1, rule),
        Invalid::Overflow => Invalid::Overflow,
    }
}

fn as_lists(offsets: &OffsetBuffer<i64>, ids: ArrayRef, known: Vec<ArrayRef>) -> Vec<ArrayRef> {
    std::iter::once(ids)
        .chain(known)
        .map(|values| {
            let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
            Arc::new(LargeListArray::new(item, offsets.clone(), values, None)) as ArrayRef
        })
        .collect()
}

/// The lists of a state in the types that are worked with, and only the part of their items that
/// these rows hold: a batch of states is often a slice of a long one.
fn lists_of<E: EntityFold>(call: &Call, state: &[ArrayRef]) -> Result<Vec<LargeListArray>> {
    let types = std::iter::once(&call.id).chain(E::Entry::TYPES);
    let lists = state.iter().zip(types).map(|(column, item)| {
        let list = exact_cast(column, &list_type(item))?;
        Ok(trimmed(list.as_list::<i64>()))
    });
    let lists: Vec<LargeListArray> = lists.collect::<Result<_>>()?;
    let agree = |list: &LargeListArray| list.offsets() == lists[0].offsets();
    if lists.iter().all(agree) {
        return Ok(lists);
    }
    exec_err!("{}: the lists of a stored state differ in length", call.spec.name)
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

fn list_range(list: &LargeListArray, row: usize) -> std::ops::Range<usize> {
    offset(list.offsets()[row])..offset(list.offsets()[row + 1])
}
