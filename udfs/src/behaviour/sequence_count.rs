//! How often did things happen in this order?

use super::sequence::{ARGS, PATTERN, Question, ROWS, Sequence};
use super::sequence_match;
use crate::math::{Event, Pattern};
use crate::spec::{Example, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "sequence_count",
    summary: "How often the pattern is found, at most, without two finds that overlap.",
    forms: &[Form::events::<Sequence<Count>>(ROWS, ARGS).after(&[&PATTERN])],
    example: Example {
        sql: "SELECT sequence_count('(?1)(?2)', ts, page = 'search', page = 'buy') \
              FROM (VALUES (1, 'search'), (2, 'buy'), (3, 'search'), (4, 'buy')) AS view (ts, page)",
        result: "2",
    },
    related: &["sequence_match", "sequence_match_events"],
    ..sequence_match::SPEC
};

#[derive(Debug)]
struct Count;

impl Question for Count {
    type Answers = Vec<Option<u64>>;

    fn answer(pattern: &Pattern, events: &[Event], answers: &mut Self::Answers) {
        answers.push(Some(pattern.count(events)));
    }
}
