//! Looks for a pattern in events, one event after the other and never back.
//!
//! Of all the ways to get as far as a step, the next step needs only two things to know: whether
//! the event just before was the step's, and the latest event of the step that is far enough back.
//! If that one is too far back, so are all earlier ones. Each event is therefore looked at once
//! per step, whatever the pattern.

use std::collections::VecDeque;

use super::pattern::{Gap, Pattern, Step, Wanted};
use crate::math::event::Event;

impl Pattern {
    /// Whether the pattern is found in sorted events.
    pub fn matches(&self, events: &[Event]) -> bool {
        let mut search = Search::new(&self.steps);
        events.iter().any(|event| search.advance(*event, |_| {}))
    }

    /// The most matches in sorted events such that each starts after the one before has ended.
    pub fn count(&self, events: &[Event]) -> u64 {
        let mut search = Search::new(&self.steps);
        let mut count = 0;
        for event in events {
            // What ends first leaves the most room for others.
            if search.advance(*event, |_| {}) {
                count += 1;
                search.restart();
            }
        }
        count
    }

    /// The times of the conditions of the pattern, as far as it is found in sorted events.
    ///
    /// That is the whole pattern, or the longest beginning of it that is found, `.` included. Of
    /// several ways to find it, it is the one that ends first, and of these the one in which the
    /// event before the last comes first, and so on back to the first event. No way to find it
    /// has any of its events earlier.
    pub fn events(&self, events: &[Event]) -> Vec<i64> {
        let mut search = Search::new(&self.steps);
        let mut reached = Reached { steps: self.steps.len(), bits: Vec::new() };
        let mut furthest = None;
        for (at, event) in events.iter().enumerate() {
            let complete = search.advance(*event, |step| {
                reached.insert(at, step);
                if furthest.is_none_or(|(_, furthest)| step > furthest) {
                    furthest = Some((at, step));
                }
            });
            if complete {
                break;
            }
        }
        let mut times = Vec::new();
        while let Some((at, step)) = furthest {
            if self.steps[step].wanted != Wanted::Any {
                times.push(events[at].time);
            }
            furthest = self.before(events, &reached, at, step);
        }
        times.reverse();
        times
    }

    /// The earliest event from which an event could become that of a step, and that event's step.
    fn before(
        &self,
        events: &[Event],
        reached: &Reached,
        at: usize,
        step: usize,
    ) -> Option<(usize, usize)> {
        let previous = step.checked_sub(1)?;
        let first = match self.steps[step].gap {
            Gap::Nothing => at.checked_sub(1)?,
            // Far enough back they are all, if the one is that made it the event of this step.
            Gap::Apart { at_most, .. } => {
                events[..at].partition_point(|event| events[at].time.abs_diff(event.time) > at_most)
            }
        };
        (first..at).find(|at| reached.contains(*at, previous)).map(|at| (at, previous))
    }
}

/// Which events can be the event of which step, with a beginning of the pattern before them.
struct Reached {
    steps: usize,
    bits: Vec<u64>,
}

impl Reached {
    fn insert(&mut self, at: usize, step: usize) {
        let bit = at * self.steps + step;
        if self.bits.len() <= bit / 64 {
            self.bits.resize(bit / 64 + 1, 0);
        }
        self.bits[bit / 64] |= 1 << (bit % 64);
    }

    fn contains(&self, at: usize, step: usize) -> bool {
        let bit = at * self.steps + step;
        self.bits.get(bit / 64).is_some_and(|bits| bits >> (bit % 64) & 1 == 1)
    }
}

/// How far a pattern has been found.
struct Search<'a> {
    steps: &'a [Step],
    found: Vec<Found>,
}

/// What the step after one needs to know of the events that were found for it.
#[derive(Debug, Clone, Default)]
struct Found {
    /// Whether the event just before was one.
    just_now: bool,
    /// When the latest happened that is far enough back for the next step.
    ready: Option<i64>,
    /// When the later ones happened, in order and without repetition.
    waiting: VecDeque<i64>,
}

impl<'a> Search<'a> {
    fn new(steps: &'a [Step]) -> Self {
        Self { steps, found: vec![Found::default(); steps.len()] }
    }

    /// Takes in the next event, tells which steps it can be the event of, and returns whether the
    /// last of them is among these.
    fn advance(&mut self, event: Event, mut reached: impl FnMut(usize)) -> bool {
        // From the last step to the first, so that a step sees only what was before this event.
        let mut complete = false;
        let mut next_gap = None;
        for (index, step) in self.steps.iter().enumerate().rev() {
            let found = step.wanted.accepts(event.met)
                && (index == 0 || self.found[index - 1].leads_to(event.time, step.gap));
            let here = &mut self.found[index];
            here.just_now = found;
            if found {
                reached(index);
                match next_gap {
                    Some(gap) => here.record(event.time, gap),
                    None => complete = true,
                }
            }
            next_gap = Some(step.gap);
        }
        complete
    }

    /// Forgets all events so far.
    fn restart(&mut self) {
        for found in &mut self.found {
            found.just_now = false;
            found.ready = None;
            found.waiting.clear();
        }
    }
}

impl Found {
    /// Notes an event of this step, which the gap parts from that of the next.
    fn record(&mut self, time: i64, gap: Gap) {
        match gap {
            Gap::Nothing => {}
            Gap::Apart { at_least: 0, .. } => self.ready = Some(time),
            Gap::Apart { at_least, .. } => {
                self.settle(time, at_least);
                if self.waiting.back() != Some(&time) {
                    self.waiting.push_back(time);
                }
            }
        }
    }

    /// Whether an event now can be the one after the gap.
    fn leads_to(&mut self, time: i64, gap: Gap) -> bool {
        match gap {
            Gap::Nothing => self.just_now,
            Gap::Apart { at_least, at_most } => {
                self.settle(time, at_least);
                self.ready.is_some_and(|ready| time.abs_diff(ready) <= at_most)
            }
        }
    }

    /// Moves on to the latest event that is far enough back.
    fn settle(&mut self, time: i64, at_least: u64) {
        while let Some(first) = self.waiting.front()
            && time.abs_diff(*first) >= at_least
        {
            self.ready = self.waiting.pop_front();
        }
    }
}
