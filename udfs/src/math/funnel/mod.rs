//! How far customers get along a row of steps, within some time.
//!
//! A *chain* of level `k` is one event for each of the steps 1 to `k`, each meeting the condition
//! of its step, none before the event of the step before it, and the last no later after the first
//! than the window allows. The level of a funnel is that of its longest chain, over all starts. One
//! event can serve several steps. The modes demand more of a chain:
//!
//! - `strict_increase`: each event is later than the one before it.
//! - `strict_once`: the events are different ones; at the same time, in whichever order suits.
//! - `strict_order`: every event strictly between the times of step `i` and step `i + 1` meets at
//!   least one of the conditions 1 to `i + 1`. Whatever meets none, or only those of later steps,
//!   breaks the chain.
//! - `strict_deduplication`: each step but the first is taken when its condition is first met,
//!   which is not met again before the chain ends: from the event of step `j - 1` until before the
//!   time of the last, no event but that of step `j` meets condition `j`.
//! - `exclude_last`: the last condition is no step; no event strictly between the times of two steps
//!   meets it.
//!
//! Chains need not be listed to find the longest. What can still become of a chain depends on its
//! level and on how late it started, and later is never worse. So one start per level is all that
//! is kept, and each moment is looked at once.

mod stepwise;

use super::event::Event;
pub use stepwise::{Chain, StepwiseFunnel};

/// What a chain must be beyond the order of its steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each can be demanded beside any other")]
pub struct FunnelModes {
    /// Each event is later than the one before it.
    pub strict_increase: bool,
    /// No event serves two steps.
    pub strict_once: bool,
    /// Nothing else happens between two steps.
    pub strict_order: bool,
    /// No step is repeated.
    pub strict_deduplication: bool,
    /// The condition behind those of the steps is met nowhere strictly between two steps.
    pub exclude_last: bool,
}

/// The steps of a funnel: how many, how far apart, and how strictly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Funnel {
    /// How many steps there are, at most [`Event::MAX_CONDITIONS`]; one fewer if one is excluded.
    pub steps: u32,
    /// The longest time from the first event of a chain to the last, in ticks.
    pub window: u64,
    /// What else is demanded of a chain.
    pub modes: FunnelModes,
}

/// What happened at one time.
#[derive(Debug, Clone, Copy)]
struct Moment<'a> {
    time: i64,
    events: &'a [Event],
    /// The conditions that some event meets.
    met: u64,
    /// The conditions that more than one event meets.
    repeated: u64,
}

/// The latest start of the chains of each level that can still go on.
#[derive(Debug, Clone, Copy)]
struct Starts {
    /// Bit `k` is set if there is a chain of level `k + 1`.
    alive: u64,
    at: [i64; Event::MAX_CONDITIONS],
}

/// When the steps of the chains in [`Starts`] were taken.
#[derive(Debug)]
struct StepsTaken {
    /// Of each level, counted from 1.
    of: Vec<Vec<i64>>,
    longest: Vec<i64>,
}

impl Funnel {
    /// The level of the longest chain in sorted events; 0 if not even the first step is there.
    #[must_use]
    pub fn level(&self, events: &[Event]) -> u32 {
        let mut starts = Starts { alive: 0, at: [0; Event::MAX_CONDITIONS] };
        let mut level = 0;
        let mut rest = events;
        while let Some((moment, later)) = Moment::first(rest) {
            rest = later;
            level = level.max(if self.modes == FunnelModes::default() {
                self.pass(&mut starts, moment)
            } else {
                self.pass_strictly(&mut starts, moment, None)
            });
            if level == self.steps {
                break;
            }
        }
        level
    }

