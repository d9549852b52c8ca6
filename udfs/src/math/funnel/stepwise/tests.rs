//! Steps with terms of their own against the definition, by trying all chains.

use std::cmp::Reverse;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::FunnelModes;
use super::*;

/// The event of each step up to the level, none where the step is skipped.
type Steps = Vec<Option<usize>>;

/// The definition: whether these are a chain.
fn is_chain(terms: &StepwiseFunnel, events: &[Event], steps: &Steps) -> bool {
    let modes = terms.funnel.modes;
    let meets = |event: &Event, step: usize| event.met >> step & 1 == 1;
    let taken: Vec<(usize, usize)> =
        steps.iter().enumerate().filter_map(|(step, at)| at.map(|at| (step, at))).collect();
    let time = |at: usize| events[at].time;
    let (Some(&(first, start)), Some(&(last, end))) = (taken.first(), taken.last()) else {
        return false;
    };
    let follows = |&[(_, from), (step, to)]: &[(usize, usize); 2]| {
        let pause = time(to).abs_diff(time(from));
        let within = terms.within.get(step - 1).copied().flatten();
        let between =
            || events.iter().filter(|event| event.time > time(from) && event.time < time(to));
        time(from) <= time(to)
            && (!modes.strict_increase || time(from) < time(to))
            && within.is_none_or(|within| pause <= within)
            && (!modes.strict_order
                || between().all(|event| (0..=step).any(|step| meets(event, step))))
            && (!modes.exclude_last
                || !between().any(|event| meets(event, terms.funnel.steps as usize)))
    };
    first == 0
        && last == steps.len() - 1
        && (0..steps.len()).all(|step| steps[step].is_some() || terms.optional >> step & 1 == 1)
        && taken.iter().all(|(step, at)| meets(&events[*at], *step))
        && time(end).abs_diff(time(start)) <= terms.funnel.window
        && taken.array_windows().all(follows)
}

/// Every chain there is.
fn chains(terms: &StepwiseFunnel, events: &[Event], steps: &mut Steps, all: &mut Vec<Steps>) {
    if is_chain(terms, events, steps) {
        all.push(steps.clone());
    }
    if steps.len() < terms.funnel.steps as usize {
        let meets = |at: &usize| events[*at].met >> steps.len() & 1 == 1;
        let at: Vec<usize> = (0..events.len()).filter(meets).collect();
        for at in std::iter::once(None).chain(at.into_iter().map(Some)) {
            steps.push(at);
            chains(terms, events, steps, all);
            steps.pop();
        }
    }
}

/// The longest chain: complete first, fewest steps skipped, started last, each step as early as can
/// be and at all rather than not.
fn best_chain(terms: &StepwiseFunnel, events: &[Event]) -> Vec<Option<i64>> {
    let mut all = vec![];
    chains(terms, events, &mut vec![], &mut all);
    let rank = |chain: &Vec<Option<i64>>| {
        let skipped = chain.iter().filter(|time| time.is_none()).count();
        let early: Vec<_> = chain.iter().map(|time| (time.is_none(), *time)).collect();
        (Reverse(chain.len()), chain.last().copied(), skipped, Reverse(chain[0]), early)
    };
    let times = |steps: Steps| steps.iter().map(|at| at.map(|at| events[at].time)).collect();
    all.into_iter().map(times).min_by_key(rank).unwrap_or_default()
}

/// The time of each step up to the level.
fn spread(chain: &Chain) -> Vec<Option<i64>> {
    assert_eq!(chain.times.len(), chain.steps.count_ones() as usize, "{chain:?}");
    chain.each_step(chain.times.iter().copied()).collect()
}

/// The modes that there are here, in every combination.
fn modes(bits: u32) -> FunnelModes {
    FunnelModes {
        strict_increase: bits & 1 != 0,
        strict_once: bits & 1 != 0,
        strict_order: bits & 2 != 0,
        strict_deduplication: false,
        exclude_last: bits & 4 != 0,
    }
}

fn some_events(random: &mut StdRng, steps: u32, count: usize, until: i64) -> Vec<Event> {
    let dense = random.random_bool(0.3);
    let mut events: Vec<Event> = (0..count)
        .map(|_| Event {
            time: random.random_range(0..until),
            met: if dense {
                random.random_range(0..2 << steps)
            } else {
                [0, 1, 2, 4, 8, 16][random.random_range(0..=steps as usize + 1)]
            },
        })
        .collect();
    events.sort_unstable();
    events
}

