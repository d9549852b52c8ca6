//! Patterns in the events of a customer, whatever is asked about them.

use std::fmt::Debug;

use arrow::datatypes::DataType;

use super::{TIME, ticks_per_unit};
use crate::kernel::{EventFold, EventResults, Settings};
use crate::math::{Event, Pattern};
use crate::spec::{Arg, Domain, Setting, Stage};

pub(super) const PATTERN: Setting = Setting {
    name: "pattern",
    domain: Domain::Text("a pattern, such as '(?1).*(?2)'"),
    stage: Stage::Result,
    doc: "`(?1)` is a row that meets the first condition, `.` any row, `.*` any number of rows, \
          `(?t<=60)` any number of rows within so much time; times are in seconds, in days if ts is a \
          DATE, in the unit of ts if it is a whole number",
};

pub(super) const ARGS: &[Arg] =
    &[TIME, Arg::flag("condition", "what the pattern calls (?1), (?2), and so on").repeated()];

pub(super) const ROWS: &str = "one event of the customer";

pub(super) const FORMULA: &str = "the rows that meet some condition, in order of time; at the same time, in \
                       order of the conditions they meet, those of the first conditions before those \
                       of later ones. Elements side by side are rows side by side; (?t>=60), with <=, \
                       <, >=, > or ==, is the time from the row before to the row after";

pub(super) const ERRORS: &str = "A pattern that cannot be read, or has the number of a condition that is not \
                      there; a time at the start or the end of a pattern; more than 64 conditions.";

pub(super) const SOURCE: &str = "ClickHouse's pattern language, without its cap on the number of steps: every row \
                      is looked at once per element. Times next to each other or to .* all hold, from \
                      the row before to the row after.";

/// What is asked about a pattern.
pub(super) trait Question: Debug + Send + Sync + 'static {
    /// The answers, one after the other.
    type Answers: EventResults;

    /// Adds the answer for the events of a customer.
    fn answer(pattern: &Pattern, events: &[Event], answers: &mut Self::Answers);
}

/// A question about a pattern.
#[derive(Debug)]
pub(super) struct Sequence<Q> {
    pattern: Pattern,
    question: std::marker::PhantomData<Q>,
}

impl<Q: Question> EventFold for Sequence<Q> {
    type Results = Q::Answers;

    fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        let text = settings.text(&PATTERN);
        let pattern = Pattern::parse(text, settings.conditions, ticks_per_unit(time));
        let pattern = pattern.map_err(|error| format!("pattern: {error}"))?;
        Ok(Self { pattern, question: std::marker::PhantomData })
    }

    fn finish(&self, events: &[Event], answers: &mut Q::Answers) {
        Q::answer(&self.pattern, events, answers);
    }
}
