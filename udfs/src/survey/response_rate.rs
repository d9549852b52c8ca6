//! How many of those we asked answered?

use crate::rate::{
    CI_FORMULA, CI_SOURCE, Counted, ERRORS, Flagged, NULLS, SETTINGS, WithInterval, state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("answered", "the survey was answered")];

const COUNTS: &[Arg] =
    &[Arg::whole("answered", "surveys answered"), Arg::whole("sent", "surveys sent")];

state_names!(Answered: "answered", "sent");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "response_rate",
    aliases: &[],
    family: Family::Survey,
    summary: "Surveys answered per survey sent, in percent.",
    formula: "100 * answered / sent",
    forms: &[
        Form::rows::<Flagged<Answered>>("one survey sent", FLAG),
        Form::rows::<Counted<Answered>>("surveys already counted", COUNTS),
    ],
    nulls: NULLS,
    errors: ERRORS,
    source: "AAPOR, Standard Definitions: RR1 where every survey sent reached someone who could answer.",
    example: Example { sql: "SELECT response_rate(100, 1000)", result: "10.0" },
    related: &["response_rate_ci"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "response_rate_ci",
    aliases: &[],
    summary: "Response rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Answered>>>("one survey sent", FLAG).with(SETTINGS),
        Form::rows::<WithInterval<Counted<Answered>>>("surveys already counted", COUNTS)
            .with(SETTINGS),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example { sql: "SELECT response_rate_ci(100, 1000)['low']", result: "8.290944359" },
    related: &["response_rate"],
    ..SPEC
};
