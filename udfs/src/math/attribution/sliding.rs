//! Sums over a window that slides along terms.

use super::Credit;

/// The sum of the terms that were pushed and not yet popped, the first of them first. Nothing is ever
/// subtracted, so no digits are lost where large terms leave small ones behind.
///
/// Given a half-life, a term counts half for each half-life between its time and the time that the sum is
/// asked for. Times of terms go one way, and what is asked for lies beyond the first of them.
#[derive(Debug)]
pub(super) struct SlidingSum {
    half_life: Option<f64>,
    /// For each of the older terms the sum from it to the last of them, that of all of them at the end.
    older: Vec<Term>,
    newer: Vec<Term>,
    of_newer: Option<Term>,
}

/// A sum, as it counts at a time.
#[derive(Debug, Clone, Copy)]
struct Term {
    time: i64,
    sum: Credit,
}

impl SlidingSum {
    /// The sum of nothing.
    pub(super) fn new(half_life: Option<f64>) -> Self {
        Self { half_life, older: vec![], newer: vec![], of_newer: None }
    }

    /// Adds a term.
    pub(super) fn push(&mut self, time: i64, sum: Credit) {
        let term = Term { time, sum };
        self.newer.push(term);
        self.of_newer = Some(self.of_newer.map_or(term, |before| self.both(before, term)));
    }

    /// Takes out the first of the terms.
    pub(super) fn pop(&mut self) {
        if self.older.is_empty() {
            while let Some(term) = self.newer.pop() {
                let after = self.older.last();
                let sum = after.map_or(term, |&after| self.both(term, after));
                self.older.push(sum);
            }
            self.of_newer = None;
        }
        self.older.pop();
    }

    /// The sum as it counts at a time.
    pub(super) fn at(&self, time: i64) -> Credit {
        let all = match (self.older.last().copied(), self.of_newer) {
            (Some(older), Some(newer)) => Some(self.both(older, newer)),
            (older, newer) => older.or(newer),
        };
        all.map_or_else(Credit::default, |all| self.seen_from(time, all))
    }

    fn both(&self, first: Term, second: Term) -> Term {
        Term { sum: first.sum.and(self.seen_from(first.time, second)), ..first }
    }

    fn seen_from(&self, time: i64, term: Term) -> Credit {
        match (self.half_life, term.time.abs_diff(time)) {
            (None, _) | (_, 0) => term.sum,
            #[expect(clippy::cast_precision_loss, reason = "the ratio needs no more digits")]
            (Some(half_life), age) => term.sum.times((-(age as f64) / half_life).exp2()),
        }
    }
}
