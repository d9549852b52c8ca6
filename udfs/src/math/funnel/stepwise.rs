//! Funnels whose steps have terms of their own: some may be skipped, some must follow soon.
//!
//! A chain is then one event for each step that it takes: step 1 and later ones, in order, such that
//! every step between two of them that it leaves out is optional. Its level is the last step it
//! takes. Beside the window of the whole chain, each step can have a time within which it must
//! follow the step taken before. The modes `strict_increase`, `strict_order` and `exclude_last` hold
//! as in other funnels, but of a step taken and the next one taken instead of steps `i` and `i + 1`.
//!
//! Of the chains that wait for a step, only the one that took its last step latest matters. It has
//! waited least, and what must not come while it waits must not while the others wait. And none of
//! the others started later: suppose X did, and took its last step earlier than Y. If X was never
//! ahead of Y, it could take the next step of Y after its last one, for both wait for the same step,
//! so those it would skip are optional. If it was, it could have taken the next step of Y where it
//! got ahead, for it skipped that one there. Either way the pause is no longer than that of Y, and X
//! would come as far as Y by the same time, with a later start. So each moment is looked at once to
//! find the highest level and when it is first reached.
//!
//! Which steps were taken is found from there back to the first, where the window begins at a known
//! time. Going back, chains are better the more steps they take, and one that takes more of them may
//! be further away than one that takes fewer. So each step has a queue, from which the worse ones are
//! dropped that are no nearer. What can end a wait (too long a pause, something that must not come
//! between) ends it first for those furthest away; they stand in front, and the best of them first.

use std::collections::VecDeque;

use super::{Event, Funnel, Moment, low_bits};

/// A funnel of which some steps may be skipped, and some must follow the one before within a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepwiseFunnel {
    /// The steps. Not `strict_deduplication`; and `strict_once` only beside `strict_increase`,
    /// which demands as much.
    pub funnel: Funnel,
    /// Bit `i` is set if step `i + 1` may be skipped. The first step never is.
    pub optional: u64,
    /// The longest time, in ticks, from the step taken before: of step 2 first, then of step 3, and
    /// so on; none where it ends.
    pub within: Vec<Option<u64>>,
}

/// The steps that a chain took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// When.
    pub times: Vec<i64>,
    /// Bit `i` is set if step `i + 1` is among them.
    pub steps: u64,
}

/// The chain that waits for a step and took its last one latest.
#[derive(Debug, Clone, Copy)]
struct Begun {
    time: i64,
    start: i64,
}

/// How good the rest of a chain is: how many steps it takes, and which [`Link`] it begins with.
type Rest = (u32, usize);

/// The rests that begin with a step, and when, nearer ones behind. Each is better than those behind
/// it.
#[derive(Debug, Clone, Default)]
struct Rests(VecDeque<(i64, Rest)>);

/// A step that a chain takes on the way to the highest level.
#[derive(Debug, Clone, Copy)]
struct Link {
    step: u32,
    time: i64,
    next: Option<usize>,
}

/// The ways to the highest level, as far as they are known: from some moment on.
#[derive(Debug)]
struct Ways {
    /// The step that is the highest level, counted from 0, and when it is taken.
    last: u32,
    end: i64,
    links: Vec<Link>,
    /// For each step, the rests that begin with it.
    rests: Vec<Rests>,
    /// The best of those that begin with the first step.
    best: Option<Rest>,
}

impl StepwiseFunnel {
    /// The level of the longest chain in sorted events; 0 if not even the first step is there.
    #[must_use]
    pub fn level(&self, events: &[Event]) -> u32 {
        self.last_step(events).map_or(0, |(last, _)| last + 1)
    }

