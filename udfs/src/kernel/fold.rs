//! What a metric is made of: how a row changes its state, and what comes out.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::DataType;
use datafusion_common::{Result, exec_err};

use super::call::Call;
use super::invalid::Invalid;
use super::rows::{Columns, RowOf};
use super::state::State;

/// A metric over rows. A row with a NULL argument never reaches it.
pub trait Fold: Debug + Send + Sync + 'static {
    /// How the arguments are read.
    type Input: Columns;
    /// What is kept per group.
    type State: State;
    /// What the function returns.
    type Output: Output;

    /// The names of the state's fields, as stored states show them.
    const STATE: &'static [&'static str];

    /// Takes in a row, or says why it can't be counted.
    fn update(state: &mut Self::State, row: RowOf<'_, Self::Input>) -> Result<(), Invalid>;

    /// The result, or `None` for NULL.
    fn finish(state: &Self::State) -> Option<Self::Output>;
}

/// A metric over customers, from any number of rows per customer: what each customer did is
/// collected first, and the customers are counted afterwards. A NULL customer drops the row;
/// beside a customer, a NULL reads as false or zero.
pub trait EntityFold: Debug + Send + Sync + 'static {
    /// How the arguments after the customer are read.
    type Input: Columns;
    /// What is kept per customer.
    type Entry: State;
    /// What the customers are counted in.
    type State: State;
    /// What the function returns.
    type Output: Output;

    /// The names of the entry's fields, as stored states show them.
    const ENTRY: &'static [&'static str];

    /// Takes in a row of a customer, or says why it can't be counted.
    fn update(entry: &mut Self::Entry, row: RowOf<'_, Self::Input>) -> Result<(), Invalid>;

    /// Counts a customer.
    fn count(state: &mut Self::State, entry: &Self::Entry) -> Result<(), Invalid>;

    /// The result, or `None` for NULL.
    fn finish(state: &Self::State) -> Option<Self::Output>;
}

/// A type that a function can return.
pub trait Output: Sized {
    /// Its SQL type.
    fn data_type() -> DataType;

    /// A column of results.
    fn column(call: &Call, values: impl Iterator<Item = Option<Self>>) -> Result<ArrayRef>;
}

impl Output for f64 {
    fn data_type() -> DataType {
        DataType::Float64
    }

    fn column(call: &Call, values: impl Iterator<Item = Option<Self>>) -> Result<ArrayRef> {
        let column: Float64Array = values.collect();
        if column.iter().flatten().all(Self::is_finite) {
            return Ok(Arc::new(column));
        }
        exec_err!("{}: the result is beyond the range of DOUBLE", call.spec.name)
    }
}
