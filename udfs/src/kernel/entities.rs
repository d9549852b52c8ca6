//! Accumulators of metrics over customers, from raw events.
//!
//! A state is two or more lists per group, side by side: who, and what is known of each.

use std::fmt;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::FieldRef;
use datafusion_common::{Result, ScalarValue, exec_err};
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::call::{Call, state_field};
use super::entity_table::EntityTable;
use super::fold::EntityFold;
use super::id::IdColumn;
use super::invalid::{Invalid, overflow, row_error};
use super::list_columns::{as_lists, list_range, list_type, read_lists};
use super::output::Output;
use super::rows::{Columns, Selection};
use super::state::Stored;
use super::ungrouped::first_row;

/// The field of a state that holds the ids.
pub(super) const IDS: &str = "ids";

/// The customers of all groups.
#[derive(Debug)]
pub(super) struct GroupedEntities<E: EntityFold> {
    call: Call,
    fold: E,
    table: EntityTable<E::Entry>,
    groups: usize,
}

impl<E: EntityFold> GroupedEntities<E> {
    pub(super) fn new(call: Call) -> Self {
        Self { fold: E::with(&call.settings), call, table: EntityTable::new(), groups: 0 }
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let Self { call, fold, table, .. } = self;
        let args = call.row_args(args);
        let first = call.form.ids();
        let ids = IdColumn::open(&args[..first], &call.id)?;
        let input = E::Input::open(&args[first..])?;
        Selection::new(&args[..call.form.required()], filter)
            .visit(|row| {
                let entry = table.entry(group_of(row), ids.get(row))?;
                fold.update(entry, input.row_or_default(row)).map_err(|why| after_ids(why, first))
            })
            .map_err(|(row, why)| row_error(call, args, row, why))
    }

    fn merge(&mut self, state: &[ArrayRef], group_of: impl Fn(usize) -> usize) -> Result<()> {
        let types: Vec<_> =
            std::iter::once(self.call.id.clone()).chain(E::Entry::TYPES.iter().cloned()).collect();
        let lists = read_lists(&self.call, state, &types)?;
        let [customers, known @ ..] = lists.as_slice() else {
            return exec_err!("{}: a state without customers", self.call.spec.name);
        };
        if customers.values().logical_null_count() > 0 {
            return exec_err!(
                "{}: a stored state has a customer without an id",
                self.call.spec.name
            );
        }
        let ids = IdColumn::open(&[ArrayRef::clone(customers.values())], &self.call.id)?;
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
        let mut tallies = vec![E::Tally::default(); groups];
        for (group, id, entry) in self.table.entries() {
            if let Some(tally) = tallies.get_mut(group) {
                self.fold.count(tally, id, entry).map_err(|_| overflow(&self.call))?;
            }
        }
        let results = tallies.iter_mut().map(|tally| self.fold.finish(tally)).collect();
        E::Output::column(self.call.spec.name, results)
    }

    fn columns(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let by_group = self.table.by_group(groups);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(by_group.offsets));
        let ids = self.table.ids().column(&by_group.slots, &self.call.id)?;
        let known = E::Entry::columns(&self.table.entries_at(&by_group.slots));
        Ok(as_lists(&offsets, std::iter::once(ids).chain(known).collect()))
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
    let customers = state_field(IDS, list_type(&call.id));
    let known = E::ENTRY.iter().zip(E::Entry::TYPES);
    std::iter::once(customers)
        .chain(known.map(|(name, data_type)| state_field(name, list_type(data_type))))
        .collect()
}

/// What the function says of its own arguments, counted with the ids before them.
fn after_ids(why: Invalid, ids: usize) -> Invalid {
    match why {
        Invalid::Argument { index, rule } => Invalid::Argument { index: index + ids, rule },
        Invalid::Range { index, min, max } => Invalid::Range { index: index + ids, min, max },
        Invalid::Overflow => Invalid::Overflow,
    }
}
