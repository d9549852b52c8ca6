//! What metrics over customers collect, from raw events.
//!
//! A state is two or more lists per group, side by side: who, and what is known of each.

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::FieldRef;
use datafusion_common::{Result, exec_err};

use super::call::{Call, state_field};
use super::collection::Collection;
use super::entity_table::{BATCH, EntityTable, GroupedRow};
use super::fold::EntityFold;
use super::id::{IdColumn, id_column};
use super::invalid::{Invalid, overflow, row_error};
use super::list_columns::{as_lists, list_range, list_type, read_lists};
use super::output::Output;
use super::rows::{Columns, Selection};
use super::state::Stored;
use crate::math::Part;

/// The field of a state that holds the ids.
pub(super) const IDS: &str = "ids";

/// The customers of all groups.
#[derive(Debug)]
pub(super) struct Entities<E: EntityFold> {
    call: Call,
    fold: E,
    table: EntityTable<E::Entry>,
    groups: usize,
}

impl<E: EntityFold> Collection for Entities<E> {
    fn new(call: Call) -> Result<Self> {
        Ok(Self { fold: E::with(&call.settings), call, table: EntityTable::new(), groups: 0 })
    }

    fn call(&self) -> &Call {
        &self.call
    }

    fn groups(&self) -> usize {
        self.groups
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
        let selection = Selection::new(&args[..call.form.required()], filter);
        let rows = selection.map(|row| GroupedRow { row, group: group_of(row) });
        let mut numbers = Vec::with_capacity(BATCH);
        for batch in rows.chunks(BATCH) {
            table.numbers(batch, &ids, &mut numbers).map_err(|_| overflow(call))?;
            let updated = table.with_entries(&numbers, |at, entry| {
                let row = batch[at].row;
                fold.update(entry, input.row_or_default(row)).map_err(|why| (row, why))
            });
            updated.map_err(|(row, why)| row_error(call, args, row, after_ids(why, first)))?;
        }
        Ok(())
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
        let rows = (0..customers.len()).filter(|&row| customers.is_valid(row));
        let mut rows = rows.flat_map(|row| {
            let group = group_of(row);
            list_range(customers, row).map(move |row| GroupedRow { row, group })
        });
        let (mut batch, mut numbers) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
        loop {
            batch.clear();
            batch.extend(rows.by_ref().take(BATCH));
            if batch.is_empty() {
                break;
            }
            self.table.numbers(&batch, &ids, &mut numbers).map_err(|_| overflow(&self.call))?;
            let merged =
                self.table.with_entries(&numbers, |at, entry| entry.merge(&entries[batch[at].row]));
            merged.map_err(|_| overflow(&self.call))?;
        }
        Ok(())
    }

    fn results(&self, groups: usize) -> Result<ArrayRef> {
        let mut tallies = vec![E::Tally::default(); groups];
        let counted = self.table.visit(|group, id, entry| {
            let tally = tallies.get_mut(group);
            tally.map_or(Ok(()), |tally| self.fold.count(tally, id, entry))
        });
        counted.map_err(|_| overflow(&self.call))?;
        let results = tallies.iter_mut().map(|tally| self.fold.finish(tally)).collect();
        E::Output::column(self.call.spec.name, results)
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let by_group = self.table.by_group(groups);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(by_group.offsets));
        let customers = || by_group.slots.iter().map(|&number| self.table.get(number));
        let ids = id_column(customers().map(|(id, _)| Some(id)), &self.call.id)?;
        let known = E::Entry::columns(&customers().map(|(_, entry)| *entry).collect::<Vec<_>>());
        Ok(as_lists(&offsets, std::iter::once(ids).chain(known).collect()))
    }

    fn grow(&mut self, groups: usize) {
        self.groups = groups;
    }

    fn remove_first(&mut self, groups: usize) {
        self.table.remove_first(groups);
        self.groups -= groups;
    }

    fn size(&self) -> usize {
        self.table.size()
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
pub(super) fn after_ids(why: Invalid, ids: usize) -> Invalid {
    match why {
        Invalid::Argument { index, rule } => Invalid::Argument { index: index + ids, rule },
        Invalid::Range { index, min, max } => Invalid::Range { index: index + ids, min, max },
        Invalid::Overflow => Invalid::Overflow,
    }
}
