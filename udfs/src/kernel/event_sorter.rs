//! Puts the events of a range of groups in order: by group, by counting, and then the few of each by
//! time.

use std::borrow::Borrow;

use super::event_range::{EventRange, starts};
use crate::math::{Bits, Event};

/// Sorts one range of groups after the other, in the same memory.
#[derive(Debug, Default)]
pub(super) struct EventSorter {
    /// Where the events of each group end, and those of the next one begin.
    ends: Vec<usize>,
    keys: Keys,
    narrow: Vec<u64>,
    wide: Vec<u128>,
    events: Vec<Event>,
}

/// Which numbers the events are kept as, by group. They sort as events do.
#[derive(Debug, Default, Clone, Copy)]
enum Keys {
    /// The ticks since the earliest time, with the mask below them, of so many bits.
    Narrow { earliest: i64, bits: u32 },
    /// The ticks since the first time that there is, with the mask below them.
    #[default]
    Wide,
}

impl EventSorter {
    /// Takes in the events of the first `groups` groups of a range, instead of those it had. They may
    /// have been gathered in several parts. Returns how many there are.
    pub(super) fn take<M: Bits>(
        &mut self,
        parts: &[impl Borrow<EventRange<M>>],
        groups: usize,
    ) -> usize {
        let mut next = starts(parts, groups);
        let (earliest, latest) = span(parts);
        // A time and a mask mostly fit into one number.
        if M::BITS < u64::BITS && latest.abs_diff(earliest).leading_zeros() >= M::BITS {
            let bits = M::BITS;
            self.keys = Keys::Narrow { earliest, bits };
            let key = |time: i64, met: u64| time.abs_diff(earliest) << bits | met;
            place(parts, &mut next, &mut self.narrow, key);
        } else {
            self.keys = Keys::Wide;
            let key =
                |time: i64, met: u64| u128::from(time.abs_diff(i64::MIN)) << 64 | u128::from(met);
            place(parts, &mut next, &mut self.wide, key);
        }
        // When all events have been placed, the place of the next one is where those of the group end.
        next.pop();
        self.ends = next;
        self.ends.last().copied().unwrap_or_default()
    }

    /// Gives the events of each of these groups to `of`, in their order.
    pub(super) fn each(&mut self, groups: impl Iterator<Item = usize>, of: impl FnMut(&[Event])) {
        let Self { ends, keys, narrow, wide, events } = self;
        match *keys {
            Keys::Narrow { earliest, bits } => {
                let event = |key: u64| Event {
                    time: earliest.wrapping_add_unsigned(key >> bits),
                    met: key & ((1 << bits) - 1),
                };
                each_sorted(groups, ends, narrow, events, event, of);
            }
            Keys::Wide => {
                let event = |key: u128| Event {
                    time: i64::MIN.wrapping_add_unsigned(upper_half(key)),
                    met: lower_half(key),
                };
                each_sorted(groups, ends, wide, events, event, of);
            }
        }
    }
}

/// The earliest and the latest time; of no events, the earliest is later than the latest.
fn span<M: Bits>(parts: &[impl Borrow<EventRange<M>>]) -> (i64, i64) {
    let spans = parts.iter().map(|part| part.borrow().span());
    spans.fold((i64::MAX, i64::MIN), |all, span| (all.0.min(span.0), all.1.max(span.1)))
}

/// Writes the keys of events by group, given where the next event of each group goes, and behind
/// these how many there are.
fn place<M: Bits, K: Copy + Default>(
    parts: &[impl Borrow<EventRange<M>>],
    next: &mut [usize],
    keys: &mut Vec<K>,
    key: impl Fn(i64, u64) -> K,
) {
    let groups = next.len() - 1;
    keys.resize(next[groups], K::default());
    for part in parts {
        part.borrow().each(groups, |group, time, met| {
            keys[next[group]] = key(time, met.into());
            next[group] += 1;
        });
    }
}

fn each_sorted<K: Ord + Copy>(
    groups: impl Iterator<Item = usize>,
    ends: &[usize],
    keys: &mut [K],
    events: &mut Vec<Event>,
    event: impl Fn(K) -> Event,
    mut of: impl FnMut(&[Event]),
) {
    for group in groups {
        let start = group.checked_sub(1).map_or(0, |before| ends[before]);
        let keys = &mut keys[start..ends[group]];
        keys.sort_unstable();
        events.clear();
        events.extend(keys.iter().map(|&key| event(key)));
        of(events);
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
