//! Known answers, and all ways tried one after the other.

use super::Pattern;
use crate::math::event::Event;

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text, 4, 1).unwrap()
}

/// Events from times and conditions, counted from 1, in any order.
fn events(rows: &[(i64, u32)]) -> Vec<Event> {
    let event = |(time, condition): &(i64, u32)| Event { time: *time, met: 1 << (condition - 1) };
    let mut events: Vec<Event> = rows.iter().map(event).collect();
    events.sort_unstable();
    events
}

fn answers(text: &str, events: &[Event]) -> (bool, u64, Vec<i64>) {
    let pattern = pattern(text);
    (pattern.matches(events), pattern.count(events), pattern.events(events))
}

#[test]
fn the_answers_of_clickhouse_to_its_own_tests() {
    let conditions = [1, 1, 1, 1, 2, 3, 1, 1, 1, 1, 2, 2];
    let rows: Vec<(i64, u32)> = (0..).zip(conditions).collect();
    let table: [(&str, u64, &[i64]); 15] = [
        ("", 12, &[]),
        (".", 12, &[]),
        (".*", 12, &[]),
        ("..", 6, &[]),
        ("(?1)(?1)", 4, &[0, 1]),
        ("(?1)(?1)(?1)(?1)(?1)", 0, &[0, 1, 2, 3]),
        ("(?1)(?t>10)(?2)", 1, &[0, 11]),
        ("(?1)(?t>11)(?2)", 0, &[0]),
        ("(?1)(?t<3)(?3)", 1, &[3, 5]),
        ("(?2)(?t>=7)(?2)", 1, &[4, 11]),
        ("(?2)(?3)(?1)", 1, &[4, 5, 6]),
        ("(?1).*(?3)", 1, &[0, 5]),
        ("(?1).(?4)", 0, &[0]),
        ("(?1)(?t<0)(?2)", 0, &[0]),
        ("(?4)", 0, &[]),
    ];
    for (text, count, chain) in table {
        let expected = (count > 0, count, chain.to_vec());
        assert_eq!(answers(text, &events(&rows)), expected, "{text}");
    }
}

#[test]
fn anything_may_follow_the_pattern() {
    let events = events(&[(1, 1), (2, 2)]);
    assert_eq!(answers("(?1)(?t<=30)(?2).*", &events), (true, 1, vec![1, 2]));
}

#[test]
fn without_events_nothing_is_found() {
    for text in ["", ".", ".*", "(?1)"] {
        assert_eq!(answers(text, &[]), (false, 0, vec![]));
    }
}

#[test]
fn of_events_at_the_same_time_the_lower_condition_comes_first() {
    let forth = events(&[(1, 1), (1, 2)]);
    let back = events(&[(1, 2), (1, 1)]);
    assert_eq!(forth, back);
    assert_eq!(answers("(?1)(?2)", &back), (true, 1, vec![1, 1]));
    assert_eq!(answers("(?2).*(?1)", &back), (false, 0, vec![1]));
    assert_eq!(answers("(?1)(?t==0)(?2)", &back), (true, 1, vec![1, 1]));
    assert_eq!(answers("(?1)(?t>0)(?2)", &back), (false, 0, vec![1]));
}

#[test]
fn one_event_is_not_two_steps() {
    let both = [Event { time: 1, met: 0b11 }];
    assert_eq!(answers("(?1)(?t>=0)(?2)", &both), (false, 0, vec![1]));
}

#[test]
fn matches_do_not_overlap_and_are_as_many_as_can_be() {
    let events = events(&[(0, 1), (1, 1), (2, 2), (8, 1), (9, 2), (10, 2)]);
    assert_eq!(answers("(?1)(?t>=10)(?2)", &events).1, 1);
    assert_eq!(answers("(?1)(?t<=1)(?2)", &events).1, 2);
    assert_eq!(answers("(?1).*(?2)", &events).1, 2);
}

#[test]
fn times_between_the_same_events_hold_together() {
    let events = events(&[(0, 1), (4, 1), (5, 3), (10, 2)]);
    for text in ["(?1)(?t>=5)(?t<8)(?2)", "(?1)(?t<8).*(?t>=5)(?2)", "(?1) .* (?t<8)(?t>=5) (?2)"] {
        assert_eq!(answers(text, &events), (true, 1, vec![4, 10]), "{text}");
    }
    assert!(!pattern("(?1)(?t>=7)(?t<10)(?2)").matches(&events));
    assert!(!pattern("(?1)(?t>6)(?t<6)(?2)").matches(&events));
}

