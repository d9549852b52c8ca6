//! The accumulator of queries with GROUP BY: one flat vector of states, a tight loop over rows.

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::FieldRef;
use datafusion_common::Result;
use datafusion_expr::{EmitTo, GroupsAccumulator};

use super::call::{Call, state_field};
use super::fold::Fold;
use super::invalid::{Invalid, overflow, row_error};
use super::output::Output;
use super::rows::{Columns, RowOf, Selection};
use super::state::Stored;
use crate::math::Part;

/// The states of all groups, by group number.
#[derive(Debug)]
pub(super) struct GroupedFold<F: Fold> {
    call: Call,
    fold: F,
    states: Vec<F::State>,
}

impl<F: Fold> GroupedFold<F> {
    pub(super) fn new(call: Call) -> Self {
        Self { fold: F::with(&call.settings), call, states: vec![] }
    }

    fn grow(&mut self, groups: usize) {
        self.states.resize(groups, self.fold.nothing());
    }
}

impl<F: Fold> GroupsAccumulator for GroupedFold<F> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        let Self { call, fold, states } = self;
        fold_rows::<F>(call, values, opt_filter, |i, row| {
            fold.update(&mut states[group_indices[i]], row)
        })
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.grow(total_num_groups);
        let parts = F::State::read(values)?;
        let mut parts = group_indices.iter().zip(&parts);
        parts
            .try_for_each(|(&group, part)| self.states[group].merge(part))
            .map_err(|_| overflow(&self.call))
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let states = emit_to.take_needed(&mut self.states);
        let results = states.iter().map(|state| self.fold.finish(state)).collect();
        F::Output::column(self.call.spec.name, results)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(F::State::columns(&emit_to.take_needed(&mut self.states)))
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |array| array.len());
        let mut states = vec![self.fold.nothing(); rows];
        fold_rows::<F>(&self.call, values, opt_filter, |i, row| {
            self.fold.update(&mut states[i], row)
        })?;
        Ok(F::State::columns(&states))
    }

    fn size(&self) -> usize {
        self.states.capacity() * size_of::<F::State>()
    }
}

/// Hands every row that counts to `update`, with its number.
#[inline]
pub(super) fn fold_rows<F: Fold>(
    call: &Call,
    args: &[ArrayRef],
    filter: Option<&BooleanArray>,
    mut update: impl FnMut(usize, RowOf<'_, F::Input>) -> Result<(), Invalid>,
) -> Result<()> {
    let args = call.row_args(args);
    let input = F::Input::open(args)?;
    let selection = if F::Input::TAKES_NULLS {
        Selection::of_all(args.first().map_or(0, |array| array.len()), filter)
    } else {
        Selection::new(args, filter)
    };
    selection
        .visit(|row| update(row, input.row(row)))
        .map_err(|(row, why)| row_error(call, args, row, why))
}

/// The columns of the state of `F`.
pub(super) fn state_fields<F: Fold>() -> Vec<FieldRef> {
    let named = F::STATE.iter().zip(F::State::TYPES);
    named.map(|(name, data_type)| state_field(name, data_type.clone())).collect()
}