#[test]
fn the_best_of_all_chains_is_found() {
    let mut random = StdRng::seed_from_u64(5);
    let (mut reached, mut skipped) = ([0; 5], [0; 3]);
    for case in 0..80_000 {
        let steps = random.random_range(1..=4).max(random.random_range(1..=4));
        let count = random.random_range(0..7).max(random.random_range(0..7));
        let events = some_events(&mut random, steps, count, 9);
        let mut within = || random.random_bool(0.6).then(|| random.random_range(0..5));
        let within = (1..steps).map(|_| within()).collect();
        let funnel = Funnel { steps, window: random.random_range(1..14), modes: modes(case % 8) };
        let optional = random.random_range(0..16) & low_bits(steps) & !1;
        let terms = StepwiseFunnel { funnel, optional, within };
        let expected = best_chain(&terms, &events);
        assert_eq!(terms.level(&events) as usize, expected.len(), "{terms:?} {events:?}");
        assert_eq!(spread(&terms.chain(&events)), expected, "{terms:?} {events:?}");
        reached[expected.len()] += 1;
        skipped[expected.iter().filter(|time| time.is_none()).count()] += 1;
    }
    assert!(reached.iter().all(|cases| *cases > 500), "{reached:?}");
    assert!(skipped.iter().all(|cases| *cases > 500), "{skipped:?}");
}

#[test]
fn without_terms_it_is_the_funnel() {
    let mut random = StdRng::seed_from_u64(6);
    for case in 0..5_000 {
        let steps = random.random_range(1..=4);
        let events = some_events(&mut random, steps, 60, 80);
        let funnel = Funnel { steps, window: random.random_range(0..40), modes: modes(case % 8) };
        let terms = StepwiseFunnel { funnel, optional: 0, within: vec![] };
        assert_eq!(terms.level(&events), funnel.level(&events), "{funnel:?} {events:?}");
        let chain = Chain::of_all(funnel.chain(&events));
        assert_eq!(terms.chain(&events), chain, "{funnel:?} {events:?}");
    }
}

fn events(of: &[(i64, u64)]) -> Vec<Event> {
    of.iter().map(|&(time, met)| Event { time, met }).collect()
}

#[test]
fn the_nearest_step_that_is_near_enough() {
    let funnel = Funnel { steps: 3, window: 50, modes: modes(0) };
    let times = |optional, within: [u64; 2], of: &[(i64, u64)]| {
        let within = within.map(Some).to_vec();
        spread(&StepwiseFunnel { funnel, optional, within }.chain(&events(of)))
    };
    // Step 3 at 30 is 10 after the second step 2, which is 20 after the first start and 10 after the
    // second.
    let found = times(0, [20, 10], &[(0, 1), (10, 1), (12, 2), (20, 2), (30, 4)]);
    assert_eq!(found, [Some(10), Some(20), Some(30)]);
    // The start at 50 has no step 2, and the one at 0 is too early for it.
    let found = times(0, [20, 10], &[(0, 1), (25, 1), (45, 2), (50, 1), (55, 4)]);
    assert_eq!(found, [Some(25), Some(45), Some(55)]);
    // With step 2 taken at 5, step 3 is 45 after it: too late. So step 2 is skipped.
    let found = times(2, [20, 10], &[(0, 1), (5, 2), (41, 1), (50, 4)]);
    assert_eq!(found, [Some(41), None, Some(50)]);
    // Skipping it would start later, but taking it skips fewer.
    let found = times(2, [20, 50], &[(0, 1), (5, 2), (41, 1), (50, 4)]);
    assert_eq!(found, [Some(0), Some(5), Some(50)]);
}

#[test]
fn the_times_do_not_overflow() {
    let events = events(&[(i64::MIN, 1), (i64::MAX, 2)]);
    let level = |window, within| {
        let funnel = Funnel { steps: 2, window, modes: modes(0) };
        let terms = StepwiseFunnel { funnel, optional: 0, within: vec![Some(within)] };
        (terms.level(&events), terms.chain(&events).times.len())
    };
    assert_eq!(level(u64::MAX, u64::MAX), (2, 2));
    assert_eq!(level(u64::MAX - 1, u64::MAX), (1, 1));
    assert_eq!(level(u64::MAX, u64::MAX - 1), (1, 1));
}

#[test]
fn as_many_steps_as_there_are_bits() {
    let events: Vec<_> = (0..64).map(|bit| Event { time: bit, met: 1 << bit }).collect();
    let level = |steps, mode, optional, events: &[Event]| {
        let funnel = Funnel { steps, window: 63, modes: modes(mode) };
        let terms = StepwiseFunnel { funnel, optional, within: vec![Some(1)] };
        (terms.level(events), terms.chain(events).times.len())
    };
    assert_eq!(level(64, 3, !1, &events), (64, 64));
    assert_eq!(level(64, 0, !1, &[events[0], events[63]]), (64, 2));
    // What is excluded needs a bit, too.
    assert_eq!(level(63, 7, !1, &events), (63, 63));
}
