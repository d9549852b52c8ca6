//! What metrics of behaviour collect: when each condition was met, by group.
//!
//! A state is two lists per group, side by side, and whether they hold events that meet none of
//! the conditions. Most metrics need no such events, and then they are not kept.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, PrimitiveArray, make_array,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, DataType, FieldRef, Fields, TimeUnit};
use datafusion_common::{Result, exec_err, internal_err, plan_err};

use super::call::{Call, item_type, state_field};
use super::collection::Collection;
use super::column::{Column, Flags, ticks};
use super::event_range::EventRange;
use super::event_table::EventTable;
use super::fold::EventFold;
use super::list_columns::{as_lists, list_range, list_type, read_lists};
use super::output::EventResults;
use super::rows::{AllFlags, Columns, Selection};
use super::state::StoredBits;
use crate::math::Bits;

pub(super) const TIMES: &str = "times";
pub(super) const MET: &str = "met";
const COMPLETE: &str = "complete";

/// The events of all groups.
#[derive(Debug)]
pub(super) struct Events<F: EventFold, M> {
    call: Call,
    fold: F,
    table: EventTable<M>,
    /// Of each group, whether events are missing that meet none of the conditions.
    incomplete: Vec<bool>,
}

/// Whether the conditions of a call fit into eight bits.
pub(super) fn is_narrow(call: &Call) -> bool {
    call.conditions <= <u8 as Bits>::BITS as usize
}

/// The type in which times of this type are worked with and kept.
pub(super) fn stored_time(given: &DataType) -> DataType {
    match given {
        DataType::Dictionary(_, values) => stored_time(values),
        DataType::Timestamp(..) | DataType::Date32 => given.clone(),
        DataType::Date64 => DataType::Timestamp(TimeUnit::Millisecond, None),
        _ => DataType::Int64,
    }
}

/// The type of times and the most conditions of a stored state, if it is one of events.
pub(super) fn stored_events(state: &Fields) -> (DataType, usize) {
    let time = item_type(state, TIMES).map_or(DataType::Null, stored_time);
    let conditions = match item_type(state, MET) {
        Some(DataType::UInt8) => u8::BITS,
        Some(_) => u64::BITS,
        None => 0,
    };
    (time, conditions as usize)
}

/// The columns of the state of an event metric.
pub(super) fn state_fields(call: &Call) -> Vec<FieldRef> {
    let met = if is_narrow(call) { DataType::UInt8 } else { DataType::UInt64 };
    vec![
        state_field(TIMES, list_type(&call.time)),
        state_field(MET, list_type(&met)),
        state_field(COMPLETE, DataType::Boolean),
    ]
}

impl<F: EventFold, M: StoredBits> Events<F, M> {
    /// The metric with the constants of a call.
    pub(super) fn fold_of(call: &Call) -> Result<F> {
        F::with(&call.settings, &call.time).or_else(|why| plan_err!("{}: {why}", call.spec.name))
    }

    /// The events by ranges of groups.
    pub(super) fn into_ranges(self) -> Vec<EventRange<M>> {
        self.table.into_ranges()
    }
}

impl<F: EventFold, M: StoredBits> Collection for Events<F, M> {
    fn new(call: Call) -> Result<Self> {
        Ok(Self { fold: Self::fold_of(&call)?, call, table: EventTable::new(), incomplete: vec![] })
    }

    fn call(&self) -> &Call {
        &self.call
    }

    fn groups(&self) -> usize {
        self.incomplete.len()
    }

    fn grow(&mut self, groups: usize) {
        self.incomplete.resize(groups, false);
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let [time, conditions @ ..] = self.call.row_args(args) else {
            return internal_err!("{} was planned without a time", self.call.spec.name);
        };
        let times = ticks(time, &self.call.time)?;
        let AllFlags(met) = AllFlags::<M, 1>::open(conditions)?;
        let rows = Selection::new(std::slice::from_ref(time), filter);
        if self.fold.keeps_all() {
            rows.each(|row| self.table.push(group_of(row), times[row], met[row][0]));
            return Ok(());
        }
        let [kept, dropped] = rows.parted(|row| met[row][0] != M::default());
        for row in kept {
            self.table.push(group_of(row), times[row], met[row][0]);
        }
        for row in dropped {
            // Where no states are made, nobody asks.
            if let Some(incomplete) = self.incomplete.get_mut(group_of(row)) {
                *incomplete = true;
            }
        }
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], group_of: impl Fn(usize) -> usize) -> Result<()> {
        let [times, met, complete] = state else {
            return internal_err!("a state of {} columns came", state.len());
        };
        let lists = [ArrayRef::clone(times), ArrayRef::clone(met)];
        let lists = read_lists(&self.call, &lists, &[self.call.time.clone(), M::Arrow::DATA_TYPE])?;
        let times = ticks(lists[0].values(), &self.call.time)?;
        let met = lists[1].values().as_primitive::<M::Arrow>();
        if lists.iter().any(|list| list.values().logical_null_count() > 0) {
            return exec_err!(
                "{}: a stored state has an event without a time",
                self.call.spec.name
            );
        }
        let complete = Flags::open(complete)?;
        for row in 0..lists[0].len() {
            let group = group_of(row);
            self.incomplete[group] |= !complete.get_or_default(row) && lists[0].is_valid(row);
            if lists[0].is_valid(row) {
                for at in list_range(&lists[0], row) {
                    self.table.push(group, times[at], met.value(at));
                }
            }
        }
        Ok(())
    }

    fn results(&self, groups: usize) -> Result<ArrayRef> {
        if self.fold.keeps_all() && self.incomplete[..groups].contains(&true) {
            let name = self.call.spec.name;
            return exec_err!(
                "{name}: these states were stored in a mode that drops the rows in which no \
                 condition is met, but this mode needs them: give {name}_state the same mode"
            );
        }
        let mut results = F::Results::default();
        self.table.each(groups, |events| self.fold.finish(events, &mut results));
        results.column(self.call.spec.name, &self.call.time)
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let columns = self.table.columns(groups);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(columns.offsets));
        let met = PrimitiveArray::<M::Arrow>::from_iter_values(columns.met);
        let lists = vec![as_times(columns.times, &self.call.time)?, Arc::new(met)];
        let mut state = as_lists(&offsets, lists);
        let complete = self.incomplete[..groups].iter().map(|incomplete| Some(!incomplete));
        state.push(Arc::new(complete.collect::<BooleanArray>()));
        Ok(state)
    }

    fn remove_first(&mut self, groups: usize) {
        self.table.remove_first(groups);
        self.incomplete.drain(..groups);
    }

    fn size(&self) -> usize {
        self.table.size() + self.incomplete.capacity()
    }
}

/// Ticks as times of a type.
pub(crate) fn as_times(ticks: Vec<i64>, time: &DataType) -> Result<ArrayRef> {
    times_or_null(ticks.into(), time)
}

/// Ticks, some of which may be NULL, as times of a type.
pub(crate) fn times_or_null(ticks: Int64Array, time: &DataType) -> Result<ArrayRef> {
    match time {
        DataType::Timestamp(..) => {
            let data = ticks.into_data().into_builder().data_type(time.clone()).build()?;
            Ok(make_array(data))
        }
        _ => Ok(arrow::compute::cast(&ticks, time)?),
    }
}
