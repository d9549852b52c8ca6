//! What metrics collect that tell an event by its label, such as a page: when which conditions were
//! met under which label, by group.
//!
//! A state is three lists per group, side by side. Every event is kept, whether or not it meets a
//! condition: what stands next to what is the question.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, LargeListArray, UInt32Array};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, FieldRef, UInt32Type};
use datafusion_common::{Result, exec_err, internal_err, plan_err};

use super::call::{Call, state_field};
use super::collection::Collection;
use super::column::ticks;
use super::entity_table::{BATCH, GroupedRow};
use super::event_table::EventTable;
use super::events::{MET, TIMES, as_times};
use super::fold::LabelledFold;
use super::hashed_table::HashedTable;
use super::id::{Id, IdColumn, id_column};
use super::invalid::overflow;
use super::list_columns::{as_lists, list_range, list_type, read_lists};
use super::rows::{AllFlags, Columns, Selection};
use crate::math::Event;

/// How many conditions there can be.
pub const LABELLED_CONDITIONS: usize = u32::BITS as usize - 1;

/// The events of all groups.
#[derive(Debug)]
pub(super) struct LabelledEvents<F> {
    call: Call,
    fold: F,
    /// Beside its time, an event is the number of its label and the conditions that it meets.
    table: EventTable<u64>,
    /// Each label once, in the one group 0.
    labels: HashedTable<()>,
    groups: usize,
}

/// An event as the table and stored states hold it.
#[derive(Debug, Clone, Copy)]
struct Packed {
    label: u32,
    /// The conditions that it meets and, above the last condition, a bit that is always set: a stored
    /// state must tell how many there were, for a condition that nothing meets breaks a chain.
    met: u32,
}

impl Packed {
    fn of(packed: u64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the halves are what is wanted")]
        let (label, met) = ((packed >> 32) as u32, packed as u32);
        Self { label, met }
    }

    fn bits(self) -> u64 {
        u64::from(self.label) << 32 | u64::from(self.met)
    }

    fn conditions(self) -> u32 {
        self.met.checked_ilog2().unwrap_or_default()
    }
}

/// The columns of the state of a metric of labelled events.
pub(super) fn state_fields(call: &Call) -> Vec<FieldRef> {
    let [times, met, labels] = types(call).map(|item| list_type(&item));
    vec![state_field(TIMES, times), state_field(MET, met), state_field("labels", labels)]
}

fn types(call: &Call) -> [DataType; 3] {
    [call.time.clone(), DataType::UInt32, DataType::LargeUtf8]
}

impl<F: LabelledFold> LabelledEvents<F> {
    /// The numbers of the labels in some rows of a column.
    fn numbers(&mut self, labels: &ArrayRef, rows: &[usize]) -> Result<Vec<u32>> {
        let labels = IdColumn::open(std::slice::from_ref(labels), &DataType::LargeUtf8)?;
        let (mut all, mut numbers) = (Vec::with_capacity(rows.len()), vec![]);
        for rows in rows.chunks(BATCH) {
            let rows: Vec<_> = rows.iter().map(|&row| GroupedRow { row, group: 0 }).collect();
            let numbered = self.labels.numbers(&rows, &labels, &mut numbers);
            numbered.map_err(|_| overflow(&self.call))?;
            all.extend_from_slice(&numbers);
        }
        Ok(all)
    }

    fn label(&self, number: u32) -> Id<'_> {
        self.labels.get(number).0
    }

    /// Sorts events that are sorted by time also by label, and then by the conditions they meet.
    fn sort_by_label(&self, events: &mut [Event]) {
        let key = |event: &Event| {
            let Packed { label, met } = Packed::of(event.met);
            (self.label(label), met)
        };
        for moment in events.chunk_by_mut(|a, b| a.time == b.time).filter(|events| events.len() > 1)
        {
            moment.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        }
    }

    /// The label that answers for the events of a group, which are sorted by time.
    fn result(&self, events: &mut [Event]) -> Result<Option<u32>> {
        self.sort_by_label(events);
        let packed: Vec<Packed> = events.iter().map(|event| Packed::of(event.met)).collect();
        let conditions = packed.first().map_or(0, |first| first.conditions());
        if packed.iter().any(|packed| packed.conditions() != conditions) {
            let name = self.call.spec.name;
            return exec_err!("{name}: these states are of different numbers of conditions");
        }
        for (event, packed) in events.iter_mut().zip(&packed) {
            event.met = (packed.met ^ 1 << conditions).into();
        }
        let chosen = self.fold.choose(events, conditions as usize);
        Ok(chosen.map(|at| packed[at].label))
    }
}

