//! How many of the mails that arrived were opened?

use crate::rate::{
    CI_FORMULA, CI_SOURCE, Counted, ERRORS, Flagged, NULLS, SETTINGS, WithInterval, state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("opened", "the mail was opened at least once")];

const COUNTS: &[Arg] = &[
    Arg::whole("opens", "mails opened, each counted once"),
    Arg::whole("delivered", "mails delivered: sent less bounced"),
];

state_names!(Opens: "opens", "delivered");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "open_rate",
    aliases: &[],
    family: Family::Engagement,
    summary: "Mails opened per mail delivered, in percent.",
    formula: "100 * opens / delivered",
    forms: &[
        Form::rows::<Flagged<Opens>>("one mail delivered", FLAG),
        Form::rows::<Counted<Opens>>("mails already counted", COUNTS),
    ],
    nulls: NULLS,
    errors: ERRORS,
    source: "The unique open rate of mail tools, over delivered mails. Mail programs that fetch every image on their own open mails that nobody read; leave such opens out where they are known.",
    example: Example { sql: "SELECT open_rate(100, 1000)", result: "10.0" },
    related: &["open_rate_ci", "click_to_open_rate", "click_through_rate", "unsubscribe_rate"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "open_rate_ci",
    aliases: &[],
    summary: "Open rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Opens>>>("one mail delivered", FLAG).with(SETTINGS),
        Form::rows::<WithInterval<Counted<Opens>>>("mails already counted", COUNTS).with(SETTINGS),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example { sql: "SELECT open_rate_ci(100, 1000)['low']", result: "8.290944359" },
    related: &["open_rate"],
    ..SPEC
};
