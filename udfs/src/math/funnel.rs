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
//!
//! Chains need not be listed to find the longest. What can still become of a chain depends on its
//! level and on how late it started, and later is never worse. So one start per level is all that
//! is kept, and each moment is looked at once.

use super::event::Event;

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
}

/// The steps of a funnel: how many, how far apart, and how strictly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Funnel {
    /// How many steps there are, at most [`Event::MAX_CONDITIONS`].
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
                self.pass_strictly(&mut starts, moment)
            });
            if level == self.steps {
                break;
            }
        }
        level
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
    fn pass_strictly(&self, starts: &mut Starts, moment: Moment<'_>) -> u32 {
        let before = *starts;
        let mut highest = 0;
        for level in 0..self.steps {
            if self.breaks_off(level + 1, moment) {
                starts.alive &= !(1 << level);
            }
        }
        for from in 0..self.steps {
            let start = match from.checked_sub(1) {
                None => Some(moment.time),
                Some(below) => before.get(below).filter(|start| self.allows(*start, moment)),
            };
            let Some(start) = start else { continue };
            for to in from + 1..=from + self.served(from, moment) {
                highest = highest.max(to);
                if !self.ends_here(from, to, moment) {
                    let latest = starts.get(to - 1).map_or(start, |other| other.max(start));
                    starts.set(to - 1, latest);
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
        self.modes.strict_deduplication && moment.met & steps_from_second(level + 1) != 0
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
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    /// The definition, event by event: whether these are a chain.
    fn is_chain(funnel: &Funnel, events: &[Event], chain: &[usize]) -> bool {
        let time = |step: usize| events[chain[step]].time;
        let modes = funnel.modes;
        let last = chain.len() - 1;
        let meets = |event: &Event, step: usize| event.met >> step & 1 == 1;
        let others = |step: usize| {
            events.iter().enumerate().filter(move |(at, _)| *at != chain[step]).map(|(_, e)| e)
        };
        (0..chain.len()).all(|step| meets(&events[chain[step]], step))
            && time(last).abs_diff(time(0)) <= funnel.window
            && (1..chain.len()).all(|step| {
                let (from, to) = (time(step - 1), time(step));
                let between = |event: &&Event| event.time > from && event.time < to;
                from <= to
                    && (!modes.strict_increase || from < to)
                    && (!modes.strict_once || !chain[..step].contains(&chain[step]))
                    && (!modes.strict_order
                        || events
                            .iter()
                            .filter(between)
                            .all(|event| (0..=step).any(|step| meets(event, step))))
                    && (!modes.strict_deduplication
                        || others(step)
                            .filter(|event| event.time >= from && event.time < time(last))
                            .all(|event| !meets(event, step)))
            })
    }

    /// The longest chain, by trying all.
    fn longest(funnel: &Funnel, events: &[Event], chain: &mut Vec<usize>) -> usize {
        let mut level =
            if !chain.is_empty() && is_chain(funnel, events, chain) { chain.len() } else { 0 };
        if chain.len() < funnel.steps as usize {
            for at in 0..events.len() {
                if events[at].met >> chain.len() & 1 == 1 {
                    chain.push(at);
                    level = level.max(longest(funnel, events, chain));
                    chain.pop();
                }
            }
        }
        level
    }

    fn modes(bits: u32) -> FunnelModes {
        FunnelModes {
            strict_increase: bits & 1 != 0,
            strict_once: bits & 2 != 0,
            strict_order: bits & 4 != 0,
            strict_deduplication: bits & 8 != 0,
        }
    }

    #[test]
    fn every_mode_finds_the_longest_of_all_chains() {
        let mut random = StdRng::seed_from_u64(4);
        let mut reached = [0; 5];
        for case in 0..60_000 {
            let steps = random.random_range(1..=4);
            let dense = random.random_bool(0.3);
            let mut events: Vec<Event> = (0..random.random_range(0..7))
                .map(|_| Event {
                    time: random.random_range(0..8),
                    met: if dense {
                        random.random_range(0..1 << steps)
                    } else {
                        [0, 1, 2, 4, 8][random.random_range(0..=steps as usize)]
                    },
                })
                .collect();
            events.sort_unstable();
            let funnel =
                Funnel { steps, window: random.random_range(0..9), modes: modes(case % 16) };
            let expected = longest(&funnel, &events, &mut vec![]);
            assert_eq!(funnel.level(&events) as usize, expected, "{funnel:?} {events:?}");
            reached[expected] += 1;
        }
        assert!(reached.iter().all(|cases| *cases > 300), "{reached:?}");
    }

    /// A letter per second: `a` meets condition 1, and so on; any letter from `q` on meets none.
    fn letters(text: &str) -> Vec<Event> {
        let met = |letter: u8| if letter < b'q' { 1 << (letter - b'a') } else { 0 };
        (0..).zip(text.bytes()).map(|(time, letter)| Event { time, met: met(letter) }).collect()
    }

    fn level(text: &str, steps: u32, mode: u32) -> u32 {
        Funnel { steps, window: 86400, modes: modes(mode) }.level(&letters(text))
    }

    /// ClickHouse's own table of seven users, of whom its `strict_order` says the same.
    #[test]
    fn the_published_cases_hold() {
        let users = ["abc", "aqbc", "aabbcc", "aaaabbcc", "aabbqcc", "ccbbaa", "acb"];
        let expected = [
            [3, 3, 3, 3],
            [3, 1, 3, 1],
            [3, 3, 2, 2],
            [3, 3, 2, 2],
            [3, 2, 2, 2],
            [1, 1, 1, 1],
            [2, 1, 2, 1],
        ];
        for (user, expected) in users.into_iter().zip(expected) {
            assert_eq!([0, 4, 8, 12].map(|mode| level(user, 3, mode)), expected, "{user}");
        }
        // ClickHouse's issue 27469, and step 1 repeated.
        assert_eq!([level("abcbd", 4, 0), level("abcbd", 4, 8)], [4, 3]);
        assert_eq!(level("abacd", 4, 8), 4);
        // Every start is tried, so a break is not the end.
        assert_eq!([level("abqabc", 3, 4), level("acabc", 3, 4)], [3, 3]);
    }

    #[test]
    fn a_later_start_does_not_lose_an_earlier_chain() {
        // The smallest case in which ClickHouse 26.9 says 1.
        let events = [(0, 1), (4, 1), (4, 2)].map(|(time, met)| Event { time, met });
        let funnel = Funnel { steps: 2, window: 4, modes: modes(1) };
        assert_eq!(funnel.level(&events), 2);
    }

    #[test]
    fn the_window_is_inclusive_and_does_not_overflow() {
        let events = [(i64::MIN, 1), (i64::MAX, 2)].map(|(time, met)| Event { time, met });
        let level = |window| Funnel { steps: 2, window, modes: modes(0) }.level(&events);
        assert_eq!([level(u64::MAX), level(u64::MAX - 1)], [2, 1]);
    }

    #[test]
    fn as_many_steps_as_there_are_bits() {
        let events: Vec<_> = (0..64).map(|bit| Event { time: bit, met: 1 << bit }).collect();
        for mode in 0..16 {
            let funnel = Funnel { steps: 64, window: 63, modes: modes(mode) };
            assert_eq!(funnel.level(&events), 64, "{mode}");
        }
    }
}
