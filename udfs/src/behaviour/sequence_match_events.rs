//! When did things happen in this order?

use super::sequence::{ARGS, PATTERN, Question, ROWS, Sequence};
use super::sequence_match;
use crate::kernel::TimeLists;
use crate::math::{Event, Pattern};
use crate::spec::{Example, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "sequence_match_events",
    summary: "When the conditions of the pattern were met, as far as it is found.",
    formula: "the times of the rows of (?1), (?2) and so on, in the order of the pattern: of the whole \
              pattern or else of the longest beginning of it that is found, at the earliest rows there \
              are. The rows are sorted as for sequence_match",
    forms: &[Form::events::<Sequence<When>>(ROWS, ARGS).after(&[&PATTERN])],
    example: Example {
        sql: "SELECT sequence_match_events('(?1).*(?2)', ts, page = 'search', page = 'buy') \
              FROM (VALUES (1, 'search'), (2, 'search'), (3, 'view'), (4, 'buy')) AS view (ts, page)",
        result: "[1, 4]",
    },
    related: &["sequence_match", "sequence_count", "next_event"],
    ..sequence_match::SPEC
};

#[derive(Debug)]
struct When;

impl Question for When {
    type Answers = TimeLists;

    fn answer(pattern: &Pattern, events: &[Event], answers: &mut TimeLists) {
        answers.push(&pattern.events(events));
    }
}
