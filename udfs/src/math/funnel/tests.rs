//! Every mode against the definition, by trying all chains.

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
                && (!modes.exclude_last
                    || !events
                        .iter()
                        .filter(between)
                        .any(|event| meets(event, funnel.steps as usize)))
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

/// Every chain there is.
fn chains(funnel: &Funnel, events: &[Event], chain: &mut Vec<usize>, all: &mut Vec<Vec<i64>>) {
    if !chain.is_empty() && is_chain(funnel, events, chain) {
        all.push(chain.iter().map(|&at| events[at].time).collect());
    }
    if chain.len() < funnel.steps as usize {
        for at in 0..events.len() {
            if events[at].met >> chain.len() & 1 == 1 {
                chain.push(at);
                chains(funnel, events, chain, all);
                chain.pop();
            }
        }
    }
}

/// The longest chain: complete first, started last, each step as early as can be.
fn best_chain(funnel: &Funnel, events: &[Event]) -> Vec<i64> {
    let mut all = vec![];
    chains(funnel, events, &mut vec![], &mut all);
    let rank = |chain: &Vec<i64>| {
        (
            std::cmp::Reverse(chain.len()),
            chain.last().copied(),
            std::cmp::Reverse(chain[0]),
            chain.clone(),
        )
    };
    all.into_iter().min_by_key(rank).unwrap_or_default()
}

fn modes(bits: u32) -> FunnelModes {
    FunnelModes {
        strict_increase: bits & 1 != 0,
        strict_once: bits & 2 != 0,
        strict_order: bits & 4 != 0,
        strict_deduplication: bits & 8 != 0,
        exclude_last: bits & 16 != 0,
    }
}

#[test]
fn every_mode_finds_the_longest_of_all_chains() {
    let mut random = StdRng::seed_from_u64(4);
    let mut reached = [0; 5];
    for case in 0..120_000 {
        let steps = random.random_range(1..=4);
        let dense = random.random_bool(0.3);
        let mut events: Vec<Event> = (0..random.random_range(0..7))
            .map(|_| Event {
                time: random.random_range(0..8),
                met: if dense {
                    random.random_range(0..2 << steps)
                } else {
                    [0, 1, 2, 4, 8, 16][random.random_range(0..=steps as usize + 1)]
                },
            })
            .collect();
        events.sort_unstable();
        let funnel = Funnel { steps, window: random.random_range(0..9), modes: modes(case % 32) };
        let expected = longest(&funnel, &events, &mut vec![]);
        assert_eq!(funnel.level(&events) as usize, expected, "{funnel:?} {events:?}");
        assert_eq!(funnel.chain(&events), best_chain(&funnel, &events), "{funnel:?} {events:?}");
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
    for mode in 0..32 {
        // What is excluded needs a bit, too.
        let steps = if mode & 16 == 0 { 64 } else { 63 };
        let funnel = Funnel { steps, window: 63, modes: modes(mode) };
        assert_eq!(funnel.level(&events), steps, "{mode}");
    }
}
