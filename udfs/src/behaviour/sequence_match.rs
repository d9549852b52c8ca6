//! Did things happen in this order?

use super::NULLS;
use super::sequence::{ARGS, ERRORS, FORMULA, PATTERN, Question, ROWS, SOURCE, Sequence};
use crate::math::{Event, Pattern};
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "sequence_match",
    aliases: &[],
    family: Family::Behaviour,
    summary: "Whether the pattern is found in the rows of the group.",
    formula: FORMULA,
    forms: &[Form::events::<Sequence<Found>>(ROWS, ARGS).after(&[&PATTERN])],
    nulls: NULLS,
    errors: ERRORS,
    source: SOURCE,
    example: Example {
        sql: "SELECT sequence_match('(?1).*(?t<=60)(?2)', ts, page = 'search', page = 'buy') \
              FROM (VALUES (0, 'search'), (50, 'view'), (60, 'buy')) AS view (ts, page)",
        result: "true",
    },
    related: &["sequence_count", "sequence_match_events", "window_funnel"],
    since: "0.1.0",
};

#[derive(Debug)]
struct Found;

impl Question for Found {
    type Answers = Vec<Option<bool>>;

    fn answer(pattern: &Pattern, events: &[Event], answers: &mut Self::Answers) {
        answers.push(Some(pattern.matches(events)));
    }
}
