//! How many did not want another mail?

use crate::rate::{
    CI_FORMULA, CI_SOURCE, Counted, ERRORS, Flagged, NULLS, SETTINGS, WithInterval, state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("unsubscribed", "the receiver unsubscribed with this mail")];

const COUNTS: &[Arg] = &[
    Arg::whole("unsubscribes", "receivers who unsubscribed"),
    Arg::whole("delivered", "mails delivered: sent less bounced"),
];

state_names!(Unsubscribes: "unsubscribes", "delivered");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "unsubscribe_rate",
    aliases: &[],
    family: Family::Engagement,
    summary: "Mails that led to an unsubscription per mail delivered, in percent.",
    formula: "100 * unsubscribes / delivered",
    forms: &[
        Form::rows::<Flagged<Unsubscribes>>("one mail delivered", FLAG),
        Form::rows::<Counted<Unsubscribes>>("mails already counted", COUNTS),
    ],
    nulls: NULLS,
    errors: ERRORS,
    source: "The definition of mail tools, over delivered mails.",
    example: Example { sql: "SELECT unsubscribe_rate(100, 1000)", result: "10.0" },
    related: &["unsubscribe_rate_ci", "open_rate"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "unsubscribe_rate_ci",
    aliases: &[],
    summary: "Unsubscribe rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Unsubscribes>>>("one mail delivered", FLAG)
            .with(SETTINGS),
        Form::rows::<WithInterval<Counted<Unsubscribes>>>("mails already counted", COUNTS)
            .with(SETTINGS),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example { sql: "SELECT unsubscribe_rate_ci(100, 1000)['low']", result: "8.290944359" },
    related: &["unsubscribe_rate"],
    ..SPEC
};