    /// The times of the events of the longest chain. Of several it is the one that is complete
    /// first; of these the one that starts last; and each step of it is taken as early as can be.
    #[must_use]
    pub fn chain(&self, events: &[Event]) -> Vec<i64> {
        let mut starts = Starts { alive: 0, at: [0; Event::MAX_CONDITIONS] };
        let mut taken = StepsTaken { of: vec![vec![]; self.steps as usize], longest: vec![] };
        let mut rest = events;
        while let Some((moment, later)) = Moment::first(rest) {
            rest = later;
            self.pass_strictly(&mut starts, moment, Some(&mut taken));
            if taken.longest.len() == self.steps as usize {
                break;
            }
        }
        taken.longest
    }

    /// Takes in a moment, of which every event serves as many steps as it can. Returns the highest
    /// level that a chain reaches in it.
    fn pass(&self, starts: &mut Starts, moment: Moment<'_>) -> u32 {
        let mut level = 0;
        let mut met = moment.met & low_bits(self.steps);
        while met != 0 {
            let step = met.trailing_zeros();
            met &= met - 1;
            // Whoever is at a level was at the one below it, so the start below is never earlier.
            let start = match step.checked_sub(1) {
                None => Some(moment.time),
                Some(below) => starts.get(below).filter(|start| self.allows(*start, moment)),
            };
            if let Some(start) = start {
                starts.set(step, start);
                level = step + 1;
            }
        }
        level
    }

    /// The same where chains are held to more. They go on from how things were before the moment,
    /// by as many steps as the moment can serve at once.
    fn pass_strictly(
        &self,
        starts: &mut Starts,
        moment: Moment<'_>,
        mut steps_taken: Option<&mut StepsTaken>,
    ) -> u32 {
        let alive_before = starts.alive;
        let mut highest = 0;
        for level in 1..=self.steps {
            if self.breaks_off(level, moment) {
                starts.alive &= !(1 << (level - 1));
            }
        }
        // From the highest level to the lowest, so that what a chain goes on from is still there.
        for from in (0..self.steps).rev() {
            let start = match from.checked_sub(1) {
                None => Some(moment.time),
                Some(below) if alive_before >> below & 1 == 0 => None,
                Some(below) => Some(starts.at[below as usize]).filter(|s| self.allows(*s, moment)),
            };
            let Some(start) = start else { continue };
            for to in (from + 1..=from + self.served(from, moment)).rev() {
                highest = highest.max(to);
                if let Some(steps_taken) = steps_taken.as_deref_mut() {
                    steps_taken.note_longest(from, to, moment.time);
                }
                let is_later = starts.get(to - 1).is_none_or(|other| start > other);
                if is_later && !self.ends_here(from, to, moment) {
                    starts.set(to - 1, start);
                    if let Some(steps_taken) = steps_taken.as_deref_mut() {
                        steps_taken.extend(from, to, moment.time);
                    }
                }
            }
        }
        highest
    }

    fn allows(&self, start: i64, moment: Moment<'_>) -> bool {
        moment.time.abs_diff(start) <= self.window
    }

    /// How many of the steps after `from` the moment can serve at once.
    fn served(&self, from: u32, moment: Moment<'_>) -> u32 {
        let met = moment.met & low_bits(self.steps);
        let in_a_row = (met >> from).trailing_ones();
        if self.modes.strict_increase || moment.events.len() == 1 && self.modes.strict_once {
            in_a_row.min(1)
        } else if self.modes.strict_once {
            different_events(from, in_a_row, moment.events)
        } else {
            in_a_row
        }
    }

    /// Whether a chain of this level that takes nothing of the moment can't go on after it.
    fn breaks_off(&self, level: u32, moment: Moment<'_>) -> bool {
        self.modes.exclude_last && moment.met >> self.steps & 1 == 1
            || self.modes.strict_deduplication && moment.met & steps_from_second(level + 1) != 0
            || self.modes.strict_order
                && moment.events.iter().any(|event| event.met & low_bits(level + 1) == 0)
    }

