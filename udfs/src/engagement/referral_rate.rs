//! Did they recommend us? Customers who brought at least one new customer: the action beside the
//! intention that `nps` asks for.

use crate::rate::{
    CI_FORMULA, CI_SOURCE, CUSTOMER_NULLS, Counted, CustomersWithInterval, ERRORS, EverFlagged,
    Flagged, SETTINGS, WithInterval, state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("referred", "the customer brought at least one new customer")];

const COUNTS: &[Arg] = &[
    Arg::whole("referrers", "customers who brought at least one new customer"),
    Arg::whole("customers", "all customers"),
];

const EVENT: &[Arg] = &[
    Arg::id("customer_id", "who could recommend"),
    Arg::flag("referred", "this row is a recommendation that brought a new customer"),
];

state_names!(Referrers: "referrers", "customers");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "referral_rate",
    aliases: &[],
    family: Family::Engagement,
    summary: "Customers who brought at least one new customer per customer, in percent.",
    formula: "100 * referrers / customers",
    forms: &[
        Form::rows::<Flagged<Referrers>>("one customer", FLAG),
        Form::rows::<Counted<Referrers>>("customers already counted", COUNTS),
        Form::entities::<EverFlagged<Referrers>>(
            "one recommendation or none (of a left join), any number per customer",
            EVENT,
        ),
    ],
    nulls: CUSTOMER_NULLS,
    errors: ERRORS,
    source: "Customers, not recommendations, are counted: who brings three counts once.",
    example: Example { sql: "SELECT referral_rate(100, 1000)", result: "10.0" },
    related: &["referral_rate_ci", "nps"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "referral_rate_ci",
    aliases: &[],
    summary: "Referral rate with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Referrers>>>("one customer", FLAG).with(SETTINGS),
        Form::rows::<WithInterval<Counted<Referrers>>>("customers already counted", COUNTS)
            .with(SETTINGS),
        Form::entities::<CustomersWithInterval<EverFlagged<Referrers>>>(
            "one recommendation or none (of a left join), any number per customer",
            EVENT,
        )
        .with(SETTINGS),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example { sql: "SELECT referral_rate_ci(100, 1000)['low']", result: "8.290944359" },
    related: &["referral_rate"],
    ..SPEC
};
