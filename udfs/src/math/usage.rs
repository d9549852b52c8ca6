//! How many users there were, on how many days.

use super::{DaySet, Overflow, Part};

/// What the users of a product add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Users who were there on some day.
    pub users: u64,
    /// Their days, added up.
    pub user_days: u64,
    /// The first day of any of them, if there are any.
    pub first: i32,
    /// The last one.
    pub last: i32,
}

impl Usage {
    /// Counts a user who was there on these days.
    pub fn add(&mut self, days: &DaySet) -> Result<(), Overflow> {
        let Some((first, last)) = days.ends() else { return Ok(()) };
        self.merge(&Self { users: 1, user_days: days.len().into(), first, last })
    }

    /// From the first day to the last, both counted. `None` without users.
    #[must_use]
    pub fn span(&self) -> Option<i64> {
        (self.users > 0).then(|| i64::from(self.last) - i64::from(self.first) + 1)
    }
}

impl Part for Usage {
    // Without some of the users nobody knows which days are the first and the last.
    const SUBTRACTS: bool = false;

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        if other.users == 0 {
            return Ok(());
        }
        if self.users == 0 {
            *self = *other;
            return Ok(());
        }
        self.users = self.users.checked_add(other.users).ok_or(Overflow)?;
        self.user_days = self.user_days.checked_add(other.user_days).ok_or(Overflow)?;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        Ok(())
    }

    fn subtract(&mut self, _: &Self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_span_is_that_of_all_users() {
        let (mut all, mut others) = (Usage::default(), Usage::default());
        assert_eq!(all.span(), None);
        others.add(&DaySet::of(-3)).unwrap();
        others.add(&DaySet::of(4)).unwrap();
        others.add(&DaySet::default()).unwrap();
        all.merge(&others).unwrap();
        all.merge(&Usage::default()).unwrap();
        assert_eq!((all.users, all.user_days, all.span()), (2, 2, Some(8)));
    }
}
