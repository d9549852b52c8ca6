//! How many of those who came did what we hoped for?

use crate::rate::{
    CI_FORMULA, CI_SOURCE, CUSTOMER_NULLS, Counted, CountedPer, CustomersWithInterval, ERRORS,
    EverFlagged, Flagged, LOOSE_ERRORS, SETTINGS, WithInterval, state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("converted", "the visitor, session or click converted")];

const COUNTS: &[Arg] = &[
    Arg::whole("conversions", "conversions"),
    Arg::whole("visitors", "those who could have converted"),
];

const EVENT: &[Arg] =
    &[Arg::id("visitor_id", "who it was"), Arg::flag("converted", "this event is a conversion")];

state_names!(Conversions: "conversions", "visitors");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "conversion_rate",
    aliases: &[],
    family: Family::Engagement,
    summary: "Conversions per visitor, session or click, in percent.",
    formula: "100 * conversions / visitors",
    forms: &[
        Form::rows::<Flagged<Conversions>>("one visitor, session or click", FLAG),
        Form::rows::<CountedPer<Conversions>>("visitors already counted", COUNTS),
        Form::entities::<EverFlagged<Conversions>>("one event, any number per visitor", EVENT),
    ],
    nulls: CUSTOMER_NULLS,
    errors: LOOSE_ERRORS,
    source: "The definition of web analytics; what a conversion and its base are is the analyst's choice. One visitor can convert twice in a count of conversions, but not in the form over events.",
    example: Example { sql: "SELECT conversion_rate(100, 1000)", result: "10.0" },
    related: &["conversion_rate_ci", "click_through_rate", "compare_proportions"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "conversion_rate_ci",
    aliases: &[],
    summary: "Conversion rate with its confidence interval, in percent, of those who converted or did not.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Conversions>>>("one visitor, session or click", FLAG)
            .with(SETTINGS),
        Form::rows::<WithInterval<Counted<Conversions>>>("visitors already counted", COUNTS)
            .with(SETTINGS),
        Form::entities::<CustomersWithInterval<EverFlagged<Conversions>>>(
            "one event, any number per visitor",
            EVENT,
        )
        .with(SETTINGS),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example { sql: "SELECT conversion_rate_ci(100, 1000)['low']", result: "8.290944359" },
    related: &["conversion_rate"],
    ..SPEC
};
