//! A metric over customers in two levels, with no table of customers: what is known of each comes
//! from an aggregate by customer, and a second one counts customers, each of whom comes once.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StructArray, UInt64Array};
use arrow::buffer::NullBuffer;
use arrow::compute::kernels::nullif::nullif;
use arrow::compute::{filter, is_not_null, take};
use arrow::datatypes::{DataType, FieldRef, Fields};
use datafusion_common::{Result, exec_err};

use super::call::{Call, state_field};
use super::collection::Collection;
use super::entities::after_ids;
use super::fold::EntityFold;
use super::id::IdColumn;
use super::invalid::{apart, overflow, row_error};
use super::output::Output;
use super::rows::{Columns, Selection};
use super::state::Stored;
use super::tally::Tally;
use crate::math::Part;

/// `f_entry`: what is known of the one customer whom a group is about. Nothing is known, which is
/// NULL, of a customer none of whose rows counts.
#[derive(Debug)]
pub(super) struct Entries<E: EntityFold> {
    call: Call,
    fold: E,
    by_group: Vec<E::Entry>,
    known: Vec<bool>,
}

impl<E: EntityFold> Collection for Entries<E> {
    fn new(call: Call) -> Result<Self> {
        Ok(Self { fold: E::with(&call.settings), call, by_group: vec![], known: vec![] })
    }

    fn call(&self) -> &Call {
        &self.call
    }

    fn groups(&self) -> usize {
        self.by_group.len()
    }

    fn grow(&mut self, groups: usize) {
        self.by_group.resize(groups, E::Entry::default());
        self.known.resize(groups, false);
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let Self { call, fold, by_group, known } = self;
        let args = call.row_args(args);
        let ids = call.form.ids();
        let input = E::Input::open(&args[ids..])?;
        let selection = Selection::new(&args[..call.form.required()], filter);
        let updated = selection.visit(|row| {
            let group = group_of(row);
            known[group] = true;
            fold.update(&mut by_group[group], input.row_or_default(row))
        });
        updated.map_err(|(row, why)| row_error(call, args, row, after_ids(why, ids)))
    }

    fn merge(&mut self, state: &[ArrayRef], group_of: impl Fn(usize) -> usize) -> Result<()> {
        let Some(first) = state.first() else {
            return exec_err!("{}: an entry without columns", self.call.spec.name);
        };
        let there = is_not_null(first)?;
        let state = state.iter().map(|column| filter(column, &there));
        let parts = E::Entry::read(&state.collect::<Result<Vec<_>, _>>()?)?;
        for (row, part) in there.values().set_indices().zip(&parts) {
            let group = group_of(row);
            self.known[group] = true;
            self.by_group[group].merge(part).map_err(|_| apart::<E>(&self.call))?;
        }
        Ok(())
    }

    fn results(&self, groups: usize) -> Result<ArrayRef> {
        let columns = E::Entry::columns(&self.by_group[..groups]);
        let known: NullBuffer = self.known[..groups].iter().copied().collect();
        Ok(Arc::new(StructArray::try_new(entry_fields::<E>(), columns, Some(known))?))
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let unknown: BooleanArray = self.known[..groups].iter().map(|known| Some(!known)).collect();
        let columns = E::Entry::columns(&self.by_group[..groups]);
        columns.iter().map(|column| Ok(nullif(column, &unknown)?)).collect()
    }

    fn remove_first(&mut self, groups: usize) {
        self.by_group.drain(..groups);
        self.known.drain(..groups);
    }

    fn size(&self) -> usize {
        self.by_group.capacity() * size_of::<E::Entry>() + self.known.capacity()
    }
}

/// The fields of what `f_entry` returns, and the columns of its state.
fn entry_fields<E: EntityFold>() -> Fields {
    let named = E::ENTRY.iter().zip(E::Entry::TYPES);
    named.map(|(name, data_type)| state_field(name, data_type.clone())).collect()
}

