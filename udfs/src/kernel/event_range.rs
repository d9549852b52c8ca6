//! The events of a range of groups, most of them packed.

use std::borrow::Borrow;

use super::packed::Packed;
use crate::math::Bits;

/// How many events are packed at once: enough that what is said of them together is nothing beside
/// them, and so few that those of hundreds of ranges stay in a cache until they are.
const CHUNK: usize = 1 << 8;

/// How many bytes of packed events are one block of memory: so few that little is lost in the last one
/// of each range.
const BLOCK: usize = 1 << 15;

/// An event of a group, which is counted from the first of the range.
#[derive(Debug, Clone, Copy)]
pub(super) struct RangeEvent<M> {
    pub(super) time: i64,
    pub(super) group: u16,
    pub(super) met: M,
}

/// The events of a range of groups, in the order in which they came.
#[derive(Debug)]
pub(super) struct EventRange<M> {
    blocks: Vec<Block>,
    /// The memory that they hold, in bytes.
    held: usize,
    /// The events that are not packed yet.
    recent: Vec<RangeEvent<M>>,
    /// Of the packed ones. Before any, the earliest is later than the latest.
    earliest: i64,
    latest: i64,
}

#[derive(Debug)]
struct Block {
    bytes: Vec<u8>,
    chunks: Vec<Chunk>,
}

/// Some packed events: where their bytes begin, and how their columns are packed one after the other.
#[derive(Debug)]
struct Chunk {
    start: usize,
    groups: Packed,
    times: Packed,
    met: Packed,
}

impl<M: Bits> EventRange<M> {
    /// A range without events.
    pub(super) fn new() -> Self {
        Self { blocks: vec![], held: 0, recent: vec![], earliest: i64::MAX, latest: i64::MIN }
    }

    /// Takes in an event.
    #[inline]
    pub(super) fn push(&mut self, event: RangeEvent<M>) {
        if self.recent.len() == CHUNK {
            self.pack();
        }
        self.recent.push(event);
    }

    #[cold]
    fn pack(&mut self) {
        let (earliest, latest) = self.span_of_recent();
        (self.earliest, self.latest) = (self.earliest.min(earliest), self.latest.max(latest));
        let events = self.recent.iter();
        let groups = events.clone().map(|event| u64::from(event.group));
        let times = events.clone().map(|event| from_first(event.time));
        let met = events.map(|event| event.met.into());
        let mut chunk = Chunk {
            start: 0,
            groups: Packed::of(groups.clone()),
            times: Packed::between(from_first(earliest), from_first(latest), times.clone()),
            met: Packed::of(met.clone()),
        };
        let more = chunk.groups.bytes() + chunk.times.bytes() + chunk.met.bytes();
        if self.blocks.last().is_none_or(|block| block.bytes.len() + more > BLOCK) {
            // A first block may be all that is needed, so it grows as events come.
            let room = if self.blocks.is_empty() { 0 } else { BLOCK };
            let block = Block { bytes: Vec::with_capacity(room), chunks: vec![] };
            self.held += block.size();
            self.blocks.push(block);
        }
        if let Some(block) = self.blocks.last_mut() {
            let before = block.size();
            chunk.start = block.bytes.len();
            chunk.groups.write(groups, &mut block.bytes);
            chunk.times.write(times, &mut block.bytes);
            chunk.met.write(met, &mut block.bytes);
            block.chunks.push(chunk);
            self.held += block.size() - before;
        }
        self.recent.clear();
    }

    /// How many events there are.
    pub(super) fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.chunks.len() * CHUNK).sum::<usize>()
            + self.recent.len()
    }

    /// The earliest and the latest time; of no events, the earliest is later than the latest.
    pub(super) fn span(&self) -> (i64, i64) {
        let (earliest, latest) = self.span_of_recent();
        (self.earliest.min(earliest), self.latest.max(latest))
    }

    fn span_of_recent(&self) -> (i64, i64) {
        self.recent.iter().fold((i64::MAX, i64::MIN), |(earliest, latest), event| {
            (earliest.min(event.time), latest.max(event.time))
        })
    }

    /// Hands over every event of the first `groups` groups of the range: its group, its time and the
    /// conditions that it meets.
    pub(super) fn each(&self, groups: usize, mut of: impl FnMut(usize, i64, M)) {
        let mut of = |group: usize, time, met| {
            if group < groups {
                of(group, time, met);
            }
        };
        let (mut of_groups, mut times, mut met) = (vec![], vec![], vec![]);
        for (bytes, chunk) in self.chunks() {
            let bytes = chunk.groups.read(bytes, &mut of_groups);
            let bytes = chunk.times.read(bytes, &mut times);
            chunk.met.read(bytes, &mut met);
            for ((&group, &time), &met) in of_groups.iter().zip(&times).zip(&met) {
                of(as_group(group), as_time(time), M::of(met));
            }
        }
        for event in &self.recent {
            of(event.group.into(), event.time, event.met);
        }
    }

    /// Adds the number of events of each of the first groups to its count.
    fn count(&self, counts: &mut [usize]) {
        let mut count = |group: usize| {
            if let Some(count) = counts.get_mut(group) {
                *count += 1;
            }
        };
        let mut groups = vec![];
        for (bytes, chunk) in self.chunks() {
            chunk.groups.read(bytes, &mut groups);
            for &group in &groups {
                count(as_group(group));
            }
        }
        for event in &self.recent {
            count(event.group.into());
        }
    }

    /// The packed events, each with the bytes from its own on.
    fn chunks(&self) -> impl Iterator<Item = (&[u8], &Chunk)> {
        self.blocks
            .iter()
            .flat_map(|block| block.chunks.iter().map(|chunk| (&block.bytes[chunk.start..], chunk)))
    }

    /// The memory it holds, in bytes.
    pub(super) fn size(&self) -> usize {
        self.held
            + self.blocks.capacity() * size_of::<Block>()
            + self.recent.capacity() * size_of::<RangeEvent<M>>()
    }
}

impl Block {
    /// The memory it holds, in bytes.
    fn size(&self) -> usize {
        self.bytes.capacity() + self.chunks.capacity() * size_of::<Chunk>()
    }
}

/// Where the events of each of the first `groups` groups of a range begin once they are sorted by
/// group, and where the last one ends. They may have been gathered in several parts.
pub(super) fn starts<M: Bits>(parts: &[impl Borrow<EventRange<M>>], groups: usize) -> Vec<usize> {
    let mut starts = vec![0; groups + 1];
    for part in parts {
        part.borrow().count(&mut starts[1..]);
    }
    for group in 0..groups {
        starts[group + 1] += starts[group];
    }
    starts
}

/// A time as a number of ticks since the first time that there is.
fn from_first(time: i64) -> u64 {
    time.abs_diff(i64::MIN)
}

fn as_time(from_first: u64) -> i64 {
    i64::MIN.wrapping_add_unsigned(from_first)
}

fn as_group(packed: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "it was packed as a 16-bit number")]
    let group = packed as usize;
    group
}
