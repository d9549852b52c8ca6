//! Which visits did a customer make? All of them at once.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, LargeListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion_common::Result;

use super::TIME;
use super::sessionize::{GAP, MAX_LENGTH};
use crate::kernel::{EventFold, EventOutput, Settings, as_times};
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

/// One session.
#[derive(Debug, Clone, Copy, Default)]
struct Session {
    start: i64,
    end: i64,
    events: i64,
    page_views: i64,
    key_events: i64,
}

impl EventFold for SessionList {
    type Output = Vec<Session>;

    fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        let ticks = |setting| settings.window(setting).map(|window| window.ticks(time)).transpose();
        let max_length = ticks(&MAX_LENGTH)?;
        let gap = ticks(&GAP)?.unwrap_or_default();
        Ok(Self(SessionRules { gap, max_length, midnight: false }))
    }

    fn keeps_all(&self) -> bool {
        true
    }

    fn finish(&self, events: &[Event]) -> Option<Vec<Session>> {
        let mut numbers = Sessions::new(self.0);
        let mut sessions: Vec<Session> = vec![];
        for event in events {
            let number = numbers.next(event.time, 0, None);
            if number > sessions.len() as u64 {
                sessions.push(Session { start: event.time, ..Session::default() });
            }
            if let Some(session) = sessions.last_mut() {
                session.end = event.time;
                session.events += 1;
                session.page_views += i64::from(event.met & 1 != 0);
                session.key_events += i64::from(event.met & 2 != 0);
            }
        }
        Some(sessions)
    }
}

impl EventOutput for Vec<Session> {
    const FIELDS: &'static [(&'static str, &'static str)] = &[];

    fn type_at(time: &DataType) -> DataType {
        DataType::LargeList(item(time))
    }

    fn column_at(_: &str, time: &DataType, values: Vec<Option<Self>>) -> Result<ArrayRef> {
        let lengths = || values.iter().map(|sessions| sessions.as_ref().map_or(0, Vec::len));
        let offsets = OffsetBuffer::from_lengths(lengths());
        let numbers = lengths().flat_map(|sessions| (1_i64..).take(sessions));
        let numbers = Arc::new(Int64Array::from_iter_values(numbers));
        let all: Vec<Session> = values.into_iter().flatten().flatten().collect();
        let times = |of: fn(&Session) -> i64| as_times(all.iter().map(of).collect(), time);
        let counts = |of: fn(&Session) -> i64| {
            Arc::new(Int64Array::from_iter_values(all.iter().map(of))) as ArrayRef
        };
        let columns = vec![
            numbers as ArrayRef,
            times(|session| session.start)?,
            times(|session| session.end)?,
            counts(|session| session.events),
            counts(|session| session.page_views),
            counts(|session| session.key_events),
        ];
        let sessions = StructArray::try_new(fields(time), columns, None)?;
        Ok(Arc::new(LargeListArray::try_new(item(time), offsets, Arc::new(sessions), None)?))
    }
}

fn item(time: &DataType) -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(fields(time)), true))
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
