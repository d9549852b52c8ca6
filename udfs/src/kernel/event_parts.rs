//! Events that several threads gather side by side, each for itself, of groups that all of them number
//! alike: nothing is exchanged between them until the events are put in order.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, BooleanArray};
use datafusion_common::Result;

use super::call::Call;
use super::collection::Collection;
use super::event_range::EventRange;
use super::event_sorter::EventSorter;
use super::events::Events;
use super::fold::EventFold;
use super::output::EventResults;
use super::state::StoredBits;

/// The events of one call.
pub trait EventParts: Debug + Send + Sync {
    /// What one thread gathers.
    ///
    /// # Errors
    ///
    /// When the constants of the call do not go with its arguments.
    fn part(&self) -> Result<Box<dyn EventPart>>;

    /// How many events the threads have given of a block of [`EVENT_GROUPS`](super::EVENT_GROUPS) groups.
    fn events(&self, block: usize) -> usize;

    /// The results of what all threads have gathered, a block of groups after the other.
    ///
    /// # Errors
    ///
    /// When the constants of the call do not go with its arguments.
    fn results(&self) -> Result<Box<dyn BlockResults>>;
}

/// The events that one thread gathers.
pub trait EventPart: Send {
    /// Takes in rows of groups with these numbers.
    ///
    /// # Errors
    ///
    /// When an argument cannot be read.
    fn update(
        &mut self,
        args: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
    ) -> Result<()>;

    /// The memory it holds, in bytes.
    fn size(&self) -> usize;

    /// Gives them to the whole.
    fn give(self: Box<Self>);
}

/// The results of one thread.
pub trait BlockResults: Send {
    /// Takes out the events of the first `groups` groups of a block of [`EVENT_GROUPS`](super::EVENT_GROUPS), and returns how
    /// many there are.
    fn open(&mut self, block: usize, groups: usize) -> usize;

    /// The results of some groups of the block that was opened last.
    ///
    /// # Errors
    ///
    /// When the results cannot be a column.
    fn of_groups(&mut self, groups: &[usize]) -> Result<ArrayRef>;
}

/// What all threads share.
#[derive(Debug)]
pub(super) struct SharedEvents<F, M> {
    call: Call,
    fold: Arc<F>,
    /// The ranges of groups of each thread that has given them.
    given: Given<M>,
}

type Given<M> = Arc<Mutex<Vec<Vec<EventRange<M>>>>>;

struct Part<F: EventFold, M> {
    events: Events<F, M>,
    given: Given<M>,
}

struct Results<F, M> {
    call: Call,
    fold: Arc<F>,
    given: Given<M>,
    sorter: EventSorter,
}

impl<F: EventFold, M: StoredBits> SharedEvents<F, M> {
    /// No events yet.
    pub(super) fn new(call: Call) -> Result<Self> {
        let fold = Arc::new(Events::<F, M>::fold_of(&call)?);
        Ok(Self { call, fold, given: Given::default() })
    }
}

impl<F: EventFold, M: StoredBits> EventParts for SharedEvents<F, M> {
    fn part(&self) -> Result<Box<dyn EventPart>> {
        let events = Events::<F, M>::new(self.call.clone())?;
        Ok(Box::new(Part { events, given: Arc::clone(&self.given) }))
    }

    fn events(&self, block: usize) -> usize {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.iter().filter_map(|ranges| ranges.get(block)).map(EventRange::len).sum()
    }

    fn results(&self) -> Result<Box<dyn BlockResults>> {
        Ok(Box::new(Results {
            call: self.call.clone(),
            fold: Arc::clone(&self.fold),
            given: Arc::clone(&self.given),
            sorter: EventSorter::default(),
        }))
    }
}

impl<F: EventFold, M: StoredBits> EventPart for Part<F, M> {
    fn update(
        &mut self,
        args: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
    ) -> Result<()> {
        self.events.update(args, filter, |row| groups[row])
    }

    fn size(&self) -> usize {
        self.events.size()
    }

    fn give(self: Box<Self>) {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.push(self.events.into_ranges());
    }
}

impl<F: EventFold, M: StoredBits> BlockResults for Results<F, M> {
    fn open(&mut self, block: usize, groups: usize) -> usize {
        let parts: Vec<EventRange<M>> = {
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            let ranges = given.iter_mut().filter_map(|ranges| ranges.get_mut(block));
            ranges.map(|range| std::mem::replace(range, EventRange::new())).collect()
        };
        self.sorter.take(&parts, groups)
    }

    fn of_groups(&mut self, groups: &[usize]) -> Result<ArrayRef> {
        let mut results = F::Results::default();
        self.sorter.each(groups.iter().copied(), |events| self.fold.finish(events, &mut results));
        results.column(self.call.spec.name, &self.call.time)
    }
}
