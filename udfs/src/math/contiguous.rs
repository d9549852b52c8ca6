//! Rows next to each other that meet one condition after the other, and the row beside them.

use super::event::Event;

/// Where a chain begins, and in which direction it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contiguous {
    /// Where its first row is.
    pub base: Base,
    /// Where its other rows are.
    pub direction: Direction,
}

/// The row that a chain begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The first of all.
    Head,
    /// The last of all.
    Tail,
    /// The first that meets the first condition.
    FirstMatch,
    /// The last that meets the first condition.
    LastMatch,
}

/// Which row comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The one after.
    Forward,
    /// The one before.
    Backward,
}

impl Contiguous {
    /// The position of the row beyond a chain of `length` conditions, if there is such a chain and
    /// a row beyond it.
    #[must_use]
    pub fn beyond(self, events: &[Event], length: usize) -> Option<usize> {
        let first = self.first(events)?;
        let at = |step: usize| {
            let at = match self.direction {
                Direction::Forward => first.checked_add(step),
                Direction::Backward => first.checked_sub(step),
            };
            at.filter(|&at| at < events.len())
        };
        let met = |step: usize| at(step).is_some_and(|at| events[at].met >> step & 1 == 1);
        if (0..length).all(met) { at(length) } else { None }
    }

    fn first(self, events: &[Event]) -> Option<usize> {
        let matches = |event: &Event| event.met & 1 == 1;
        match self.base {
            Base::Head => Some(0),
            Base::Tail => events.len().checked_sub(1),
            Base::FirstMatch => events.iter().position(matches),
            Base::LastMatch => events.iter().rposition(matches),
        }
    }
}

#[cfg(test)]
mod tests;
