//! What a metric is made of: how a row changes its state, and what comes out.

use std::fmt::Debug;

use arrow::datatypes::DataType;

use super::id::Id;
use super::invalid::{Invalid, TOO_LARGE};
use super::output::{EventResults, Output};
use super::rows::{Columns, RowOf};
use super::settings::Settings;
use super::state::{State, Stored};
use crate::math::Event;

/// A metric over rows. A row with a NULL argument never reaches it.
pub trait Fold: Debug + Default + Send + Sync + 'static {
    /// How the arguments are read.
    type Input: Columns;
    /// What is kept per group.
    type State: State;
    /// What the function returns.
    type Output: Output;

    /// The names of the state's fields, as stored states show them.
    const STATE: &'static [&'static str];

    /// The metric with the constants of a call.
    #[must_use]
    fn with(_: &Settings) -> Self {
        Self::default()
    }

    /// The state of no rows.
    fn nothing(&self) -> Self::State {
        Self::State::default()
    }

    /// Takes in a row, or says why it can't be counted.
    fn update(&self, state: &mut Self::State, row: RowOf<'_, Self::Input>) -> Result<(), Invalid>;

    /// The result, or `None` for NULL.
    fn finish(&self, state: &Self::State) -> Option<Self::Output>;
}

/// A metric over customers, from any number of rows per customer: what each customer did is
/// collected first, and the customers are counted afterwards. A NULL customer (or day) drops the
/// row; beside a customer, a NULL reads as false or zero.
pub trait EntityFold: Debug + Default + Send + Sync + 'static {
    /// How the arguments after the customer are read.
    type Input: Columns;
    /// What is kept per customer.
    type Entry: State;
    /// What the customers of a group are counted in, at the end. If it is a
    /// [`Tally`](super::Tally), they can also be counted as they come, without a table of them.
    type Tally: Default + Clone;
    /// What the function returns.
    type Output: Output;

    /// The names of the entry's fields, as stored states show them.
    const ENTRY: &'static [&'static str];

    /// Why what is known of one customer in two places cannot be put together, where it cannot.
    const APART: &'static str = TOO_LARGE;

    /// The metric with the constants of a call.
    #[must_use]
    fn with(_: &Settings) -> Self {
        Self::default()
    }

    /// Takes in a row of a customer, or says why it can't be counted.
    fn update(&self, entry: &mut Self::Entry, row: RowOf<'_, Self::Input>) -> Result<(), Invalid>;

    /// Counts a customer.
    fn count(
        &self,
        tally: &mut Self::Tally,
        id: Id<'_>,
        entry: &Self::Entry,
    ) -> Result<(), Invalid>;

    /// The result, or `None` for NULL.
    fn finish(&self, tally: &mut Self::Tally) -> Option<Self::Output>;
}

/// A metric over customers of which less has to be known for some constants of a call. Its states are
/// those of another, for all calls.
pub trait ShortFold: EntityFold {
    /// Whether it is enough for a call with these constants.
    fn is_enough(settings: &Settings) -> bool;
}

/// A metric that needs every row until the end, such as one of ranks. Its state grows with the
/// rows. A row with a NULL argument never reaches it.
pub trait ListFold: Debug + Default + Send + Sync + 'static {
    /// How the arguments are read.
    type Input: Columns;
    /// What is kept of a row.
    type Item: Stored;
    /// What the function returns.
    type Output: Output;

    /// The names of the item's fields, as stored states show them.
    const ITEM: &'static [&'static str];

    /// The metric with the constants of a call.
    #[must_use]
    fn with(_: &Settings) -> Self {
        Self::default()
    }

    /// What is kept of a row, or why it can't be counted.
    fn item(&self, row: RowOf<'_, Self::Input>) -> Result<Self::Item, Invalid>;

    /// The result, or `None` for NULL. The items come in no order of their own.
    fn finish(&self, items: &mut [Self::Item]) -> Option<Self::Output>;
}

/// A metric of what happened in order: which conditions were met when. A row whose time is NULL
/// never reaches it, and a condition that is NULL is not met. Its state grows with the rows.
pub trait EventFold: Debug + Send + Sync + Sized + 'static {
    /// What the function returns, of one customer after the other.
    type Results: EventResults;

    /// The metric with the constants of a call, or why there is none.
    fn with(settings: &Settings, time: &DataType) -> Result<Self, String>;

    /// Whether it needs rows in which none of the conditions is met.
    fn keeps_all(&self) -> bool {
        false
    }

    /// Adds the result for the events of a customer in order to those of others.
    fn finish(&self, events: &[Event], results: &mut Self::Results);
}

/// A metric that answers with the label of one of the events, such as the page of a view. A row whose
/// time or label is NULL never reaches it, and a condition that is NULL is not met. Its state grows
/// with the rows.
pub trait LabelledFold: Debug + Send + Sync + Sized + 'static {
    /// The metric with the constants of a call, or why there is none.
    fn with(settings: &Settings) -> Result<Self, String>;

    /// The position of the event whose label is the result, or `None` for NULL. The events are in
    /// order of time, at the same time of their labels, and of the conditions that they meet, of
    /// which there are so many.
    fn choose(&self, events: &[Event], conditions: usize) -> Option<usize>;
}

/// A function of a series of numbers, in the order that the call asks for. Its state grows with the
/// rows.
pub trait SeriesFold: Debug + Default + Send + Sync + 'static {
    /// What the function returns.
    type Output: Output;

    /// The result for the numbers in order, of which some may be NULL, or `None` for NULL.
    fn finish(&self, values: &[Option<f64>]) -> Option<Self::Output>;
}

/// A function of one row. A row with a NULL argument has a NULL result.
pub trait Formula: Debug + Send + Sync + 'static {
    /// How the arguments are read.
    type Input: Columns;
    /// What the function returns.
    type Output: Output;

    /// The result, `None` for NULL, or why there can be none.
    fn value(row: RowOf<'_, Self::Input>) -> Result<Option<Self::Output>, Invalid>;
}
