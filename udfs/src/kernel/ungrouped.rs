//! The accumulator of queries without GROUP BY, and of window frames.

use std::fmt;

use arrow::array::ArrayRef;
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::Accumulator;

use super::call::Call;
use super::fold::Fold;
use super::grouped::fold_rows;
use super::invalid::overflow;
use super::output::Output;
use super::state::Stored;
use crate::math::Part;

/// One state, for all rows.
pub(super) struct UngroupedFold<F: Fold> {
    call: Call,
    fold: F,
    state: F::State,
}

impl<F: Fold> UngroupedFold<F> {
    pub(super) fn new(call: Call) -> Self {
        let fold = F::with(&call.settings);
        Self { call, state: fold.nothing(), fold }
    }
}

impl<F: Fold> fmt::Debug for UngroupedFold<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.call.spec.name, self.state)
    }
}

impl<F: Fold> Accumulator for UngroupedFold<F> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        // A local copy stays in registers; a field behind `self` would not.
        let mut state = self.state;
        fold_rows::<F>(&self.call, values, None, |_, row| self.fold.update(&mut state, row))?;
        self.state = state;
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut left = self.fold.nothing();
        fold_rows::<F>(&self.call, values, None, |_, row| self.fold.update(&mut left, row))?;
        self.state.subtract(&left);
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        F::State::SUBTRACTS
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        F::State::read(states)?
            .iter()
            .try_for_each(|part| self.state.merge(part))
            .map_err(|_| overflow(&self.call))
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        first_row(&F::State::columns(&[self.state]))
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let result = self.fold.finish(&self.state);
        let column = F::Output::column(self.call.spec.name, vec![result])?;
        ScalarValue::try_from_array(&column, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The first row of some columns, as `DataFusion` wants the state of an ungrouped query.
pub(super) fn first_row(columns: &[ArrayRef]) -> Result<Vec<ScalarValue>> {
    columns.iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
}
