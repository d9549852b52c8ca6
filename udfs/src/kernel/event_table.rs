//! The events of all groups, in the order in which they came until they are asked for.
//!
//! They are written one after the other, whichever group they belong to, but so that a range of
//! groups lies together; a group has no memory of its own. At the end one range after the other is
//! sorted: first by group, by counting, then the few of each group by time. A range is small enough
//! for a cache, and what has been asked for can be given back.

use super::event_range::{EventRange, RangeEvent, starts};
use super::event_sorter::EventSorter;
use crate::math::{Bits, Event};

/// How many groups lie together: so few that their events are put in order within a cache. Events are
/// taken out for whole ranges of so many at little cost.
pub const EVENT_GROUPS: usize = 1 << 12;

/// Events by group.
#[derive(Debug)]
pub(super) struct EventTable<M> {
    /// Of [`EVENT_GROUPS`] groups each.
    ranges: Vec<EventRange<M>>,
}

/// The events of some groups as columns, sorted by group.
#[derive(Debug)]
pub(super) struct EventColumns<M> {
    /// Where each group begins, and where the last one ends.
    pub offsets: Vec<i64>,
    pub times: Vec<i64>,
    pub met: Vec<M>,
}

impl<M: Bits> EventTable<M> {
    /// A table of no events.
    pub(super) fn new() -> Self {
        Self { ranges: vec![] }
    }

