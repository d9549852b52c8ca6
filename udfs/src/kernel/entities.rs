//! What metrics over customers collect, from raw events.
//!
//! A state is two or more lists per group, side by side: who, and what is known of each.

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::FieldRef;
use datafusion_common::{Result, exec_err};

use super::call::{Call, state_field};
use super::collection::Collection;
use super::entity_part::Expected;
use super::entity_table::{BATCH, EntityTable, GroupedRow};
use super::fold::EntityFold;
use super::id::{Id, IdColumn, id_column};
use super::invalid::{Invalid, apart, overflow, row_error};
use super::key_numbers::KeyRange;
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

/// The arguments for the rows of a batch, and which of them count.
pub(super) struct Rows<'a, E: EntityFold> {
    pub args: &'a [ArrayRef],
    pub ids: IdColumn,
    pub input: E::Input,
    pub selection: Selection,
}

impl<'a, E: EntityFold> Rows<'a, E> {
    /// Reads the arguments of a call.
    pub(super) fn open(
        call: &Call,
        args: &'a [ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Self> {
        let args = call.row_args(args);
        let first = call.form.ids();
        Ok(Self {
            args,
            ids: IdColumn::open(&args[..first], &call.id)?,
            input: E::Input::open(&args[first..])?,
            selection: Selection::new(&args[..call.form.required()], filter),
        })
    }
}

impl<E: EntityFold> Entities<E> {
    /// Takes in rows of these groups, or all of the first, of customers who are known by these ids.
    pub(super) fn update_rows(
        &mut self,
        rows: &Rows<'_, E>,
        ids: &IdColumn,
        groups: Option<&[usize]>,
    ) -> Result<()> {
        match (rows.selection.all(), ids) {
            (Some(_), IdColumn::Integers(ids)) => self.update_all(rows, ids, groups),
            _ => self.update_listed(rows, ids, |row| groups.map_or(0, |groups| groups[row])),
        }
    }

    /// Takes in rows of any groups, of customers who are known by these ids.
    fn update_listed(
        &mut self,
        rows: &Rows<'_, E>,
        ids: &IdColumn,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let listed = rows.selection.map(|row| GroupedRow { row, group: group_of(row) });
        let mut numbers = Vec::with_capacity(BATCH);
        for batch in listed.chunks(BATCH) {
            self.table.numbers(batch, ids, &mut numbers).map_err(|_| overflow(&self.call))?;
            self.update_entries(rows, &numbers, |at| batch[at].row)?;
        }
        Ok(())
    }

    /// Takes in all rows, of customers who are known by these ids, and of these groups, or all of the first.
    fn update_all(
        &mut self,
        rows: &Rows<'_, E>,
        ids: &ScalarBuffer<i64>,
        groups: Option<&[usize]>,
    ) -> Result<()> {
        let mut numbers = Vec::with_capacity(BATCH);
        for start in (0..ids.len()).step_by(BATCH) {
            let batch = start..ids.len().min(start + BATCH);
            let of_batch = groups.map(|groups| &groups[batch.clone()]);
            let are_places = self.table.numbers_of(&ids[batch.clone()], of_batch, &mut numbers);
            if !are_places.map_err(|_| overflow(&self.call))? {
                let group = |row: usize| groups.map_or(0, |groups| groups[row]);
                let listed = batch.map(|row| GroupedRow { row, group: group(row) });
                let listed: Vec<_> = listed.collect();
                let ids = IdColumn::Integers(ids.clone());
                let found = self.table.numbers(&listed, &ids, &mut numbers);
                found.map_err(|_| overflow(&self.call))?;
            }
            self.update_entries(rows, &numbers, |at| start + at)?;
        }
        Ok(())
    }

    /// Adds what some rows tell to the entries with these numbers.
    #[inline]
    fn update_entries(
        &mut self,
        rows: &Rows<'_, E>,
        numbers: &[u32],
        row_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let Self { call, fold, table, .. } = self;
        let updated = table.with_entries(numbers, |at, entry| {
            let row = row_of(at);
            fold.update(entry, rows.input.row_or_default(row)).map_err(|why| (row, why))
        });
        updated
            .map_err(|(row, why)| row_error(call, rows.args, row, after_ids(why, call.form.ids())))
    }

    /// Makes room at once for ids of a range, if they are integers. The least and the greatest of texts can
    /// look like such a range.
    pub(super) fn expect_ids(&mut self, ids: KeyRange, of: Expected) -> Result<()> {
        if !self.call.id.is_integer() {
            return Ok(());
        }
        let expected = match of {
            Expected::OneGroup => self.table.expect(ids),
            Expected::Groups => self.table.expect_homes(ids),
        };
        expected.map_err(|_| overflow(&self.call))
    }

    /// Takes in the customers of another one for the same call, whose groups have these numbers here.
    pub(super) fn take_in(&mut self, other: &Self, groups: &[usize]) -> Result<()> {
        self.make_room(groups.iter().max().map_or(0, |group| group + 1));
        if self.table.take_in(&other.table, groups).map_err(|_| apart::<E>(&self.call))? {
            return Ok(());
        }
        let state = other.states(groups.len())?;
        self.merge(&state, |group| groups[group])
    }

    /// How many customers have to be looked for, each counted once for every group.
    pub(super) fn hashed_customers(&self) -> usize {
        self.table.hashed()
    }

    /// The results of the first groups, of customers who are known by other ids than those of the call.
    pub(super) fn results_of<'a>(
        &'a self,
        groups: usize,
        id_of: impl Fn(Id<'a>) -> Id<'a>,
    ) -> Result<ArrayRef> {
        let mut tallies = vec![E::Tally::default(); groups];
        let counted = self.table.visit(|group, id, entry| {
            let tally = tallies.get_mut(group);
            tally.map_or(Ok(()), |tally| self.fold.count(tally, id_of(id), entry))
        });
        counted.map_err(|_| overflow(&self.call))?;
        let results = tallies.iter_mut().map(|tally| self.fold.finish(tally)).collect();
        E::Output::column(self.call.spec.name, results)
    }

    /// The states of the first groups, of customers who are known by other ids than those of the call.
    pub(super) fn states_of<'a>(
        &'a self,
        groups: usize,
        id_of: impl Fn(Id<'a>) -> Id<'a>,
    ) -> Result<Vec<ArrayRef>> {
        let by_group = self.table.by_group(groups);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(by_group.offsets));
        let customers = || by_group.slots.iter().map(|&number| self.table.get(number));
        let ids = id_column(customers().map(|(id, _)| Some(id_of(id))), &self.call.id)?;
        let known = E::Entry::columns(&customers().map(|(_, entry)| *entry).collect::<Vec<_>>());
        Ok(as_lists(&offsets, std::iter::once(ids).chain(known).collect()))
    }
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
        let rows = Rows::open(&self.call, args, filter)?;
        self.update_listed(&rows, &rows.ids, group_of)
    }

    fn update_first(&mut self, args: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<()> {
        let rows = Rows::open(&self.call, args, filter)?;
        self.update_rows(&rows, &rows.ids, None)
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
            merged.map_err(|_| apart::<E>(&self.call))?;
        }
        Ok(())
    }

    fn results(&self, groups: usize) -> Result<ArrayRef> {
        self.results_of(groups, |id| id)
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        self.states_of(groups, |id| id)
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
