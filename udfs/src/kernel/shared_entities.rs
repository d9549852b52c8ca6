//! Customers whom several threads know by the same numbers: what two threads know is put together by
//! the numbers, which are places in an array, whatever the ids are.

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::DataType;
use datafusion_common::Result;

use super::collection::Collection;
use super::entities::{Entities, Rows};
use super::entity_part::{EntityPart, Expected, same_part};
use super::fold::EntityFold;
use super::id::{Id, IdColumn};
use super::key_numbers::KeyRange;
use super::shared_keys::{KeyReader, ReadKeys};

/// What one thread knows of customers.
#[derive(Debug)]
pub(super) struct SharedEntities<E: EntityFold> {
    keys: KeyReader,
    /// The ids here are numbers of `keys`.
    entities: Entities<E>,
    /// The rows of a batch that count.
    rows: Vec<usize>,
}

impl<E: EntityFold> SharedEntities<E> {
    /// What a thread knows before any rows came, of customers who are numbered by `keys`.
    pub(super) fn new(entities: Entities<E>, keys: KeyReader) -> Self {
        Self { keys, entities, rows: vec![] }
    }

    /// Reads the arguments of a call, and numbers the customers of the rows that count.
    fn numbered<'a>(
        &mut self,
        args: &'a [ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<(Rows<'a, E>, IdColumn)> {
        let rows = Rows::open(self.entities.call(), args, filter)?;
        self.rows.clear();
        rows.selection.each(|row| self.rows.push(row));
        let mut numbers = vec![0; rows.ids.len()];
        self.keys.number_rows(&rows.ids, &self.rows, |row, number| numbers[row] = as_id(number))?;
        Ok((rows, IdColumn::Integers(numbers.into())))
    }
}

impl<E: EntityFold> EntityPart for SharedEntities<E> {
    fn id_type(&self) -> &DataType {
        &self.entities.call().id
    }

    fn expect(&mut self, _: KeyRange, _: Expected) -> Result<()> {
        Ok(())
    }

    fn share(self: Box<Self>, keys: KeyReader) -> Box<dyn EntityPart> {
        Box::new(Self { keys, ..*self })
    }

    fn update(&mut self, args: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<()> {
        let (rows, numbers) = self.numbered(args, filter)?;
        self.entities.update_rows(&rows, &numbers, None)
    }

    fn update_groups(
        &mut self,
        args: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let (rows, numbers) = self.numbered(args, filter)?;
        self.entities.update_rows(&rows, &numbers, Some(groups))
    }

    fn join(&mut self, other: Box<dyn EntityPart>, groups: &[usize]) -> Result<()> {
        let other: Self = same_part(self.entities.call(), other)?;
        self.entities.take_in(&other.entities, groups)
    }

    fn hashed(&self) -> usize {
        self.entities.hashed_customers()
    }

    fn results(self: Box<Self>, groups: usize) -> Result<ArrayRef> {
        let keys = self.keys.read();
        self.entities.results_of(groups, |number| id_of(&keys, number))
    }

    fn states(self: Box<Self>, groups: usize) -> Result<Vec<ArrayRef>> {
        let keys = self.keys.read();
        self.entities.states_of(groups, |number| id_of(&keys, number))
    }

    fn size(&self) -> usize {
        self.keys.size()
            + Collection::size(&self.entities)
            + self.rows.capacity() * size_of::<usize>()
    }
}

/// A number as an integer id.
fn as_id(number: usize) -> i64 {
    #[expect(clippy::cast_possible_wrap, reason = "a number has no more than 38 bits")]
    let id = number as i64;
    id
}

/// The customer who has this number.
fn id_of<'a>(keys: &'a ReadKeys<'_>, number: Id<'a>) -> Id<'a> {
    match number {
        Id::Integer(place) => usize::try_from(place).ok().and_then(|at| keys.id(at)),
        Id::Bytes(_) => None,
    }
    .unwrap_or(number)
}