/// The columns of the state of `f_entry`.
pub(super) fn entry_state<E: EntityFold>(_: &Call) -> Vec<FieldRef> {
    entry_fields::<E>().iter().cloned().collect()
}

/// `f_of_entries`: the metric of customers of whom all is known, each of whom comes once.
#[derive(Debug)]
pub(super) struct Tallies<E: EntityFold> {
    call: Call,
    fold: E,
    by_group: Vec<E::Tally>,
    /// What the tallies hold besides themselves, in bytes.
    held: usize,
}

impl<E: EntityFold<Tally: Tally>> Collection for Tallies<E> {
    fn new(call: Call) -> Result<Self> {
        Ok(Self { fold: E::with(&call.settings), call, by_group: vec![], held: 0 })
    }

    fn call(&self) -> &Call {
        &self.call
    }

    fn groups(&self) -> usize {
        self.by_group.len()
    }

    fn grow(&mut self, groups: usize) {
        self.by_group.resize_with(groups, Default::default);
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let Self { call, fold, by_group, held } = self;
        let args = call.row_args(args);
        let [ids, entries] = args else {
            return exec_err!("{}: a customer and an entry were planned", call.spec.name);
        };
        let rows = Selection::new(args, filter).map(|row| row);
        let entries = read_entries::<E>(entries, &rows)?;
        let ids = IdColumn::open(std::slice::from_ref(ids), &call.id)?;
        for (&row, entry) in rows.iter().zip(&entries) {
            let tally = &mut by_group[group_of(row)];
            let before = tally.held();
            fold.count(tally, ids.get(row), entry).map_err(|_| overflow(call))?;
            *held = *held + tally.held() - before;
        }
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], group_of: impl Fn(usize) -> usize) -> Result<()> {
        for (row, part) in E::Tally::from_columns(&self.call, state)?.iter().enumerate() {
            let tally = &mut self.by_group[group_of(row)];
            let before = tally.held();
            tally.take_in(part).map_err(|_| overflow(&self.call))?;
            self.held = self.held + tally.held() - before;
        }
        Ok(())
    }

    fn results(&self, groups: usize) -> Result<ArrayRef> {
        // The result of a window is asked for more than once, so the tallies must stay.
        let result = |tally: &E::Tally| self.fold.finish(&mut tally.clone());
        let results = self.by_group[..groups].iter().map(result).collect();
        E::Output::column(self.call.spec.name, results)
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        Ok(E::Tally::as_columns(&self.by_group[..groups]))
    }

    fn remove_first(&mut self, groups: usize) {
        self.held -= self.by_group.drain(..groups).map(|tally| tally.held()).sum::<usize>();
    }

    fn size(&self) -> usize {
        self.by_group.capacity() * size_of::<E::Tally>() + self.held
    }
}

/// What `f_entry` returned in these rows, in which it is not NULL.
fn read_entries<E: EntityFold>(entries: &ArrayRef, rows: &[usize]) -> Result<Vec<E::Entry>> {
    let chosen = if rows.len() == entries.len() {
        ArrayRef::clone(entries)
    } else {
        take(entries, &rows.iter().map(|&row| row as u64).collect::<UInt64Array>(), None)?
    };
    let columns = E::ENTRY.iter().map(|name| {
        let column = chosen.as_struct().column_by_name(name);
        column.map_or_else(|| exec_err!("an entry has no {name}"), |of| Ok(ArrayRef::clone(of)))
    });
    E::Entry::read(&columns.collect::<Result<Vec<_>>>()?)
}

/// The columns of the state of `f_of_entries`.
pub(super) fn tally_state<E: EntityFold<Tally: Tally>>(_: &Call) -> Vec<FieldRef> {
    let types = E::Tally::types().into_iter().enumerate();
    types.map(|(at, data_type)| state_field(&format!("tally_{at}"), data_type)).collect()
}

/// The type of an entry.
pub(super) fn entry_type<E: EntityFold>() -> DataType {
    DataType::Struct(entry_fields::<E>())
}
