//! Steps in order and within some time, whatever is asked about them.

use arrow::datatypes::DataType;

use super::TIME;
use crate::kernel::Settings;
use crate::math::{Event, Funnel, FunnelModes};
use crate::spec::{Arg, Domain, Setting, Stage};

pub(super) const WINDOW: Setting = Setting {
    name: "window",
    domain: Domain::Window,
    stage: Stage::Result,
    doc: "the longest time from the first step to the last, inclusive",
};

pub(super) const MODE: Setting = Setting {
    name: "mode",
    domain: Domain::Words(&[
        "default",
        "strict_order",
        "strict_deduplication",
        "strict_increase",
        "strict_once",
        "exclude_first",
    ]),
    stage: Stage::Both,
    doc: "what else is demanded; several modes, separated by commas, hold together",
};

pub(super) const ARGS: &[Arg] =
    &[TIME, Arg::flag("condition", "what makes a row the next step of the funnel").repeated()];

pub(super) const ROWS: &str = "one event of the customer";

pub(super) const FORMULA: &str = "the level of the longest chain over all starts. A chain of level k is a row for each \
              of the steps 1 to k that meets its condition, none earlier than the row before it, the \
              last no later than the first + window; one row can serve several steps. \
              strict_increase: each row is later than the one before. strict_once: the rows are \
              different ones. strict_order: every row strictly between the times of steps i and i + 1 \
              meets one of the conditions 1 to i + 1. strict_deduplication: from step j - 1 (j from 2) \
              until before the time of the last row, no row but that of step j meets condition j. \
              exclude_first: the first condition is no step, and no row strictly between the times \
              of two steps meets it";

pub(super) const ERRORS: &str = "A window of months (days are exact) or less than 0; a window that is no INTERVAL while \
             ts is a timestamp or a date, or is one while ts is a whole number; an unknown mode; more \
             than 64 conditions; states merged in strict_order of which another mode has dropped rows.";

pub(super) const SOURCE: &str = "ClickHouse's windowFunnel, with every mode defined by its chains. The default, \
             strict_once and the two together agree with it; strict_increase finds chains that it \
             loses; strict_order and strict_deduplication try every start where it stops at the first \
             break. Rows of the same time have no order of their own: chains take them as suits.";

/// The steps of a call.
#[derive(Debug)]
pub(super) struct Steps {
    funnel: Funnel,
}

impl Steps {
    pub(super) fn with(settings: &Settings, time: &DataType) -> Result<Self, String> {
        let window = settings.window(&WINDOW).map_or(Ok(0), |window| window.ticks(time))?;
        let has = |mode| settings.has_word(&MODE, mode);
        let modes = FunnelModes {
            strict_increase: has("strict_increase"),
            strict_once: has("strict_once"),
            strict_order: has("strict_order"),
            strict_deduplication: has("strict_deduplication"),
            exclude_last: has("exclude_first"),
        };
        let steps = settings.conditions.saturating_sub(usize::from(modes.exclude_last));
        if steps == 0 && modes.exclude_last {
            return Err("the only condition is the one that is excluded".to_owned());
        }
        let steps = u32::try_from(steps).map_err(|error| error.to_string())?;
        Ok(Self { funnel: Funnel { steps, window, modes } })
    }

    pub(super) fn keeps_all(&self) -> bool {
        self.funnel.modes.strict_order
    }

    /// What is asked of the funnel over these events.
    pub(super) fn of<T>(&self, events: &[Event], ask: impl Fn(&Funnel, &[Event]) -> T) -> T {
        if !self.funnel.modes.exclude_last {
            return ask(&self.funnel, events);
        }
        // How many conditions there are is not known of stored states, so in SQL what is excluded
        // comes first.
        let met = |event: &Event| event.met >> 1 | (event.met & 1) << self.funnel.steps;
        let turned: Vec<_> =
            events.iter().map(|event| Event { time: event.time, met: met(event) }).collect();
        ask(&self.funnel, &turned)
    }
}
