//! Reads a pattern.

use std::fmt;

use crate::math::event::Event;

/// A pattern, ready to be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// At least one. The gap before the first is any.
    pub(super) steps: Vec<Step>,
}

/// One event of a pattern, and what may come between it and the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) gap: Gap,
    pub(super) wanted: Wanted,
}

/// Which events will do for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that meet this condition, counted from 0.
    Condition(u32),
    /// All of them.
    Any,
}

impl Wanted {
    /// Whether an event that meets these conditions will do.
    pub(super) fn accepts(self, met: u64) -> bool {
        match self {
            Self::Condition(index) => met >> index & 1 == 1,
            Self::Any => true,
        }
    }
}

/// What may lie between two events that follow each other in a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing.
    Nothing,
    /// Any number of events, with so many ticks from the one event to the other. Two times of 64
    /// bits are at most `u64::MAX` apart. If the limits are the wrong way round, nothing fits.
    Apart { at_least: u64, at_most: u64 },
}

impl Gap {
    const ANY: Self = Self::Apart { at_least: 0, at_most: u64::MAX };
    const IMPOSSIBLE: Self = Self::Apart { at_least: 1, at_most: 0 };

    /// The distances that compare with a limit in the way asked for.
    fn new(comparison: &str, limit: u128) -> Self {
        let most = u128::from(u64::MAX);
        let (at_least, at_most) = match comparison {
            "<=" => (0, Some(limit)),
            "<" => (0, limit.checked_sub(1)),
            ">=" => (limit, Some(most)),
            // The limit is a product of two 64-bit integers, so there is room for one more.
            ">" => (limit + 1, Some(most)),
            _ => (limit, Some(limit)),
        };
        match (u64::try_from(at_least), at_most) {
            (Ok(at_least), Some(at_most)) => {
                Self::Apart { at_least, at_most: u64::try_from(at_most).unwrap_or(u64::MAX) }
            }
            _ => Self::IMPOSSIBLE,
        }
    }

    /// Both at once; any number of events may lie between as soon as one of the two says so.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, gap) | (gap, Self::Nothing) => gap,
            (Self::Apart { at_least, at_most }, Self::Apart { at_least: least, at_most: most }) => {
                Self::Apart { at_least: at_least.max(least), at_most: at_most.min(most) }
            }
        }
    }
}

/// What is wrong with a pattern, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong, and what would be right.
    pub message: String,
    /// The byte of the pattern at which it is, counted from 0.
    pub position: usize,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (position {} of the pattern)", self.message, self.position + 1)
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// Reads a pattern over so many conditions, where times are given in units of so many ticks:
    /// `1_000_000` for seconds, if events are told apart by the microsecond.
    ///
    /// A pattern without any events, like `.*`, is found wherever there is an event, like `.`.
    pub fn parse(text: &str, conditions: usize, ticks: u64) -> Result<Self, PatternError> {
        let mut reader = Reader { text, position: 0, conditions, ticks };
        let mut steps = Vec::new();
        let mut gap = Gap::ANY;
        let mut last_time = None;
        loop {
            reader.skip_spaces();
            let position = reader.position;
            match reader.element()? {
                Some(Element::Event(wanted)) => {
                    steps.push(Step { gap, wanted });
                    gap = Gap::Nothing;
                    last_time = None;
                }
                Some(Element::Between(between)) => gap = gap.and(between),
                Some(Element::Time(_)) if steps.is_empty() => {
                    return Err(one_sided("before", position));
                }
                Some(Element::Time(time)) => {
                    gap = gap.and(time);
                    last_time = Some(position);
                }
                None => break,
            }
        }
        if let Some(position) = last_time {
            return Err(one_sided("after", position));
        }
        if steps.is_empty() {
            steps.push(Step { gap, wanted: Wanted::Any });
        }
        Ok(Self { steps })
    }
}

fn one_sided(side: &str, position: usize) -> PatternError {
    let message = format!(
        "a time lies between two events, and there is none {side} this one; \
         put `.` there for any event"
    );
    PatternError { message, position }
}

/// What a pattern is made of.
enum Element {
    Event(Wanted),
    Between(Gap),
    Time(Gap),
}

struct Reader<'a> {
    text: &'a str,
    position: usize,
    conditions: usize,
    ticks: u64,
}

impl<'a> Reader<'a> {
    /// The next element, or `None` at the end.
    fn element(&mut self) -> Result<Option<Element>, PatternError> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        let element = if self.take(".*") {
            Element::Between(Gap::ANY)
        } else if self.take(".") {
            Element::Event(Wanted::Any)
        } else if self.take("(?t") {
            Element::Time(self.time()?)
        } else if self.take("(?") {
            Element::Event(self.condition()?)
        } else {
            return Err(self.expected("`(?N)`, `(?t<=N)`, `.` or `.*`"));
        };
        Ok(Some(element))
    }

    /// What follows `(?t`.
    fn time(&mut self) -> Result<Gap, PatternError> {
        // The longer ones first, of which the others are the beginning.
        let comparisons = ["<=", ">=", "==", "<", ">"];
        let Some(comparison) = comparisons.into_iter().find(|text| self.take(text)) else {
            return Err(self.expected("`<=`, `<`, `>=`, `>` or `==` after `(?t`"));
        };
        let number = self.number("a whole number of units of time, as in `(?t<=60)`")?;
        self.close()?;
        Ok(Gap::new(comparison, u128::from(number) * u128::from(self.ticks)))
    }

    /// What follows `(?`.
    fn condition(&mut self) -> Result<Wanted, PatternError> {
        let position = self.position;
        let number = self.number("the number of a condition, as in `(?1)`, or `t` for a time")?;
        let conditions = self.conditions.min(Event::MAX_CONDITIONS);
        let index = number.checked_sub(1).and_then(|index| u32::try_from(index).ok());
        let Some(index) = index.filter(|index| (*index as usize) < conditions) else {
            let given = match conditions {
                0 => "none is given".to_owned(),
                1 => "one is given, condition 1".to_owned(),
                _ => format!("{conditions} are given, conditions 1 to {conditions}"),
            };
            let message = format!("there is no condition {number}: {given}");
            return Err(PatternError { message, position });
        };
        self.close()?;
        Ok(Wanted::Condition(index))
    }

    fn number(&mut self, what: &str) -> Result<u64, PatternError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = &rest[..end];
        if digits.is_empty() {
            return Err(self.expected(what));
        }
        let number = digits.parse().map_err(|_| PatternError {
            message: format!("the number {digits} is too large"),
            position: self.position,
        })?;
        self.position += end;
        Ok(number)
    }

    fn close(&mut self) -> Result<(), PatternError> {
        if self.take(")") { Ok(()) } else { Err(self.expected("`)`")) }
    }

    fn skip_spaces(&mut self) {
        self.position = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, start: &str) -> bool {
        let found = self.rest().starts_with(start);
        self.position += if found { start.len() } else { 0 };
        found
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn expected(&self, what: &str) -> PatternError {
        let message = match self.rest().chars().next() {
            Some(found) => format!("expected {what}, found `{found}`"),
            None => format!("expected {what}, found the end of the pattern"),
        };
        PatternError { message, position: self.position }
    }
}
