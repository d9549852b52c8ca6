//! Which visit does an event belong to? Sessions, told apart by pauses.

use arrow::datatypes::DataType;

use super::TIME;
use crate::kernel::{Id, Ordered, Settings};
use crate::math::{SessionRules, Sessions};
use crate::spec::{Arg, Domain, Example, Family, Form, FunctionSpec, Setting, Stage};

pub(super) const GAP: Setting = Setting {
    name: "gap",
    domain: Domain::Window,
    stage: Stage::Result,
    doc: "a pause longer than this begins a new session",
};

pub(super) const MAX_LENGTH: Setting = Setting {
    name: "max_length",
    domain: Domain::OptionalWindow,
    stage: Stage::Result,
    doc: "an event so long after the first of its session begins a new one",
};

const RESTART: Setting = Setting {
    name: "restart",
    domain: Domain::Choice(&["never", "midnight"]),
    stage: Stage::Rows,
    doc: "whether a new day, in the time zone of ts, begins a new session",
};

const SETTINGS: &[&Setting] = &[&GAP, &MAX_LENGTH, &RESTART];

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "sessionize",
    aliases: &[],
    family: Family::Behaviour,
    summary: "The number of the session that a row belongs to, counted from 1 in each partition.",
    formula: "1 + how many rows before or at this one began a session: ts - previous ts > gap; ts - \
              first ts of the session >= max_length; another day; another campaign than that of the \
              session, where the row has one",
    forms: &[
        Form::ordered::<Sessionize>("one event, OVER (PARTITION BY customer ORDER BY ts)", &[TIME])
            .with(SETTINGS),
        Form::ordered::<Sessionize>(
            "one event, with the campaign that it came from",
            &[TIME, Arg::id("campaign", "the campaign, or NULL where the event has none")],
        )
        .with(SETTINGS),
    ],
    nulls: "A row whose ts is NULL has no session, and its number is NULL. A campaign that is NULL \
            does not end a session.",
    errors: "Rows that are not in order of ts; a gap of months or less than 0; a gap that is no \
             INTERVAL while ts is a timestamp or a date, or is one while ts is a whole number; \
             midnight of times that are whole numbers.",
    source: "Google Analytics 4 ends a session after 30 minutes and nowhere else; Universal Analytics \
             also at midnight and at a new campaign. Exactly the gap is still the same session.",
    example: Example {
        sql: "SELECT sessionize(ts, 30) OVER (ORDER BY ts) AS session \
              FROM (VALUES (0), (30), (61)) AS event (ts) ORDER BY ts DESC LIMIT 1",
        result: "2",
    },
    related: &["session_list", "sessions"],
    since: "0.1.0",
};

#[derive(Debug)]
struct Sessionize {
    rules: SessionRules,
    sessions: Sessions,
}

impl Ordered for Sessionize {
    type Output = u64;

    fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        let ticks = |setting| settings.window(setting).map(|window| window.ticks(time)).transpose();
        let midnight = settings.word(&RESTART) == "midnight";
        if midnight && *time == DataType::Int64 {
            return Err("times that are whole numbers have no midnight".to_owned());
        }
        let max_length = ticks(&MAX_LENGTH)?;
        let rules = SessionRules { gap: ticks(&GAP)?.unwrap_or_default(), max_length, midnight };
        Ok(Self { rules, sessions: Sessions::new(rules) })
    }

    fn needs_days(&self) -> bool {
        self.rules.midnight
    }

    fn next(&mut self, time: i64, day: i32, campaign: Option<Id<'_>>) -> u64 {
        match campaign {
            Some(Id::Integer(id)) => self.sessions.next(time, day, Some(&id.to_le_bytes())),
            Some(Id::Bytes(bytes)) => self.sessions.next(time, day, Some(bytes)),
            None => self.sessions.next(time, day, None),
        }
    }
}
