//! The events of all groups, in the order in which they came until they are asked for.
//!
//! They are written one after the other, whichever group they belong to, and sorted once at the
//! end: first by group, by counting, then the few of each group by time. A group has no memory of
//! its own.

use crate::math::{Event, Overflow};

/// How many events a chunk holds: enough that what is left over at the end is nothing beside them.
const CHUNK: usize = 1 << 16;

/// The conditions that an event meets, in as few bytes as they need.
pub(super) trait Mask:
    Copy + Default + Into<u64> + Send + Sync + std::fmt::Debug + 'static
{
    /// How many conditions fit.
    const BITS: u32;

    /// The mask of these conditions, of which there are no more than fit.
    fn of(met: u64) -> Self;
}

impl Mask for u8 {
    const BITS: u32 = Self::BITS;

    fn of(met: u64) -> Self {
        met.to_le_bytes()[0]
    }
}

impl Mask for u64 {
    const BITS: u32 = Self::BITS;

    fn of(met: u64) -> Self {
        met
    }
}

/// Events by group.
#[derive(Debug)]
pub(super) struct EventTable<M> {
    chunks: Vec<Chunk<M>>,
    /// Before any event, the earliest is later than the latest.
    earliest: i64,
    latest: i64,
}

#[derive(Debug)]
struct Chunk<M> {
    groups: Vec<u32>,
    times: Vec<i64>,
    met: Vec<M>,
}

/// The events of some groups as columns, sorted by group.
#[derive(Debug)]
pub(super) struct EventColumns<M> {
    /// Where each group begins, and where the last one ends.
    pub offsets: Vec<i64>,
    pub times: Vec<i64>,
    pub met: Vec<M>,
}

impl<M: Mask> EventTable<M> {
    /// A table of no events.
    pub(super) fn new() -> Self {
        Self { chunks: vec![], earliest: i64::MAX, latest: i64::MIN }
    }

    /// Takes in an event.
    #[inline]
    pub(super) fn push(&mut self, group: usize, time: i64, met: M) -> Result<(), Overflow> {
        let group = u32::try_from(group).map_err(|_| Overflow)?;
        self.earliest = self.earliest.min(time);
        self.latest = self.latest.max(time);
        let chunk = match self.chunks.last_mut() {
            Some(chunk) if chunk.times.len() < CHUNK => chunk,
            _ => self.new_chunk(),
        };
        chunk.groups.push(group);
        chunk.times.push(time);
        chunk.met.push(met);
        Ok(())
    }

    fn new_chunk(&mut self) -> &mut Chunk<M> {
        // A first chunk may be all that is needed, so it grows as events come.
        let room = if self.chunks.is_empty() { 0 } else { CHUNK };
        self.chunks.push(Chunk {
            groups: Vec::with_capacity(room),
            times: Vec::with_capacity(room),
            met: Vec::with_capacity(room),
        });
        let last = self.chunks.len() - 1;
        &mut self.chunks[last]
    }

    /// Every event of the first `groups` groups, with its group.
    fn events(&self, groups: usize) -> impl Iterator<Item = (usize, i64, M)> {
        self.chunks.iter().flat_map(move |chunk| {
            let events = chunk.groups.iter().zip(&chunk.times).zip(&chunk.met);
            let events = events.map(|((&group, &time), &met)| (group as usize, time, met));
            events.filter(move |(group, ..)| *group < groups)
        })
    }

    /// Where the events of each of the first `groups` groups begin once they are sorted by group,
    /// and where the last ones end.
    fn starts(&self, groups: usize) -> Vec<usize> {
        let mut starts = vec![0; groups + 1];
        for (group, ..) in self.events(groups) {
            starts[group + 1] += 1;
        }
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        starts
    }

    /// The events of the first `groups` groups as columns.
    pub(super) fn columns(&self, groups: usize) -> EventColumns<M> {
        let mut next = self.starts(groups);
        let offsets = next.iter().map(|&at| i64::try_from(at).unwrap_or(i64::MAX)).collect();
        let (mut times, mut met) = (vec![0; next[groups]], vec![M::default(); next[groups]]);
        for (group, time, conditions) in self.events(groups) {
            times[next[group]] = time;
            met[next[group]] = conditions;
            next[group] += 1;
        }
        EventColumns { offsets, times, met }
    }