    /// The longest chain. Of several it is the one that is complete first; of these the one that
    /// skips fewest steps; of these the one that starts last; and each step of it is taken as early
    /// as can be, a step that is skipped counting as later than any time.
    #[must_use]
    pub fn chain(&self, events: &[Event]) -> Chain {
        let Some((last, end)) = self.last_step(events) else { return Chain::default() };
        let start = end.saturating_sub_unsigned(self.funnel.window);
        let from = events.partition_point(|event| event.time < start);
        let to = events.partition_point(|event| event.time <= end);
        let mut ways = Ways {
            last,
            end,
            links: vec![],
            rests: vec![Rests::default(); last as usize + 1],
            best: None,
        };
        for moment in moments(&events[from..to]).rev() {
            self.pass_back(&mut ways, moment);
        }
        ways.best_chain()
    }

    /// The last step of the longest chain, counted from 0, and when it is first taken.
    fn last_step(&self, events: &[Event]) -> Option<(u32, i64)> {
        let mut begun = vec![None; self.funnel.steps as usize];
        let mut last: Option<(u32, i64)> = None;
        for moment in moments(events) {
            let step = self.pass(&mut begun, moment);
            if step > last.map(|(step, _)| step) {
                last = step.map(|step| (step, moment.time));
            }
            if step.is_some_and(|step| step + 1 == self.funnel.steps) {
                break;
            }
        }
        last
    }

    /// Takes in a moment, going forward. Returns the last step that a chain takes in it.
    fn pass(&self, begun: &mut [Option<Begun>], moment: Moment<'_>) -> Option<u32> {
        let mut last = None;
        // The latest of the chains that took a step now and can take this one next.
        let mut now = None;
        for (step, begun) in (0..).zip(&mut *begun) {
            let before = *begun;
            *begun = now.or(before);
            let from = if self.funnel.modes.strict_increase { before } else { *begun };
            let start = match step {
                _ if moment.met >> step & 1 == 0 => None,
                0 => Some(moment.time),
                _ => from
                    .filter(|from| moment.time.abs_diff(from.time) <= self.within(step))
                    .map(|from| from.start)
                    .filter(|start| self.funnel.allows(*start, moment)),
            };
            if start.is_some() {
                last = Some(step);
            }
            let skipping = now.filter(|_| self.is_optional(step)).map(|now| now.start);
            now = start.max(skipping).map(|start| Begun { time: moment.time, start });
        }
        for begun in begun.iter_mut().take(self.broken_off(moment)) {
            *begun = begun.filter(|begun| begun.time == moment.time);
        }
        last
    }

    /// Takes in a moment, going back.
    fn pass_back(&self, ways: &mut Ways, moment: Moment<'_>) {
        // The best of what can come after this step.
        let mut after: Option<Rest> = None;
        for step in (1..=ways.last).rev() {
            let now = ways.link(step, moment, after);
            let rests = &mut ways.rests[step as usize];
            if self.funnel.modes.strict_increase {
                after = self.better(step, rests.best(moment.time, self.within(step)), after);
                rests.push(moment.time, now);
            } else {
                rests.push(moment.time, now);
                after = self.better(step, rests.best(moment.time, self.within(step)), after);
            }
        }
        if let Some(rest) = ways.link(0, moment, after)
            && ways.best.is_none_or(|(steps, _)| rest.0 > steps)
        {
            ways.best = Some(rest);
        }
        for rests in ways.rests.iter_mut().take(self.broken_off(moment)) {
            rests.keep_only(moment.time);
        }
    }

    /// What is best to come next: a rest that begins with this step, or one that skips it if it takes
    /// more steps after that.
    fn better(&self, step: u32, taking: Option<Rest>, skipping: Option<Rest>) -> Option<Rest> {
        let steps = |rest: Option<Rest>| rest.map(|(steps, _)| steps);
        let skipping = skipping.filter(|_| self.is_optional(step));
        if steps(taking) >= steps(skipping) { taking } else { skipping }
    }

