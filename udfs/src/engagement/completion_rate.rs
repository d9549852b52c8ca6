//! How many of those who began a video saw its end?

use crate::rate::{
    CI_FORMULA, CI_SOURCE, Counted, ERRORS, Flagged, NULLS, SETTINGS, WithInterval, state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("completed", "the play reached the end")];

const COUNTS: &[Arg] = &[
    Arg::whole("completes", "plays that reached the end"),
    Arg::whole("starts", "plays that began"),
];

state_names!(Completes: "completes", "starts");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "completion_rate",
    aliases: &[],
    family: Family::Engagement,
    summary: "Plays that reached the end per play that began, in percent.",
    formula: "100 * completes / starts",
    forms: &[
        Form::rows::<Flagged<Completes>>("one play that began", FLAG),
        Form::rows::<Counted<Completes>>("plays already counted", COUNTS),
    ],
    nulls: NULLS,
    errors: ERRORS,
    source: "The video completion rate (VCR). Per impression instead of per start it is called view-through rate (VTR), and some use both names for both: say which base was given.",
    example: Example { sql: "SELECT completion_rate(100, 1000)", result: "10.0" },
    related: &["completion_rate_ci", "play_through_rate"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "completion_rate_ci",
    aliases: &[],
    summary: "Completion rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Completes>>>("one play that began", FLAG).with(SETTINGS),
        Form::rows::<WithInterval<Counted<Completes>>>("plays already counted", COUNTS)
            .with(SETTINGS),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example { sql: "SELECT completion_rate_ci(100, 1000)['low']", result: "8.290944359" },
    related: &["completion_rate"],
    ..SPEC
};