    /// Takes in an event.
    #[inline]
    pub(super) fn push(&mut self, group: usize, time: i64, met: M) {
        let range = group / EVENT_GROUPS;
        if range >= self.ranges.len() {
            self.ranges.resize_with(range + 1, EventRange::new);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a range has no more groups")]
        let group = (group % EVENT_GROUPS) as u16;
        self.ranges[range].push(RangeEvent { time, group, met });
    }

    /// The first `groups` groups: of each range, how many of them are in it, and its events.
    fn ranges(&self, groups: usize) -> impl Iterator<Item = (usize, Option<&EventRange<M>>)> {
        let starts = (0..groups).step_by(EVENT_GROUPS);
        let mut ranges = self.ranges.iter();
        starts.map(move |start| ((groups - start).min(EVENT_GROUPS), ranges.next()))
    }

    /// The events of the first `groups` groups as columns.
    pub(super) fn columns(&self, groups: usize) -> EventColumns<M> {
        let (mut offsets, mut times, mut met) = (vec![0], vec![], vec![]);
        for (groups, range) in self.ranges(groups) {
            let before = times.len();
            let mut next = starts(range.as_slice(), groups);
            let end = |&at: &usize| i64::try_from(before + at).unwrap_or(i64::MAX);
            offsets.extend(next[1..].iter().map(end));
            times.resize(before + next[groups], 0);
            met.resize(before + next[groups], M::default());
            let Some(range) = range else { continue };
            range.each(groups, |group, time, conditions| {
                times[before + next[group]] = time;
                met[before + next[group]] = conditions;
                next[group] += 1;
            });
        }
        EventColumns { offsets, times, met }
    }

    /// Gives the events of each of the first `groups` groups to `of`, in their order.
    pub(super) fn each(&self, groups: usize, mut of: impl FnMut(&[Event])) {
        let mut sorter = EventSorter::default();
        for (groups, range) in self.ranges(groups) {
            sorter.take(range.as_slice(), groups);
            sorter.each(0..groups, &mut of);
        }
    }

    /// The ranges, from the first group on.
    pub(super) fn into_ranges(self) -> Vec<EventRange<M>> {
        self.ranges
    }

    /// Forgets the first `groups` groups and numbers the others from 0 again.
    pub(super) fn remove_first(&mut self, groups: usize) {
        let whole = groups / EVENT_GROUPS;
        self.ranges.drain(..whole.min(self.ranges.len()));
        let rest = groups % EVENT_GROUPS;
        if rest == 0 {
            return;
        }
        let Self { ranges, .. } = std::mem::replace(self, Self::new());
        for (at, range) in ranges.into_iter().enumerate() {
            range.each(EVENT_GROUPS, |group, time, met| {
                if let Some(group) = (at * EVENT_GROUPS + group).checked_sub(rest) {
                    self.push(group, time, met);
                }
            });
        }
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        self.ranges.iter().map(EventRange::size).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table<M: Bits>(events: &[(usize, i64, u64)]) -> EventTable<M> {
        let mut table = EventTable::new();
        for &(group, time, met) in events {
            table.push(group, time, M::of(met));
        }
        table
    }

    fn results<M: Bits>(table: &EventTable<M>, groups: usize) -> Vec<Vec<(i64, u64)>> {
        let mut results = vec![];
        table.each(groups, |events| {
            results.push(events.iter().map(|event| (event.time, event.met)).collect());
        });
        results
    }

    #[test]
    fn events_come_back_by_group_in_their_order() {
        let events = [(1, 5, 1), (0, 9, 2), (1, -3, 4), (0, 9, 1), (3, 0, 3)];
        let sorted = vec![vec![(9, 1), (9, 2)], vec![(-3, 4), (5, 1)], vec![], vec![(0, 3)]];
        assert_eq!(results(&table::<u8>(&events), 4), sorted);
        assert_eq!(results(&table::<u64>(&events), 4), sorted);
    }

    #[test]
    fn times_may_lie_as_far_apart_as_they_can() {
        let events = [(0, i64::MAX, u64::MAX), (0, i64::MIN, 1), (0, -1, 7), (0, 0, 6)];
        let sorted = vec![vec![(i64::MIN, 1), (-1, 7), (0, 6), (i64::MAX, u64::MAX)]];
        assert_eq!(results(&table::<u64>(&events), 1), sorted);
    }

    #[test]
    fn wide_masks_may_all_be_of_the_same_time() {
        let events = [(0, 5, u64::MAX), (1, 5, 1), (0, 5, 7)];
        let sorted = vec![vec![(5, 7), (5, u64::MAX)], vec![(5, 1)], vec![]];
        assert_eq!(results(&table::<u64>(&events), 3), sorted);
    }

    #[test]
    fn columns_hold_the_events_of_the_groups_that_were_asked_for() {
        let columns = table::<u8>(&[(1, 5, 1), (0, 9, 2), (2, 1, 1), (0, 8, 3)]).columns(2);
        assert_eq!(columns.offsets, [0, 2, 3]);
        assert_eq!(columns.times, [9, 8, 5]);
        assert_eq!(columns.met, [2, 3, 1]);
    }

    #[test]
    fn later_groups_survive_the_removal_of_earlier_ones() {
        let groups = 3 * EVENT_GROUPS + 5;
        let events: Vec<_> = (0..200_000_i64)
            .map(|at| (usize::try_from(at * 7919).unwrap() % groups, at, 1))
            .collect();
        let all = results(&table::<u8>(&events), groups);
        for removed in [1, 2, EVENT_GROUPS, EVENT_GROUPS + 3, 2 * EVENT_GROUPS, groups - 1] {
            let mut table: EventTable<u8> = table(&events);
            table.remove_first(removed);
            assert_eq!(results(&table, groups - removed), all[removed..]);
            table.push(groups - removed, 7, 2);
            assert_eq!(results(&table, groups - removed + 1).last().unwrap(), &[(7, 2)]);
        }
    }

    #[test]
    fn groups_far_apart_are_neither_lost_nor_mixed_up() {
        let last = 2 * EVENT_GROUPS + 1;
        let table: EventTable<u8> = table(&[(last, 3, 1), (1, 2, 1), (last, 1, 4)]);
        let results = results(&table, last + 1);
        assert_eq!(results[last], [(1, 4), (3, 1)]);
        assert_eq!(results[1], [(2, 1)]);
        assert_eq!(results.iter().flatten().count(), 3);
        let columns = table.columns(last + 1);
        assert_eq!((columns.times, columns.offsets[last]), (vec![2, 3, 1], 1));
        assert_eq!((columns.offsets.len(), columns.offsets[last + 1]), (last + 2, 3));
    }
}
