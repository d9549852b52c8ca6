//! Steps in order and within some time, whatever is asked about them.

use arrow::datatypes::DataType;

use super::TIME;
use crate::kernel::{Settings, Window};
use crate::math::{Chain, Event, Funnel, FunnelModes, StepwiseFunnel};
use crate::spec::{Arg, Domain, Setting, Stage};

pub(super) const WINDOW: Setting = Setting {
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
        "exclude_first",
    ]),
    stage: Stage::Both,
    doc: "what else is demanded; several modes, separated by commas, hold together",
};

const OPTIONAL: Setting = Setting {
    name: "optional",
    domain: Domain::Numbers { min: 2, max: 64 },
    stage: Stage::Result,
    doc: "the numbers of the steps that may be skipped, such as '2, 4'; never the first",
};

const STEP_WINDOWS: Setting = Setting {
    name: "step_windows",
    domain: Domain::Windows,
    stage: Stage::Result,
    doc: "the longest time from the step taken before, inclusive: to the second step, to the third, \
          and so on, such as [INTERVAL '1 hour', NULL]; NULL or left out for none",
};

pub(super) const SETTINGS: &[&Setting] = &[&MODE, &OPTIONAL, &STEP_WINDOWS];

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
              of two steps meets it. optional: a chain of level k may leave out such steps before k, \
              and what is said of steps i and i + 1 then holds of a step taken and the next one taken. \
              step_windows: a step is taken no later than the one taken before + its own time";

pub(super) const ERRORS: &str = "A window of months (days are exact) or less than 0; a window that is no INTERVAL while \
             ts is a timestamp or a date, or is one while ts is a whole number; an unknown mode; more \
             than 64 conditions; an optional step that is the first, or beyond the last; more \
             step_windows than steps after the first, or such that a window could not be; optional \
             steps or step_windows in strict_deduplication, or in strict_once without strict_increase; \
             states merged in strict_order of which another mode has dropped rows.";

pub(super) const SOURCE: &str = "ClickHouse's windowFunnel, with every mode defined by its chains. The default, \
             strict_once and the two together agree with it; strict_increase finds chains that it \
             loses; strict_order and strict_deduplication try every start where it stops at the first \
             break. Rows of the same time have no order of their own: chains take them as suits. \
             Optional steps are known from PostHog, and a time for each step from Statsig.";

/// The steps of a call.
#[derive(Debug)]
pub(super) struct Steps {
    funnel: Funnel,
    /// The same, where some of the steps have terms of their own.
    stepwise: Option<StepwiseFunnel>,
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
        let funnel = Funnel { steps, window, modes };
        Ok(Self { funnel, stepwise: stepwise(settings, funnel, time)? })
    }

    pub(super) fn keeps_all(&self) -> bool {
        self.funnel.modes.strict_order
    }

    /// The level of the longest chain.
    pub(super) fn level(&self, events: &[Event]) -> u32 {
        self.of(events, |events| match &self.stepwise {
            Some(stepwise) => stepwise.level(events),
            None => self.funnel.level(events),
        })
    }

    /// The longest chain.
    pub(super) fn chain(&self, events: &[Event]) -> Chain {
        self.of(events, |events| match &self.stepwise {
            Some(stepwise) => stepwise.chain(events),
            None => Chain::of_all(self.funnel.chain(events)),
        })
    }

    /// What is asked over these events.
    fn of<T>(&self, events: &[Event], ask: impl Fn(&[Event]) -> T) -> T {
        if !self.funnel.modes.exclude_last {
            return ask(events);
        }
        // How many conditions there are is not known of stored states, so in SQL what is excluded
        // comes first.
        let met = |event: &Event| event.met >> 1 | (event.met & 1) << self.funnel.steps;
        let turned: Vec<_> =
            events.iter().map(|event| Event { time: event.time, met: met(event) }).collect();
        ask(&turned)
    }
}

/// The funnel with the terms that its steps have of their own, if any has.
fn stepwise(
    settings: &Settings,
    funnel: Funnel,
    time: &DataType,
) -> Result<Option<StepwiseFunnel>, String> {
    let optional = settings.numbers(&OPTIONAL);
    let windows = settings.windows(&STEP_WINDOWS);
    let option = match (optional, windows.iter().flatten().next()) {
        ([], None) => None,
        ([], Some(_)) => Some(STEP_WINDOWS.name),
        _ => Some(OPTIONAL.name),
    };
    // A NULL for a state has no steps.
    let steps = if funnel.steps == 0 { 64 } else { funnel.steps };
    if let Some(step) = optional.iter().find(|step| **step > steps) {
        return Err(format!("optional has step {step}, but the last step is {steps}"));
    }
    if windows.len() >= steps as usize {
        let (given, most) = (windows.len(), steps - 1);
        return Err(format!(
            "step_windows has {given} times, but one for each step after the first makes {most}"
        ));
    }
    let Some(option) = option else { return Ok(None) };
    let modes = funnel.modes;
    if modes.strict_deduplication {
        return Err(format!("strict_deduplication cannot be combined with {option}"));
    }
    if modes.strict_once && !modes.strict_increase {
        return Err(format!(
            "strict_once cannot be combined with {option}; strict_increase, which demands rows of \
             different times, can"
        ));
    }
    let bits = optional.iter().map(|step| 1_u64 << (step - 1)).fold(0, |bits, bit| bits | bit);
    let ticks = |window: &Option<Window>| window.map(|window| window.ticks(time)).transpose();
    let within: Result<_, String> = windows.iter().map(ticks).collect();
    let within = within.map_err(|why| format!("step_windows: {why}"))?;
    Ok(Some(StepwiseFunnel { funnel, optional: bits, within }))
}
