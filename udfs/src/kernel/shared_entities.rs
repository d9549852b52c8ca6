//! Customers whom several threads know by the same numbers, in a query without GROUP BY: a thread keeps
//! an entry for each number, and what two threads know is put together without looking for anybody.

use std::any::Any;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::DataType;
use datafusion_common::{Result, internal_err};

use super::call::Call;
use super::entities::{Rows, after_ids};
use super::entity_part::EntityPart;
use super::entity_table::BATCH;
use super::fold::EntityFold;
use super::invalid::{apart, overflow, row_error};
use super::key_numbers::KeyRange;
use super::output::Output;
use super::rows::Columns;
use super::shared_keys::KeyReader;
use crate::math::Part;

/// What one thread knows of customers.
#[derive(Debug)]
pub(super) struct SharedEntities<E: EntityFold> {
    call: Call,
    fold: E,
    keys: KeyReader,
    /// By the numbers of the customers. An entry that is as new is of a customer whom others know, or of
    /// nobody.
    entries: Vec<E::Entry>,
    /// The rows of a batch that count, and the numbers of their customers.
    numbered: Vec<(usize, usize)>,
}

impl<E: EntityFold> SharedEntities<E> {
    /// What a thread knows before any rows came, of customers who are numbered by `keys`.
    pub(super) fn new(call: Call, keys: KeyReader) -> Self {
        let fold = E::with(&call.settings);
        Self { call, fold, keys, entries: vec![], numbered: vec![] }
    }
}

impl<E: EntityFold> EntityPart for SharedEntities<E> {
    fn id_type(&self) -> &DataType {
        &self.call.id
    }

    fn expect(&mut self, _: KeyRange) -> Result<()> {
        Ok(())
    }

    fn share(self: Box<Self>, keys: KeyReader) -> Box<dyn EntityPart> {
        Box::new(Self::new(self.call, keys))
    }

    fn update(&mut self, args: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<()> {
        let Self { call, fold, keys, entries, numbered } = self;
        let rows = Rows::<E>::open(call, args, filter)?;
        let selected = rows.selection.map(|row| row);
        numbered.clear();
        keys.number_rows(&rows.ids, &selected, |row, number| numbered.push((row, number)))?;
        entries.resize(keys.end(), E::Entry::default());
        let first = call.form.ids();
        for batch in numbered.chunks(BATCH) {
            // All at once, so that the processor does not wait for one after the other.
            for &(_, number) in batch {
                std::hint::black_box(entries[number]);
            }
            for &(row, number) in batch {
                let updated = fold.update(&mut entries[number], rows.input.row_or_default(row));
                updated.map_err(|why| row_error(call, rows.args, row, after_ids(why, first)))?;
            }
        }
        Ok(())
    }

    fn join(&mut self, other: Box<dyn EntityPart>) -> Result<()> {
        let other: Box<dyn Any> = other;
        let Ok(mut other) = other.downcast::<Self>() else {
            return internal_err!("{}: parts of different calls", self.call.spec.name);
        };
        if self.entries.len() < other.entries.len() {
            std::mem::swap(&mut self.entries, &mut other.entries);
        }
        let mut both = self.entries.iter_mut().zip(&other.entries);
        both.try_for_each(|(entry, other)| entry.merge(other)).map_err(|_| apart::<E>(&self.call))
    }

    fn result(self: Box<Self>) -> Result<ArrayRef> {
        let Self { call, fold, keys, entries, .. } = *self;
        let mut tally = E::Tally::default();
        for (number, id) in keys.finish().iter() {
            let entry = entries.get(number).copied().unwrap_or_default();
            fold.count(&mut tally, id, &entry).map_err(|_| overflow(&call))?;
        }
        E::Output::column(call.spec.name, vec![fold.finish(&mut tally)])
    }

    fn size(&self) -> usize {
        self.keys.size()
            + self.entries.capacity() * size_of::<E::Entry>()
            + self.numbered.capacity() * size_of::<(usize, usize)>()
    }
}
