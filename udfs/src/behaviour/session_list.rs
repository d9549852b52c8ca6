//! Which visits did a customer make? All of them at once.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StructArray};
use arrow::datatypes::{DataType, Field, Fields};
use datafusion_common::Result;

use super::TIME;
use super::sessionize::{GAP, MAX_LENGTH};
use crate::kernel::{EventFold, EventResults, Settings, as_times, list_type, lists_of};
use crate::math::{Event, SessionRules, Sessions};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "session_list",
    aliases: &[],
    family: Family::Behaviour,
    summary: "The sessions of a customer: when each began and ended, and what was in it.",
    formula: "the rows in order of ts, parted where sessionize begins a new session",
    forms: &[Form::events::<SessionList>(
        "one event of the customer",
        &[
            TIME,
            Arg::flag("page_view", "whether the event is a page view"),
            Arg::flag("key_event", "whether the event shows engagement by itself"),
        ],
    )
    .after(&[&GAP])
    .with(&[&MAX_LENGTH])],
    nulls: "A row whose ts is NULL is dropped. A condition that is NULL is not met. No rows give an \
            empty list.",
    errors: "A gap of months or less than 0; a gap that is no INTERVAL while ts is a timestamp or a \
             date, or is one while ts is a whole number.",
    source: "The sessions of Google Analytics, as one list per customer instead of a number per event: \
             nothing has to be sorted but the events of a customer.",
    example: Example {
        sql: "SELECT session_list(30, ts, true, false)[2]['session_start'] \
              FROM (VALUES (0), (30), (61)) AS event (ts)",
        result: "61",
    },
    related: &["sessionize", "sessions"],
    since: "0.1.0",
};

#[derive(Debug)]
struct SessionList(SessionRules);

/// The sessions of one customer after the other, each a value of every column.
#[derive(Debug, Default)]
struct SessionColumns {
    /// How many there are of each customer.
    lengths: Vec<usize>,
    numbers: Vec<i64>,
    starts: Vec<i64>,
    ends: Vec<i64>,
    events: Vec<i64>,
    page_views: Vec<i64>,
    key_events: Vec<i64>,
}

/// A session that is going on.
#[derive(Debug, Clone, Copy, Default)]
struct Session {
    number: i64,
    start: i64,
    end: i64,
    events: i64,
    page_views: i64,
    key_events: i64,
}

impl EventFold for SessionList {
    type Results = SessionColumns;

    fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        let ticks = |setting| settings.window(setting).map(|window| window.ticks(time)).transpose();
        let max_length = ticks(&MAX_LENGTH)?;
        let gap = ticks(&GAP)?.unwrap_or_default();
        Ok(Self(SessionRules { gap, max_length, midnight: false }))
    }

    fn keeps_all(&self) -> bool {
        true
    }

    fn finish(&self, events: &[Event], sessions: &mut SessionColumns) {
        let mut numbers = Sessions::new(self.0);
        let before = sessions.numbers.len();
        let mut session = Session::default();
        for event in events {
            let number = numbers.next(event.time, 0, None).cast_signed();
            if number > session.number {
                sessions.push(session);
                session = Session { number, start: event.time, ..Session::default() };
            }
            session.end = event.time;
            session.events += 1;
            session.page_views += i64::from(event.met & 1 != 0);
            session.key_events += i64::from(event.met & 2 != 0);
        }
        sessions.push(session);
        sessions.lengths.push(sessions.numbers.len() - before);
    }
}

impl SessionColumns {
    /// Adds a session, unless it is none.
    fn push(&mut self, session: Session) {
        if session.number == 0 {
            return;
        }
        self.numbers.push(session.number);
        self.starts.push(session.start);
        self.ends.push(session.end);
        self.events.push(session.events);
        self.page_views.push(session.page_views);
        self.key_events.push(session.key_events);
    }
}

impl EventResults for SessionColumns {
    fn type_at(time: &DataType) -> DataType {
        list_type(&DataType::Struct(fields(time)))
    }

    fn column(self, _: &str, time: &DataType) -> Result<ArrayRef> {
        let numbers = |of: Vec<i64>| Arc::new(Int64Array::from(of)) as ArrayRef;
        let columns = vec![
            numbers(self.numbers),
            as_times(self.starts, time)?,
            as_times(self.ends, time)?,
            numbers(self.events),
            numbers(self.page_views),
            numbers(self.key_events),
        ];
        let sessions = StructArray::try_new(fields(time), columns, None)?;
        lists_of(self.lengths, Arc::new(sessions), None)
    }
}

fn fields(time: &DataType) -> Fields {
    Fields::from(vec![
        Field::new("session", DataType::Int64, true),
        Field::new("session_start", time.clone(), true),
        Field::new("session_end", time.clone(), true),
        Field::new("events", DataType::Int64, true),
        Field::new("page_views", DataType::Int64, true),
        Field::new("key_events", DataType::Int64, true),
    ])
}