impl<F: LabelledFold> Collection for LabelledEvents<F> {
    fn new(call: Call) -> Result<Self> {
        let fold = F::with(&call.settings).or_else(|why| plan_err!("{}: {why}", call.spec.name))?;
        Ok(Self { call, fold, table: EventTable::new(), labels: HashedTable::new(), groups: 0 })
    }

    fn call(&self) -> &Call {
        &self.call
    }

    fn groups(&self) -> usize {
        self.groups
    }

    fn grow(&mut self, groups: usize) {
        self.groups = groups;
    }

    fn update(
        &mut self,
        args: &[ArrayRef],
        filter: Option<&BooleanArray>,
        group_of: impl Fn(usize) -> usize,
    ) -> Result<()> {
        let args = self.call.row_args(args);
        let [time, label, conditions @ ..] = args else {
            return internal_err!("{} was planned without a label", self.call.spec.name);
        };
        let times = ticks(time, &self.call.time)?;
        let AllFlags(met) = AllFlags::<u32, 1>::open(conditions)?;
        let last = 1 << conditions.len();
        let rows = Selection::new(&args[..2], filter).map(|row| row);
        let labels = self.numbers(label, &rows)?;
        for (row, label) in rows.into_iter().zip(labels) {
            let event = Packed { label, met: met[row][0] | last };
            self.table.push(group_of(row), times[row], event.bits());
        }
        Ok(())
    }

    fn merge(&mut self, state: &[ArrayRef], group_of: impl Fn(usize) -> usize) -> Result<()> {
        let lists = read_lists(&self.call, state, &types(&self.call))?;
        let [all, met, labels]: &[LargeListArray] = &lists else {
            return internal_err!("a state of {} columns came", state.len());
        };
        if lists.iter().any(|list| list.values().logical_null_count() > 0) {
            let name = self.call.spec.name;
            return exec_err!("{name}: a stored state has an event without a time or a label");
        }
        let times = ticks(all.values(), &self.call.time)?;
        let met = met.values().as_primitive::<UInt32Type>();
        let all_labels = ArrayRef::clone(labels.values());
        let valid = (0..all.len()).filter(|&row| all.is_valid(row));
        let (groups, items): (Vec<_>, Vec<_>) = valid
            .flat_map(|row| list_range(all, row).map(move |at| (row, at)))
            .map(|(row, at)| (group_of(row), at))
            .unzip();
        let labels = self.numbers(&all_labels, &items)?;
        for ((group, at), label) in groups.into_iter().zip(items).zip(labels) {
            let event = Packed { label, met: met.value(at) };
            self.table.push(group, times[at], event.bits());
        }
        Ok(())
    }

    fn results(&self, groups: usize) -> Result<ArrayRef> {
        let mut results = Vec::with_capacity(groups);
        let mut sorted = vec![];
        self.table.each(groups, |events| {
            sorted.clear();
            sorted.extend_from_slice(events);
            results.push(self.result(&mut sorted));
        });
        let labels = results.into_iter().map(|label| Ok(label?.map(|label| self.label(label))));
        id_column(labels.collect::<Result<Vec<_>>>()?.into_iter(), &DataType::LargeUtf8)
    }

    fn states(&self, groups: usize) -> Result<Vec<ArrayRef>> {
        let columns = self.table.columns(groups);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(columns.offsets));
        let packed = || columns.met.iter().map(|&packed| Packed::of(packed));
        let met = UInt32Array::from_iter_values(packed().map(|packed| packed.met));
        let labels = packed().map(|packed| Some(self.label(packed.label)));
        let labels = id_column(labels, &DataType::LargeUtf8)?;
        let times = as_times(columns.times, &self.call.time)?;
        Ok(as_lists(&offsets, vec![times, Arc::new(met), labels]))
    }

    fn remove_first(&mut self, groups: usize) {
        // Labels stay: others may have them, too.
        self.table.remove_first(groups);
        self.groups -= groups;
    }

    fn size(&self) -> usize {
        self.table.size() + self.labels.size()
    }
}