    /// Gives the events of each of the first `groups` groups to `of`, in their order, and lists
    /// what comes back.
    pub(super) fn results<T>(&self, groups: usize, of: impl FnMut(&[Event]) -> T) -> Vec<T> {
        // A time and a mask mostly fit into one number, which sorts as they do.
        let span = self.latest.abs_diff(self.earliest);
        if self.earliest > self.latest || span.leading_zeros() >= M::BITS {
            let shift = M::BITS;
            let key = |time: i64, met: u64| time.abs_diff(self.earliest) << shift | met;
            let event = |key: u64| Event {
                time: self.earliest.wrapping_add_unsigned(key >> shift),
                met: key & ((1 << shift) - 1),
            };
            self.sorted_results(groups, key, event, of)
        } else {
            let key =
                |time: i64, met: u64| u128::from(time.abs_diff(i64::MIN)) << 64 | u128::from(met);
            let event = |key: u128| Event {
                time: i64::MIN.wrapping_add_unsigned(upper_half(key)),
                met: lower_half(key),
            };
            self.sorted_results(groups, key, event, of)
        }
    }

    fn sorted_results<K: Ord + Copy + Default, T>(
        &self,
        groups: usize,
        key: impl Fn(i64, u64) -> K,
        event: impl Fn(K) -> Event,
        mut of: impl FnMut(&[Event]) -> T,
    ) -> Vec<T> {
        let starts = self.starts(groups);
        let mut keys = vec![K::default(); starts[groups]];
        let mut next = starts.clone();
        for (group, time, met) in self.events(groups) {
            keys[next[group]] = key(time, met.into());
            next[group] += 1;
        }
        let mut events = vec![];
        let results = starts.array_windows().map(|&[start, end]| {
            let keys = &mut keys[start..end];
            keys.sort_unstable();
            events.clear();
            events.extend(keys.iter().map(|&key| event(key)));
            of(&events)
        });
        results.collect()
    }

    /// Forgets the first `groups` groups and numbers the others from 0 again.
    pub(super) fn remove_first(&mut self, groups: usize) {
        let Ok(removed) = u32::try_from(groups) else {
            *self = Self::new();
            return;
        };
        for chunk in &mut self.chunks {
            let Chunk { groups, times, met } = chunk;
            let mut kept = 0;
            for at in 0..groups.len() {
                if let Some(group) = groups[at].checked_sub(removed) {
                    (groups[kept], times[kept], met[kept]) = (group, times[at], met[at]);
                    kept += 1;
                }
            }
            groups.truncate(kept);
            times.truncate(kept);
            met.truncate(kept);
        }
        self.chunks.retain(|chunk| !chunk.times.is_empty());
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        let last = self.chunks.last().map_or(0, |chunk| chunk.times.capacity());
        let events = self.chunks.len().saturating_sub(1) * CHUNK + last;
        events * (size_of::<u32>() + size_of::<i64>() + size_of::<M>())
    }
}

fn upper_half(key: u128) -> u64 {
    (key >> 64) as u64
}

fn lower_half(key: u128) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
    let half = key as u64;
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table<M: Mask>(events: &[(usize, i64, u64)]) -> EventTable<M> {
        let mut table = EventTable::new();
        for &(group, time, met) in events {
            table.push(group, time, M::of(met)).unwrap();
        }
        table
    }

    fn results<M: Mask>(table: &EventTable<M>, groups: usize) -> Vec<Vec<(i64, u64)>> {
        let pairs = |events: &[Event]| events.iter().map(|e| (e.time, e.met)).collect();
        table.results(groups, pairs)
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
    fn columns_hold_the_events_of_the_groups_that_were_asked_for() {
        let columns = table::<u8>(&[(1, 5, 1), (0, 9, 2), (2, 1, 1), (0, 8, 3)]).columns(2);
        assert_eq!(columns.offsets, [0, 2, 3]);
        assert_eq!(columns.times, [9, 8, 5]);
        assert_eq!(columns.met, [2, 3, 1]);
    }

    #[test]
    fn later_groups_survive_the_removal_of_earlier_ones() {
        let mut table: EventTable<u8> = table(
            &(0..200_000_usize)
                .map(|at| (at % 3, i64::try_from(at).unwrap(), 1))
                .collect::<Vec<_>>(),
        );
        table.remove_first(2);
        table.push(1, 7, 2).unwrap();
        let kept = results(&table, 2);
        assert_eq!(kept[0].len(), 66_666);
        assert_eq!((kept[0][0], kept[1].as_slice()), ((2, 1), &[(7, 2)][..]));
    }
}
