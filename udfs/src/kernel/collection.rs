//! Accumulators whose states grow with the rows: whatever is collected per group, the engine is
//! served the same way.

use std::fmt::{self, Debug};

use arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion_common::{Result, ScalarValue};
use datafusion_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::call::Call;
use super::ungrouped::first_row;

/// What is collected of the rows of each group.
pub(super) trait Collection: Debug + Send + Sync + Sized + 'static {
    /// An empty one, or why the constants of the call do not go with its arguments.
    fn new(call: Call) -> Result<Self>;

    /// The call that it serves.
    fn call(&self) -> &Call;

    /// How many groups there are.
    fn groups(&self) -> usize;

    /// Makes room for groups; more than there are, or `make_room` would not have asked.
    fn grow(&mut self, groups: usize);

    /// Makes room for groups, unless there are as many already.
    fn make_room(&mut self, groups: usize) {
        if groups > self.groups() {
            self.grow(groups);
        }
    }

    /// Takes in rows.
    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()>;

    /// Takes in rows of the first group.
    fn update_first(&mut self, args: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<()> {
        self.update(args, filter, |_| 0)
    }

    /// Takes in states.
    fn merge(&mut self, state: &[ArrayRef], group_of: impl Fn(usize) -> usize) -> Result<()>;

    /// The results of the first groups.
    fn results(&self, groups: usize) -> Result<ArrayRef>;

    /// The states of the first groups.
    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>>;

    /// Forgets the first groups and numbers the others from 0 again.
    fn remove_first(&mut self, groups: usize);

    /// The memory it holds, in bytes.
    fn size(&self) -> usize;
}

/// The accumulator of queries with GROUP BY.
pub(super) struct Grouped<C>(C);

impl<C: Collection> Grouped<C> {
    pub(super) fn new(call: Call) -> Result<Self> {
        C::new(call).map(Self)
    }

    fn emitted(&self, emit_to: EmitTo) -> usize {
        match emit_to {
            EmitTo::All => self.0.groups(),
            EmitTo::First(groups) => groups,
        }
    }

    fn forget(&mut self, emit_to: EmitTo) -> Result<()> {
        match emit_to {
            EmitTo::All => self.0 = C::new(self.0.call().clone())?,
            EmitTo::First(groups) => self.0.remove_first(groups),
        }
        Ok(())
    }
}

impl<C: Collection> GroupsAccumulator for Grouped<C> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.0.make_room(total_num_groups);
        self.0.update(values, opt_filter, |row| group_indices[row])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.0.make_room(total_num_groups);
        self.0.merge(values, |row| group_indices[row])
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let column = self.0.results(self.emitted(emit_to))?;
        self.forget(emit_to)?;
        Ok(column)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let columns = self.0.states(self.emitted(emit_to))?;
        self.forget(emit_to)?;
        Ok(columns)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        opt_filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        // Every row is a group of its own here, so each list has one item or none.
        let mut alone = C::new(self.0.call().clone())?;
        let rows = values.first().map_or(0, Array::len);
        alone.make_room(rows);
        alone.update(values, opt_filter, |row| row)?;
        alone.states(rows)
    }

    fn size(&self) -> usize {
        self.0.size()
    }
}

/// The accumulator of queries without GROUP BY, and of window frames: one group.
pub(super) struct Ungrouped<C>(C);

impl<C: Collection> Ungrouped<C> {
    pub(super) fn new(call: Call) -> Result<Self> {
        let mut all = C::new(call)?;
        all.make_room(1);
        Ok(Self(all))
    }
}

impl<C: Collection> Debug for Ungrouped<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} over all rows", self.0.call().spec.name)
    }
}

impl<C: Collection> Accumulator for Ungrouped<C> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.update_first(values, None)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge(states, |_| 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        first_row(&self.0.states(1)?)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&self.0.results(1)?, 0)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.0.size()
    }
}
