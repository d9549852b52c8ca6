//! Puts the events of a range of groups in order: by group, by counting, and then the few of each by
//! time.

use std::borrow::Borrow;

use super::event_range::{EventRange, starts};
use crate::math::{Bits, Event};

/// Sorts one range of groups after the other, in the same memory.
#[derive(Debug, Default)]
pub(super) struct EventSorter {
    narrow: Vec<u64>,
    wide: Vec<u128>,
    events: Vec<Event>,
}

impl EventSorter {
    /// Gives the events of each of the first `groups` groups of a range to `of`, in their order.
    /// They may have been gathered in several parts.
    pub(super) fn each<M: Bits>(
        &mut self,
        parts: &[impl Borrow<EventRange<M>>],
        groups: usize,
        of: impl FnMut(&[Event]),
    ) {
        let Self { narrow, wide, events } = self;
        let (earliest, latest) = span(parts);
        // A time and a mask mostly fit into one number, which sorts as they do.
        if M::BITS < u64::BITS && latest.abs_diff(earliest).leading_zeros() >= M::BITS {
            let shift = M::BITS;
            let key = |time: i64, met: u64| time.abs_diff(earliest) << shift | met;
            let event = |key: u64| Event {
                time: earliest.wrapping_add_unsigned(key >> shift),
                met: key & ((1 << shift) - 1),
            };
            each_sorted(parts, groups, (narrow, events), key, event, of);
        } else {
            let key =
                |time: i64, met: u64| u128::from(time.abs_diff(i64::MIN)) << 64 | u128::from(met);
            let event = |key: u128| Event {
                time: i64::MIN.wrapping_add_unsigned(upper_half(key)),
                met: lower_half(key),
            };
            each_sorted(parts, groups, (wide, events), key, event, of);
        }
    }
}

/// The earliest and the latest time; of no events, the earliest is later than the latest.
fn span<M: Bits>(parts: &[impl Borrow<EventRange<M>>]) -> (i64, i64) {
    let spans = parts.iter().map(|part| part.borrow().span());
    spans.fold((i64::MAX, i64::MIN), |all, span| (all.0.min(span.0), all.1.max(span.1)))
}

fn each_sorted<M: Bits, K: Ord + Copy + Default>(
    parts: &[impl Borrow<EventRange<M>>],
    groups: usize,
    (keys, events): (&mut Vec<K>, &mut Vec<Event>),
    key: impl Fn(i64, u64) -> K,
    event: impl Fn(K) -> Event,
    mut of: impl FnMut(&[Event]),
) {
    let starts = starts(parts, groups);
    let mut next = starts.clone();
    keys.resize(starts[groups], K::default());
    for part in parts {
        part.borrow().each(groups, |group, time, met| {
            keys[next[group]] = key(time, met.into());
            next[group] += 1;
        });
    }
    for &[start, end] in starts.array_windows() {
        let keys = &mut keys[start..end];
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
