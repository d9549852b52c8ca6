//! What do customers do next, or what did they do before?

use super::TIME;
use crate::kernel::{LabelledFold, Settings};
use crate::math::{Base, Contiguous, Direction, Event};
use crate::spec::{Arg, Domain, Example, Family, Form, FunctionSpec, Setting, Stage};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "next_event",
    aliases: &[],
    family: Family::Behaviour,
    summary: "The event next to rows that meet the conditions one after the other.",
    formula: "the rows in order of ts; at the same ts, in order of event; of the same event, in order of \
              the conditions they meet, those of none first. base says which row has to meet the first \
              condition; the row next to it in the direction has to meet the second, and so on. The \
              result is the event of the row next to the last of these",
    forms: &[Form::labelled::<NextEvent>(
        "one event of the customer",
        &[
            TIME,
            Arg::text("event", "what happened, such as the page or the kind of event"),
            Arg::flag(
                "condition",
                "what the first row of the chain meets, then the second, and so on",
            )
            .repeated(),
        ],
    )
    .after(&[&DIRECTION, &BASE])],
    nulls: "A row whose ts or event is NULL is dropped, as if it had not been there. A condition that is \
            NULL is not met. NULL where the conditions are not met, and where no row comes after them.",
    errors: "'forward' from the tail and 'backward' from the head, where there can be no row; more than 31 \
             conditions; states merged of different numbers of conditions.",
    source: "ClickHouse's sequenceNextNode, whose condition of the base is part of the first condition \
             here, and where rows of the same time stand as they were read. As there, first_match is the \
             first row that meets the first condition, though the chain may break after it.",
    example: Example {
        sql: "SELECT next_event('forward', 'first_match', ts, page, page = 'home', page = 'cart') \
              FROM (VALUES (1, 'home'), (2, 'cart'), (3, 'help'), (4, 'pay')) AS view (ts, page)",
        result: "help",
    },
    related: &["sequence_match_events", "paths"],
    since: "0.1.0",
};

const DIRECTION: Setting = Setting {
    name: "direction",
    domain: Domain::Word(&["forward", "backward"]),
    stage: Stage::Result,
    doc: "`'forward'`: the row next to another is the one after it; `'backward'`: the one before it",
};

const BASE: Setting = Setting {
    name: "base",
    domain: Domain::Word(&["first_match", "last_match", "head", "tail"]),
    stage: Stage::Result,
    doc: "the row that has to meet the first condition: `'first_match'` or `'last_match'`, the first or the \
          last in time that does; `'head'` or `'tail'`, the first or the last of all",
};

#[derive(Debug)]
struct NextEvent(Contiguous);

impl LabelledFold for NextEvent {
    fn with(settings: &Settings) -> Result<Self, String> {
        let direction = match settings.word(&DIRECTION) {
            "backward" => Direction::Backward,
            _ => Direction::Forward,
        };
        let base = match settings.word(&BASE) {
            "head" => Base::Head,
            "tail" => Base::Tail,
            "last_match" => Base::LastMatch,
            _ => Base::FirstMatch,
        };
        match (direction, base) {
            (Direction::Forward, Base::Tail) => {
                Err("nothing comes after the tail; from there, the \
                                                     direction must be 'backward'")
            }
            (Direction::Backward, Base::Head) => {
                Err("nothing comes before the head; from there, the \
                                                      direction must be 'forward'")
            }
            _ => Ok(Self(Contiguous { base, direction })),
        }
        .map_err(str::to_owned)
    }

    fn choose(&self, events: &[Event], conditions: usize) -> Option<usize> {
        self.0.beyond(events, conditions)
    }
}