    /// Whether a chain that the moment takes from one level to another can't go on after it.
    fn ends_here(&self, from: u32, to: u32, moment: Moment<'_>) -> bool {
        if !self.modes.strict_deduplication {
            return false;
        }
        let taken_before = moment.met & steps_from_second(from);
        let taken_now = moment.repeated & steps_from_second(to) & !low_bits(from);
        let passed_over = moment.met & steps_from_second(to + 1) & !low_bits(to);
        taken_before | taken_now | passed_over != 0
    }
}

impl<'a> Moment<'a> {
    /// The first moment of sorted events, and what comes after it.
    fn first(events: &'a [Event]) -> Option<(Self, &'a [Event])> {
        let time = events.first()?.time;
        let same = events.iter().take_while(|event| event.time == time).count();
        let (events, later) = events.split_at(same);
        let (mut met, mut repeated) = (0, 0);
        for event in events {
            repeated |= met & event.met;
            met |= event.met;
        }
        Some((Self { time, events, met, repeated }, later))
    }
}

impl StepsTaken {
    /// The steps of a chain that goes on from one level to another now.
    fn extended(&self, from: u32, to: u32, now: i64) -> Vec<i64> {
        let before = from.checked_sub(1).map_or(&[][..], |below| &self.of[below as usize]);
        let mut steps = before.to_vec();
        steps.resize(to as usize, now);
        steps
    }

    fn extend(&mut self, from: u32, to: u32, now: i64) {
        self.of[to as usize - 1] = self.extended(from, to, now);
    }

    /// Keeps the chain if there was none as long. At the same moment, what goes on from a higher
    /// level comes first.
    fn note_longest(&mut self, from: u32, to: u32, now: i64) {
        let is_later = |steps: &[i64]| {
            steps.len() == self.longest.len()
                && steps.last() == self.longest.last()
                && steps.first() > self.longest.first()
        };
        if to as usize >= self.longest.len() {
            let steps = self.extended(from, to, now);
            if steps.len() > self.longest.len() || is_later(&steps) {
                self.longest = steps;
            }
        }
    }
}

impl Starts {
    fn get(&self, index: u32) -> Option<i64> {
        (self.alive >> index & 1 == 1).then(|| self.at[index as usize])
    }

    fn set(&mut self, index: u32, start: i64) {
        self.alive |= 1 << index;
        self.at[index as usize] = start;
    }
}

/// The conditions 1 to `count`.
fn low_bits(count: u32) -> u64 {
    1_u64.checked_shl(count).map_or(u64::MAX, |bit| bit - 1)
}

/// The conditions 2 to `count`.
fn steps_from_second(count: u32) -> u64 {
    low_bits(count) & !1
}

/// How many of up to `count` steps after `from` can be served by one event each: augmenting paths,
/// a step after the other.
fn different_events(from: u32, count: u32, events: &[Event]) -> u32 {
    // Of equal events, more than there are steps are of no use.
    let steps = low_bits(count);
    let mut events: Vec<u64> = events.iter().map(|event| event.met >> from & steps).collect();
    events.retain(|met| *met != 0);
    events.sort_unstable();
    let mut copies = 0;
    let mut last = 0;
    events.retain(|&met| {
        copies = if met == last { copies + 1 } else { 1 };
        last = met;
        copies <= count
    });
    let mut served_by = vec![None; events.len()];
    for step in 0..count {
        let mut visited = vec![false; events.len()];
        if !find_event(step, &events, &mut served_by, &mut visited) {
            return step;
        }
    }
    count
}

/// Finds an event for a step, moving other steps to other events where that helps.
fn find_event(step: u32, events: &[u64], serves: &mut [Option<u32>], visited: &mut [bool]) -> bool {
    for event in 0..events.len() {
        if events[event] >> step & 1 == 0 || std::mem::replace(&mut visited[event], true) {
            continue;
        }
        let free = match serves[event] {
            None => true,
            Some(other) => find_event(other, events, serves, visited),
        };
        if free {
            serves[event] = Some(step);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests;
