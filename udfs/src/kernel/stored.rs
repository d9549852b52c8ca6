//! `f_state` and `f_merge`: states as values that a table can keep.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StructArray};
use arrow::compute::filter;
use arrow::datatypes::Fields;
use datafusion_common::{Result, ScalarValue, exec_err};
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::call::Call;

/// `f_state`: an accumulator whose result is its state.
pub(super) struct StateOf<A: ?Sized> {
    fields: Fields,
    inner: Box<A>,
}

/// `f_merge`: an accumulator whose input is states.
pub(super) struct MergeOf<A: ?Sized> {
    call: Call,
    inner: Box<A>,
}

impl<A: ?Sized> StateOf<A> {
    pub(super) fn new(call: &Call, inner: Box<A>) -> Self {
        Self { fields: call.state_fields().into(), inner }
    }

    fn as_struct(&self, columns: Vec<ArrayRef>) -> StructArray {
        StructArray::new(self.fields.clone(), columns, None)
    }
}

impl<A: ?Sized> MergeOf<A> {
    pub(super) fn new(call: Call, inner: Box<A>) -> Self {
        Self { call, inner }
    }

    /// The columns of the states that are not NULL and pass the filter, and which rows these are.
    fn states(
        &self,
        values: &[ArrayRef],
        passes: Option<&BooleanArray>,
    ) -> Result<(Vec<ArrayRef>, BooleanArray)> {
        let Some(states) = values.first() else {
            return exec_err!("{}_merge takes a state", self.call.spec.name);
        };
        let chosen: BooleanArray = (0..states.len())
            .map(|row| {
                let passes = passes.is_none_or(|passes| passes.is_valid(row) && passes.value(row));
                Some(passes && states.is_valid(row))
            })
            .collect();
        let states = filter(states, &chosen)?;
        let states = states.as_struct();
        let columns = self.call.state_fields().into_iter().map(|field| {
            if let Some(column) = states.column_by_name(field.name()) {
                Ok(ArrayRef::clone(column))
            } else {
                exec_err!("{}: a state has no {}", self.call.spec.name, field.name())
            }
        });
        Ok((columns.collect::<Result<_>>()?, chosen))
    }
}

impl<A: ?Sized> fmt::Debug for StateOf<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state of {:?}", self.fields)
    }
}

impl<A: ?Sized> fmt::Debug for MergeOf<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_merge", self.call.spec.name)
    }
}

impl Accumulator for StateOf<dyn Accumulator> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.update_batch(values)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.inner.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let state = self.inner.state()?;
        let columns = state.iter().map(ScalarValue::to_array).collect::<Result<_>>()?;
        Ok(ScalarValue::Struct(Arc::new(self.as_struct(columns))))
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}

impl GroupsAccumulator for StateOf<dyn GroupsAccumulator> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.inner.update_batch(values, group_indices, opt_filter, total_num_groups)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.inner.merge_batch(values, group_indices, total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let columns = self.inner.state(emit_to)?;
        Ok(Arc::new(self.as_struct(columns)))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(values, opt_filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}

impl Accumulator for MergeOf<dyn Accumulator> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (states, _) = self.states(values, None)?;
        self.inner.merge_batch(&states)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.inner.merge_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.inner.evaluate()
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}

impl GroupsAccumulator for MergeOf<dyn GroupsAccumulator> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        let (states, chosen) = self.states(values, opt_filter)?;
        let groups: Vec<usize> =
            chosen.values().set_indices().map(|row| group_indices[row]).collect();
        self.inner.merge_batch(&states, &groups, total_num_groups)
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.inner.merge_batch(values, group_indices, total_num_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.inner.evaluate(emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        // A row that is NULL or filtered out must become the state of nothing, which is what a
        // group that no state was merged into holds.
        let (states, chosen) = self.states(values, opt_filter)?;
        let rows: Vec<usize> = chosen.values().set_indices().collect();
        let mut alone = self.call.groups_accumulator()?;
        alone.merge_batch(&states, &rows, chosen.len())?;
        alone.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
