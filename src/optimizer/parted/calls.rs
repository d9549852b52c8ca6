//! How one call is worked out by several threads.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, BooleanArray, UInt64Array, new_empty_array};
use datafusion::arrow::compute::take;
use datafusion::error::Result;
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::aggregate::AggregateFunctionExpr;
use tenure_udfs::kernel::{BlockResults, EVENT_GROUPS, EventPart, EventParts};

/// What all threads share of a call.
pub(super) enum SharedCall {
    /// Events, of which each thread keeps its own until the end.
    Events(Box<dyn EventParts>),
    /// States, of which each thread has one for each group.
    States { call: Arc<AggregateFunctionExpr>, given: Mutex<Vec<GivenStates>> },
}

/// The states that one thread has given, of every group up to the last one that it had: those without rows
/// are as new, which adds nothing.
type GivenStates = Vec<ArrayRef>;

/// What one thread gathers of a call.
pub(super) enum CallPart {
    Events(Box<dyn EventPart>),
    States(Box<dyn GroupsAccumulator>),
}

/// The results of a call, for one thread.
pub(super) enum CallResults {
    Events(Box<dyn BlockResults>),
    States {
        call: Arc<AggregateFunctionExpr>,
        given: Vec<GivenStates>,
        /// Of the groups of the block that was opened last.
        opened: ArrayRef,
    },
}

impl SharedCall {
    /// States of a call, of which there are none yet.
    pub(super) fn states(call: &Arc<AggregateFunctionExpr>) -> Self {
        Self::States { call: Arc::clone(call), given: Mutex::default() }
    }

    /// What a thread gathers, which is nothing yet.
    pub(super) fn part(&self) -> Result<CallPart> {
        Ok(match self {
            Self::Events(events) => CallPart::Events(events.part()?),
            Self::States { call, .. } => CallPart::States(call.create_groups_accumulator()?),
        })
    }

    /// Takes what a thread has gathered.
    pub(super) fn take(&self, part: CallPart) -> Result<()> {
        match (self, part) {
            (Self::States { given, .. }, CallPart::States(mut states)) => {
                let columns = states.state(EmitTo::All)?;
                given.lock().unwrap_or_else(PoisonError::into_inner).push(columns);
            }
            (_, CallPart::Events(events)) => events.give(),
            (Self::Events(_), CallPart::States(_)) => {}
        }
        Ok(())
    }

    /// How many events of a block of groups have been given.
    pub(super) fn events(&self, block: usize) -> usize {
        match self {
            Self::Events(events) => events.events(block),
            Self::States { .. } => 0,
        }
    }

    /// The results for a thread, when all have given what they gathered.
    pub(super) fn results(&self) -> Result<CallResults> {
        Ok(match self {
            Self::Events(events) => CallResults::Events(events.results()?),
            Self::States { call, given } => CallResults::States {
                call: Arc::clone(call),
                given: given.lock().unwrap_or_else(PoisonError::into_inner).clone(),
                opened: new_empty_array(call.field().data_type()),
            },
        })
    }
}

impl CallPart {
    /// Takes in rows of groups with these numbers, of so many.
    pub(super) fn update(
        &mut self,
        args: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        count: usize,
    ) -> Result<()> {
        match self {
            Self::Events(events) => events.update(args, groups, filter),
            Self::States(states) => states.update_batch(args, groups, filter, count),
        }
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Events(events) => events.size(),
            Self::States(states) => states.size(),
        }
    }
}

impl CallResults {
    /// Goes on to a block of groups, some of which had rows: these places of the first `groups` of the
    /// block. Returns how many events there are.
    pub(super) fn open(&mut self, block: usize, groups: usize, places: &[usize]) -> Result<usize> {
        match self {
            Self::Events(results) => Ok(results.open(block, groups)),
            Self::States { call, given, opened } => {
                *opened = merged(call, given, block * EVENT_GROUPS, groups)?;
                if places.len() < groups {
                    let places = places.iter().map(|&place| place as u64);
                    *opened = take(opened, &UInt64Array::from_iter_values(places), None)?;
                }
                Ok(0)
            }
        }
    }

    /// The results of some of the groups that had rows: of these places of the block, of which there
    /// were so many before.
    pub(super) fn of_groups(&mut self, places: &[usize], before: usize) -> Result<ArrayRef> {
        match self {
            Self::Events(results) => results.of_groups(places),
            Self::States { opened, .. } => Ok(opened.slice(before, places.len())),
        }
    }
}

/// The results of some groups, from all states that were given.
fn merged(
    call: &AggregateFunctionExpr,
    given: &[GivenStates],
    start: usize,
    groups: usize,
) -> Result<ArrayRef> {
    let mut all = call.create_groups_accumulator()?;
    let numbers: Vec<usize> = (0..groups).collect();
    for columns in given {
        let known = columns.first().map_or(0, |column| column.len().saturating_sub(start));
        if known > 0 {
            let numbers = &numbers[..known.min(groups)];
            let columns: Vec<_> =
                columns.iter().map(|column| column.slice(start, numbers.len())).collect();
            all.merge_batch(&columns, numbers, groups)?;
        }
    }
    all.evaluate(EmitTo::All)
}
