//! Which session an event belongs to, one event after the other.

/// What ends a session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionRules {
    /// A pause longer than this, in ticks.
    pub gap: u64,
    /// So much time since its first event.
    pub max_length: Option<u64>,
    /// A new day.
    pub midnight: bool,
}

/// The session that is going on.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    rules: SessionRules,
    /// How many sessions there were, this one included.
    number: u64,
    start: i64,
    last: i64,
    day: i32,
    campaign: Option<Vec<u8>>,
}

impl Sessions {
    /// Before the first event.
    #[must_use]
    pub fn new(rules: SessionRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// The number of the session of the next event, counted from 1. Events must come in order of
    /// time.
    #[inline]
    pub fn next(&mut self, time: i64, day: i32, campaign: Option<&[u8]>) -> u64 {
        let rules = self.rules;
        let begins = self.number == 0
            || time.abs_diff(self.last) > rules.gap
            || rules.max_length.is_some_and(|length| time.abs_diff(self.start) >= length)
            || rules.midnight && day != self.day
            || campaign.is_some() && campaign != self.campaign.as_deref();
        if begins {
            self.number += 1;
            self.start = time;
            self.campaign = campaign.map(<[u8]>::to_vec);
        }
        self.last = time;
        self.day = day;
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rules: SessionRules, events: &[(i64, i32, Option<&str>)]) -> Vec<u64> {
        let mut sessions = Sessions::new(rules);
        let mut number = |&(time, day, campaign): &(i64, i32, Option<&str>)| {
            sessions.next(time, day, campaign.map(str::as_bytes))
        };
        events.iter().map(&mut number).collect()
    }

    fn at(times: &[i64]) -> Vec<(i64, i32, Option<&'static str>)> {
        times.iter().map(|&time| (time, 0, None)).collect()
    }

    #[test]
    fn exactly_the_gap_is_the_same_session() {
        let rules = SessionRules { gap: 30, ..SessionRules::default() };
        assert_eq!(numbers(rules, &at(&[0, 30, 60, 91])), [1, 1, 1, 2]);
        assert_eq!(numbers(rules, &at(&[i64::MIN, i64::MAX])), [1, 2]);
    }

    #[test]
    fn a_session_is_shorter_than_the_longest_that_is_allowed() {
        let rules = SessionRules { gap: 30, max_length: Some(50), midnight: false };
        assert_eq!(numbers(rules, &at(&[0, 25, 49, 50, 75, 99, 100])), [1, 1, 1, 2, 2, 2, 3]);
    }

    #[test]
    fn midnight_and_campaigns_end_a_session_where_they_are_asked_to() {
        let events =
            [(0, 1, None), (1, 2, None), (2, 2, Some("ad")), (3, 2, None), (4, 2, Some("ad"))];
        let rules = SessionRules { gap: 30, max_length: None, midnight: true };
        assert_eq!(numbers(rules, &events), [1, 2, 3, 3, 3]);
        let other = [(0, 1, Some("ad")), (1, 2, Some("mail"))];
        assert_eq!(numbers(SessionRules { midnight: false, ..rules }, &other), [1, 2]);
    }
}
