//! What one thread knows of the customers in a query without GROUP BY. It is handed to another thread
//! as it is; a state of it would take as much memory again, and time to be made and read.

use std::any::Any;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::DataType;
use datafusion_common::{Result, internal_err};

use super::call::Call;
use super::collection::Collection;
use super::entities::Entities;
use super::fold::EntityFold;
use super::key_numbers::KeyRange;
use super::shared_entities::SharedEntities;
use super::shared_keys::KeyReader;

/// What one thread knows of the customers of a call.
pub trait EntityPart: Any + Send {
    /// The type in which ids are kept.
    fn id_type(&self) -> &DataType;

    /// Is told in which range most ids are, before any rows come.
    ///
    /// # Errors
    ///
    /// When there would be too many customers.
    fn expect(&mut self, ids: KeyRange) -> Result<()>;

    /// The same, before any rows come, of customers whom all threads number by the same keys. Parts can then
    /// be joined by these numbers.
    fn share(self: Box<Self>, keys: KeyReader) -> Box<dyn EntityPart>;

    /// Takes in rows.
    ///
    /// # Errors
    ///
    /// When an argument cannot be read, or is none that the metric allows.
    fn update(&mut self, args: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<()>;

    /// Takes in what another thread knows, of the same call.
    ///
    /// # Errors
    ///
    /// When there are too many customers, or what is known of one cannot be put together.
    fn join(&mut self, other: Box<dyn EntityPart>) -> Result<()>;

    /// The result, in a column of one row.
    ///
    /// # Errors
    ///
    /// When the result cannot be a column.
    fn result(self: Box<Self>) -> Result<ArrayRef>;

    /// The memory it holds, in bytes.
    fn size(&self) -> usize;
}

/// What a thread knows before any rows came.
pub(super) fn part_of<E: EntityFold>(call: Call) -> Result<Box<dyn EntityPart>> {
    let mut part = Entities::<E>::new(call)?;
    part.make_room(1);
    Ok(Box::new(part))
}

impl<E: EntityFold> EntityPart for Entities<E> {
    fn id_type(&self) -> &DataType {
        &self.call().id
    }

    fn expect(&mut self, ids: KeyRange) -> Result<()> {
        self.expect_ids(ids)
    }

    fn share(self: Box<Self>, keys: KeyReader) -> Box<dyn EntityPart> {
        Box::new(SharedEntities::<E>::new(self.call().clone(), keys))
    }

    fn update(&mut self, args: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<()> {
        self.update_first(args, filter)
    }

    fn join(&mut self, other: Box<dyn EntityPart>) -> Result<()> {
        let other: Box<dyn Any> = other;
        let Ok(other) = other.downcast::<Self>() else {
            return internal_err!("{}: parts of different calls", self.call().spec.name);
        };
        self.take_in(*other)
    }

    fn result(self: Box<Self>) -> Result<ArrayRef> {
        self.results(1)
    }

    fn size(&self) -> usize {
        Collection::size(self)
    }
}
