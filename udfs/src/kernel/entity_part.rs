//! What one thread knows of the customers of some groups. It is handed to another thread as it is; a
//! state of it would take as much memory again, and time to be made and read.

use std::any::Any;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::DataType;
use datafusion_common::{Result, internal_err};

use super::call::Call;
use super::collection::Collection;
use super::entities::{Entities, Rows};
use super::fold::EntityFold;
use super::key_numbers::KeyRange;
use super::shared_entities::SharedEntities;
use super::shared_keys::KeyReader;

/// How many groups the rows will have that are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// One.
    OneGroup,
    /// Any number, and most customers will be in one of them only.
    Groups,
}

/// What one thread knows of the customers of a call.
pub trait EntityPart: Any + Send {
    /// The type in which ids are kept.
    fn id_type(&self) -> &DataType;

    /// Is told in which range most ids are, before any rows come, and of how many groups these will be.
    ///
    /// # Errors
    ///
    /// When there would be too many customers.
    fn expect(&mut self, ids: KeyRange, of: Expected) -> Result<()>;

    /// Is told, before any rows come, that all threads number customers by the same keys. Parts can then
    /// be joined by these numbers.
    fn share(self: Box<Self>, keys: KeyReader) -> Box<dyn EntityPart>;

    /// Takes in rows of the first group.
    ///
    /// # Errors
    ///
    /// When an argument cannot be read, or is none that the metric allows.
    fn update(&mut self, args: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<()>;

    /// Takes in rows of groups with these numbers.
    ///
    /// # Errors
    ///
    /// When an argument cannot be read, or is none that the metric allows.
    fn update_groups(
        &mut self,
        args: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
    ) -> Result<()>;

    /// Takes in what another thread knows, of the same call, the groups of which have these numbers here.
    ///
    /// # Errors
    ///
    /// When there are too many customers, or what is known of one cannot be put together.
    fn join(&mut self, other: Box<dyn EntityPart>, groups: &[usize]) -> Result<()>;

    /// How many customers of another thread would have to be looked for if this were joined to it, each
    /// counted once for every group.
    fn hashed(&self) -> usize;

    /// The results of the first groups.
    ///
    /// # Errors
    ///
    /// When the results cannot be a column.
    fn results(self: Box<Self>, groups: usize) -> Result<ArrayRef>;

    /// The states of the first groups, as the engine exchanges them.
    ///
    /// # Errors
    ///
    /// When the states cannot be columns.
    fn states(self: Box<Self>, groups: usize) -> Result<Vec<ArrayRef>>;

    /// The memory it holds, in bytes.
    fn size(&self) -> usize;
}

/// What a thread knows before any rows came.
pub(super) fn part_of<E: EntityFold>(call: Call) -> Result<Box<dyn EntityPart>> {
    Ok(Box::new(Entities::<E>::new(call)?))
}

/// Another part as one of the same kind.
pub(super) fn same_part<P: EntityPart>(call: &Call, other: Box<dyn EntityPart>) -> Result<P> {
    let other: Box<dyn Any> = other;
    let Ok(other) = other.downcast() else {
        return internal_err!("{}: parts of different calls", call.spec.name);
    };
    Ok(*other)
}

impl<E: EntityFold> EntityPart for Entities<E> {
    fn id_type(&self) -> &DataType {
        &self.call().id
    }

    fn expect(&mut self, ids: KeyRange, of: Expected) -> Result<()> {
        self.expect_ids(ids, of)
    }

    fn share(self: Box<Self>, keys: KeyReader) -> Box<dyn EntityPart> {
        Box::new(SharedEntities::new(*self, keys))
    }

    fn update(&mut self, args: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<()> {
        self.update_first(args, filter)
    }

    fn update_groups(
        &mut self,
        args: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        let rows = Rows::open(self.call(), args, filter)?;
        self.update_rows(&rows, &rows.ids, Some(groups))
    }

    fn join(&mut self, other: Box<dyn EntityPart>, groups: &[usize]) -> Result<()> {
        let other = same_part(self.call(), other)?;
        self.take_in(&other, groups)
    }

    fn hashed(&self) -> usize {
        self.hashed_customers()
    }

    fn results(self: Box<Self>, groups: usize) -> Result<ArrayRef> {
        Collection::results(&*self, groups)
    }

    fn states(self: Box<Self>, groups: usize) -> Result<Vec<ArrayRef>> {
        Collection::states(&*self, groups)
    }

    fn size(&self) -> usize {
        Collection::size(self)
    }
}
