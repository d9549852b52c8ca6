//! How many of those who saw it clicked?

use crate::rate::{
    CI_FORMULA, CI_SOURCE, Counted, CountedPer, ERRORS, Flagged, LOOSE_ERRORS, NULLS, SETTINGS,
    WithInterval, state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("clicked", "who saw it clicked")];

const COUNTS: &[Arg] = &[
    Arg::whole("clicks", "clicks"),
    Arg::whole("impressions", "how often it was shown; of mails, how many were delivered"),
];

state_names!(Clicks: "clicks", "impressions");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "click_through_rate",
    aliases: &["ctr"],
    family: Family::Engagement,
    summary: "Clicks per impression, in percent.",
    formula: "100 * clicks / impressions",
    forms: &[
        Form::rows::<Flagged<Clicks>>("one impression, or one mail delivered", FLAG),
        Form::rows::<CountedPer<Clicks>>("impressions already counted", COUNTS),
    ],
    nulls: NULLS,
    errors: LOOSE_ERRORS,
    source: "The definition of advertising: clicks over impressions. Clicks may exceed impressions, but then they are no share and have no interval: count those who clicked, or use ratio_ci by customer.",
    example: Example { sql: "SELECT click_through_rate(100, 1000)", result: "10.0" },
    related: &["click_through_rate_ci", "conversion_rate", "click_to_open_rate", "ratio_ci"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "click_through_rate_ci",
    aliases: &["ctr_ci"],
    summary: "Click-through rate with its confidence interval, in percent, of people or sends who clicked or did not.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Clicks>>>("one impression, or one mail delivered", FLAG)
            .with(SETTINGS),
        Form::rows::<WithInterval<Counted<Clicks>>>("impressions already counted", COUNTS)
            .with(SETTINGS),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example {
        sql: "SELECT click_through_rate_ci(100, 1000)['low']",
        result: "8.290944359",
    },
    related: &["click_through_rate"],
    ..SPEC
};
