//! How far do customers get? The number of steps taken, in order and within some time.

use arrow::datatypes::DataType;

use super::funnel::{ARGS, ERRORS, FORMULA, ROWS, SETTINGS, SOURCE, Steps, WINDOW};
use crate::kernel::{EventFold, Settings};
use crate::math::Event;
use crate::spec::{Example, Family, Form, FunctionSpec};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "window_funnel",
    aliases: &[],
    family: Family::Behaviour,
    summary: "How many of the steps were taken, one after the other, within the window.",
    formula: FORMULA,
    forms: &[Form::events::<WindowFunnel>(ROWS, ARGS).after(&[&WINDOW]).with(SETTINGS)],
    nulls: "A row whose ts is NULL is dropped. A condition that is NULL is not met. Where the first \
            condition is never met, and for no rows, the level is 0.",
    errors: ERRORS,
    source: SOURCE,
    example: Example {
        sql: "SELECT window_funnel(60, ts, page = 'cart', page = 'pay', page = 'thanks') \
              FROM (VALUES (0, 'cart'), (50, 'pay'), (61, 'thanks')) AS view (ts, page)",
        result: "2",
    },
    related: &["funnel_steps", "sequence_match", "retention"],
    since: "0.1.0",
};

#[derive(Debug)]
struct WindowFunnel(Steps);

impl EventFold for WindowFunnel {
    type Results = Vec<Option<u64>>;

    fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        Steps::with(settings, time).map(Self)
    }

    fn keeps_all(&self) -> bool {
        self.0.keeps_all()
    }

    fn finish(&self, events: &[Event], levels: &mut Self::Results) {
        levels.push(Some(self.0.level(events).into()));
    }
}