    /// How many of the steps, from the first on, cannot be waited for across this moment.
    fn broken_off(&self, moment: Moment<'_>) -> usize {
        let modes = self.funnel.modes;
        let steps = self.funnel.steps;
        // An event breaks off the wait for each step before the first whose condition it meets.
        let unmet = |event: &Event| (event.met & low_bits(steps)).trailing_zeros().min(steps);
        let broken = if modes.exclude_last && moment.met >> steps & 1 == 1 {
            steps
        } else if modes.strict_order {
            moment.events.iter().map(unmet).max().unwrap_or(0)
        } else {
            0
        };
        broken as usize
    }

    fn is_optional(&self, step: u32) -> bool {
        self.optional >> step & 1 == 1
    }

    /// The longest time from the step taken before to this one.
    fn within(&self, step: u32) -> u64 {
        let within = step.checked_sub(1).and_then(|before| self.within.get(before as usize));
        within.copied().flatten().unwrap_or(u64::MAX)
    }
}

impl Chain {
    /// A chain that takes every step up to its last.
    #[must_use]
    pub fn of_all(times: Vec<i64>) -> Self {
        let steps = u32::try_from(times.len()).map_or(u64::MAX, low_bits);
        Self { times, steps }
    }

    /// The last step it takes, 0 if there is none.
    #[must_use]
    pub fn level(&self) -> u32 {
        u64::BITS - self.steps.leading_zeros()
    }

    /// A value for each step up to the last, none for those that are skipped; of values for those
    /// that are taken.
    pub fn each_step<T>(
        &self,
        of_taken: impl Iterator<Item = T>,
    ) -> impl Iterator<Item = Option<T>> {
        let mut of_taken = of_taken;
        let steps = self.steps;
        let value = move |step| if steps >> step & 1 == 1 { of_taken.next() } else { None };
        (0..self.level()).map(value)
    }
}

impl Rests {
    /// Adds a rest that is nearer than those that are there.
    fn push(&mut self, time: i64, rest: Option<Rest>) {
        let Some(rest) = rest else { return };
        while self.0.back().is_some_and(|(_, (steps, _))| *steps <= rest.0) {
            self.0.pop_back();
        }
        self.0.push_back((time, rest));
    }

    /// The best rest that is near enough; of those as good, the nearest.
    fn best(&mut self, now: i64, within: u64) -> Option<Rest> {
        while self.0.front().is_some_and(|(time, _)| time.abs_diff(now) > within) {
            self.0.pop_front();
        }
        self.0.front().map(|(_, rest)| *rest)
    }

    /// Drops the rests that begin after this moment.
    fn keep_only(&mut self, now: i64) {
        while self.0.front().is_some_and(|(time, _)| *time != now) {
            self.0.pop_front();
        }
    }
}

impl Ways {
    /// The rest of a chain that takes this step now and goes on with `after`, if it can.
    fn link(&mut self, step: u32, moment: Moment<'_>, after: Option<Rest>) -> Option<Rest> {
        let is_end = step == self.last && moment.time == self.end;
        if moment.met >> step & 1 == 0 || !is_end && after.is_none() {
            return None;
        }
        let (steps, next) = after.map_or((0, None), |(steps, next)| (steps, Some(next)));
        self.links.push(Link { step, time: moment.time, next });
        Some((steps + 1, self.links.len() - 1))
    }

    fn best_chain(&self) -> Chain {
        let mut chain = Chain::default();
        let mut next = self.best.map(|(_, first)| first);
        while let Some(link) = next.map(|at| self.links[at]) {
            chain.times.push(link.time);
            chain.steps |= 1 << link.step;
            next = link.next;
        }
        chain
    }
}

/// The moments of sorted events.
fn moments(events: &[Event]) -> impl DoubleEndedIterator<Item = Moment<'_>> {
    let same_time = |one: &Event, other: &Event| one.time == other.time;
    events.chunk_by(same_time).filter_map(Moment::first).map(|(moment, _)| moment)
}

#[cfg(test)]
mod tests;
