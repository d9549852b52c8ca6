//! How far do customers get? The number of steps taken, in order and within some time.

use arrow::datatypes::DataType;

use super::TIME;
use crate::kernel::{EventFold, Settings};
use crate::math::{Event, Funnel, FunnelModes};
use crate::spec::{Arg, Domain, Example, Family, Form, FunctionSpec, Setting, Stage};

const WINDOW: Setting = Setting {
    name: "window",
    domain: Domain::Window,
    stage: Stage::Result,
    doc: "the longest time from the first step to the last, inclusive",
};

const MODE: Setting = Setting {
    name: "mode",
    domain: Domain::Words(&[
        "default",
        "strict_order",
        "strict_deduplication",
        "strict_increase",
        "strict_once",
    ]),
    stage: Stage::Both,
    doc: "what else is demanded; several modes, separated by commas, hold together",
};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "window_funnel",
    aliases: &[],
    family: Family::Behaviour,
    summary: "How many of the steps were taken, one after the other, within the window.",
    formula: "the level of the longest chain over all starts. A chain of level k is a row for each \
              of the steps 1 to k that meets its condition, none earlier than the row before it, the \
              last no later than the first + window; one row can serve several steps. \
              strict_increase: each row is later than the one before. strict_once: the rows are \
              different ones. strict_order: every row strictly between the times of steps i and i + 1 \
              meets one of the conditions 1 to i + 1. strict_deduplication: from step j - 1 (j from 2) \
              until before the time of the last row, no row but that of step j meets condition j",
    forms: &[Form::events::<WindowFunnel>(
        "one event of the customer",
        &[TIME, Arg::flag("condition", "what makes a row the next step of the funnel").repeated()],
    )
    .after(&[&WINDOW])
    .with(&[&MODE])],
    nulls: NULLS_AND_ZERO,
    errors: "A window of months (days are exact) or less than 0; a window that is no INTERVAL while \
             ts is a timestamp or a date, or is one while ts is a whole number; an unknown mode; more \
             than 64 conditions; states merged in strict_order that were stored in another mode.",
    source: "ClickHouse's windowFunnel, with every mode defined by its chains. The default, \
             strict_once and the two together agree with it; strict_increase finds chains that it \
             loses; strict_order and strict_deduplication try every start where it stops at the first \
             break. Rows of the same time have no order of their own: chains take them as suits.",
    example: Example {
        sql: "SELECT window_funnel(60, ts, page = 'cart', page = 'pay', page = 'thanks') \
              FROM (VALUES (0, 'cart'), (50, 'pay'), (61, 'thanks')) AS view (ts, page)",
        result: "2",
    },
    related: &["sequence_match", "retention"],
    since: "0.1.0",
};

const NULLS_AND_ZERO: &str = "A row whose ts is NULL is dropped. A condition that is NULL is not met. \
                              Where the first condition is never met, and for no rows, the level is 0.";

#[derive(Debug)]
struct WindowFunnel {
    funnel: Funnel,
}

impl EventFold for WindowFunnel {
    type Output = u64;

    fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        let window = settings.window(&WINDOW).map_or(Ok(0), |window| window.ticks(time))?;
        let has = |mode| settings.has_word(&MODE, mode);
        let modes = FunnelModes {
            strict_increase: has("strict_increase"),
            strict_once: has("strict_once"),
            strict_order: has("strict_order"),
            strict_deduplication: has("strict_deduplication"),
        };
        let steps = u32::try_from(settings.conditions).map_err(|error| error.to_string())?;
        Ok(Self { funnel: Funnel { steps, window, modes } })
    }

    fn keeps_all(&self) -> bool {
        self.funnel.modes.strict_order
    }

    fn finish(&self, events: &[Event]) -> Option<u64> {
        Some(self.funnel.level(events).into())
    }
}