#[test]
fn durations_are_signed_and_exact_at_any_scale() {
    let nanos = |text| Pattern::parse(text, 2, 1_000_000_000).unwrap();
    let across = events(&[(-20_000_000_000, 1), (1_000_000_000, 2)]);
    assert!(!nanos("(?1)(?t<=5)(?2)").matches(&across));
    assert!(!nanos("(?1)(?t<21)(?2)").matches(&across));
    assert!(nanos("(?1)(?t<=21)(?2)").matches(&across));
    assert!(nanos("(?1)(?t==21)(?2)").matches(&across));
    assert!(!nanos("(?1)(?t>21)(?2)").matches(&across));

    let one_more = events(&[(-20_000_000_000, 1), (1_000_000_001, 2)]);
    assert!(nanos("(?1)(?t>21)(?2)").matches(&one_more));
    assert!(!nanos("(?1)(?t==21)(?2)").matches(&one_more));
    assert!(!nanos("(?1)(?t<=21)(?2)").matches(&one_more));

    let within_a_second = events(&[(1_000_000_002, 1), (1_000_000_001, 2)]);
    assert!(nanos("(?2)(?1)").matches(&within_a_second));
    assert!(!nanos("(?1).*(?2)").matches(&within_a_second));
}

#[test]
fn no_time_is_too_early_too_late_or_too_long() {
    let widest = events(&[(i64::MIN, 1), (i64::MAX, 2)]);
    let most = u64::MAX;
    for (limit, found) in [
        (format!("(?t=={most})"), true),
        (format!("(?t>={most})"), true),
        (format!("(?t>{most})"), false),
        (format!("(?t<={most})"), true),
        (format!("(?t<{most})"), false),
    ] {
        let text = format!("(?1){limit}(?2)");
        assert_eq!(pattern(&text).matches(&widest), found, "{text}");
    }
    for ticks in [1_000_000_000, u64::MAX] {
        let parse = |text: &str| Pattern::parse(text, 2, ticks).unwrap();
        for limit in [20_000_000_000, u64::MAX] {
            assert!(parse(&format!("(?1)(?t<={limit})(?2)")).matches(&widest));
            assert!(parse(&format!("(?1)(?t<{limit})(?2)")).matches(&widest));
            assert!(!parse(&format!("(?1)(?t>={limit})(?2)")).matches(&widest));
            assert!(!parse(&format!("(?1)(?t>{limit})(?2)")).matches(&widest));
            assert!(!parse(&format!("(?1)(?t=={limit})(?2)")).matches(&widest));
        }
    }
}

#[test]
fn mistakes_are_explained() {
    let elements = "expected `(?N)`, `(?t<=N)`, `.` or `.*`, found";
    let comparisons = "expected `<=`, `<`, `>=`, `>` or `==` after `(?t`, found";
    let units = "expected a whole number of units of time, as in `(?t<=60)`, found";
    let number = "expected the number of a condition, as in `(?1)`, or `t` for a time, found";
    let three = "3 are given, conditions 1 to 3";
    let alone = "a time lies between two events, and there is none";
    let cure = "this one; put `.` there for any event";
    for (text, message, position) in [
        ("(?1)*", format!("{elements} `*`"), 4),
        (" \u{e9}", format!("{elements} `\u{e9}`"), 1),
        ("(1)", format!("{elements} `(`"), 0),
        ("(?t=5)", format!("{comparisons} `=`"), 3),
        ("(?t", format!("{comparisons} the end of the pattern"), 3),
        ("(?1)(?t<-5)(?2)", format!("{units} `-`"), 8),
        ("(?x)", format!("{number} `x`"), 2),
        ("(?1(?2)", "expected `)`, found `(`".to_owned(), 3),
        ("(?1", "expected `)`, found the end of the pattern".to_owned(), 3),
        ("(?1) (?0)", format!("there is no condition 0: {three}"), 7),
        ("(?4)", format!("there is no condition 4: {three}"), 2),
        ("(?t<18446744073709551616)", "the number 18446744073709551616 is too large".into(), 4),
        (".*(?t<5)(?1)", format!("{alone} before {cure}"), 2),
        ("(?1)(?t<5).*", format!("{alone} after {cure}"), 4),
    ] {
        let error = Pattern::parse(text, 3, 1).unwrap_err();
        assert_eq!((error.message, error.position), (message, position), "{text}");
    }
    let error = Pattern::parse("(?2)", 1, 1).unwrap_err();
    let text = "there is no condition 2: one is given, condition 1 (position 3 of the pattern)";
    assert_eq!(error.to_string(), text);
}

#[test]
fn as_many_conditions_as_there_are_bits() {
    let event = Event { time: 0, met: 1 << 63 };
    let parse = |text| Pattern::parse(text, 100, 1);
    assert!(parse("(?64)").unwrap().matches(&[event]));
    assert!(!parse("(?63)").unwrap().matches(&[event]));
    assert!(parse("(?65)").is_err());
}

/// A pattern in the plainest form: what is wanted of each event, and what stands before it. The
/// numbers of conditions count from 1, and 0 is any event.
struct Plain(Vec<(u32, Vec<(&'static str, i64)>)>);

impl Plain {
    fn random(random: &mut Random) -> (Self, String) {
        let mut text = if random.below(4) == 0 { ".*".to_owned() } else { String::new() };
        let mut steps = Vec::new();
        for step in 0..random.below(6) {
            let mut between = Vec::new();
            for _ in 0..random.below(5).saturating_sub(1) * u32::from(step > 0) {
                let limit = i64::from(random.below(6));
                let sign = ["<=", "<", ">=", ">", "==", "*"][random.below(6) as usize];
                between.push((sign, limit));
                let time = format!("(?t{sign}{limit})");
                text += if sign == "*" { ".*" } else { &time };
            }
            let wanted = random.below(4);
            text += [".", "(?1)", "(?2)", "(?3)"][wanted as usize];
            steps.push((wanted, between));
            text += if random.below(4) == 0 { " " } else { "" };
        }
        text += if random.below(4) == 0 { ".*" } else { "" };
        if steps.is_empty() {
            steps.push((0, Vec::new()));
        }
        (Self(steps), text)
    }

    /// All ways to find the pattern or a beginning of it that starts with these events.
    fn ways(&self, events: &[Event], way: &[usize]) -> Vec<Vec<usize>> {
        let mut ways = vec![way.to_vec()];
        let Some((wanted, between)) = self.0.get(way.len()) else { return ways };
        for (at, event) in events.iter().enumerate() {
            let fits = way.last().is_none_or(|before| {
                at > *before
                    && (at == before + 1 || !between.is_empty())
                    && between.iter().all(|(sign, limit)| {
                        let time = event.time - events[*before].time;
                        match *sign {
                            "<=" => time <= *limit,
                            "<" => time < *limit,
                            ">=" => time >= *limit,
                            ">" => time > *limit,
                            "==" => time == *limit,
                            _ => true,
                        }
                    })
            });
            if fits && (*wanted == 0 || event.met >> (wanted - 1) & 1 == 1) {
                ways.extend(self.ways(events, &[way, &[at]].concat()));
            }
        }
        ways
    }

    fn answers(&self, events: &[Event]) -> (bool, u64, Vec<i64>) {
        let ways = self.ways(events, &[]);
        let complete: Vec<(usize, usize)> = ways
            .iter()
            .filter(|way| way.len() == self.0.len())
            .map(|way| (way[0], way[way.len() - 1]))
            .collect();
        let longest = ways.iter().map(Vec::len).max().unwrap();
        let longest = || ways.iter().filter(|way| way.len() == longest);
        let best = longest().min_by_key(|way| way.iter().rev().collect::<Vec<_>>()).unwrap();
        // No event of it comes later than in any other of the longest ways.
        assert!(longest().all(|way| way.iter().zip(best).all(|(at, best)| best <= at)));
        let named =
            |(at, (wanted, _)): (&usize, &(u32, _))| (*wanted > 0).then(|| events[*at].time);
        let times = best.iter().zip(&self.0).filter_map(named).collect();
        (!complete.is_empty(), most_apart(&complete, 0), times)
    }
}

/// The most of these spans that can be taken from here on without two of them overlapping.
fn most_apart(spans: &[(usize, usize)], from: usize) -> u64 {
    let mut ends: Vec<usize> =
        spans.iter().filter(|(start, _)| *start >= from).map(|(_, end)| *end).collect();
    ends.sort_unstable();
    ends.dedup();
    ends.iter().map(|end| 1 + most_apart(spans, end + 1)).max().unwrap_or(0)
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 33) % u64::from(bound)).unwrap()
    }

    fn events(&mut self) -> Vec<Event> {
        let (most, pace) = (self.below(9), 1 + self.below(4));
        let mut time = -5;
        let mut event = || {
            time += i64::from(self.below(pace));
            Event { time, met: u64::from(1 + self.below(7)) }
        };
        let mut events: Vec<Event> = (0..most).map(|_| event()).collect();
        events.sort_unstable();
        events
    }
}

#[test]
fn agrees_with_trying_all_ways() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut found = 0_u32;
    for _ in 0..40_000 {
        let (plain, text) = Plain::random(&mut random);
        let events = random.events();
        let expected = plain.answers(&events);
        found += u32::from(expected.0 && text.contains('t'));
        assert_eq!(answers(&text, &events), expected, "{text} {events:?}");
    }
    assert!(found > 2_000, "only {found} patterns with times were found");
}
