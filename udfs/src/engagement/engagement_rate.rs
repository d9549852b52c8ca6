//! How many of those who could have done something? Interactions per audience.

use crate::kernel::{CountsPer, CountsPerRow, Fold, Invalid, count};
use crate::math::Ratio;
use crate::rate::{
    CI_FORMULA, CI_SOURCE, CUSTOMER_NULLS, CustomersWithInterval, ERRORS, EverFlagged, Flagged,
    SETTINGS, WithInterval, state_names,
};
use crate::spec::{Arg, Example, Family, Form, FunctionSpec};

const FLAG: &[Arg] = &[Arg::flag("engaged", "the person interacted")];

const EVENT: &[Arg] = &[
    Arg::id("customer_id", "who was reached"),
    Arg::flag("engaged", "in this event the person interacted"),
];

// People who engaged, and not interactions: these have another state, and no interval.
state_names!(Engaged: "engaged_people", "audience");

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "engagement_rate",
    aliases: &[],
    family: Family::Engagement,
    summary: "Interactions per audience, in percent.",
    formula: "100 * (sum of all interactions) / (sum of audiences)",
    forms: &[
        Form::rows::<Flagged<Engaged>>("one person reached", FLAG),
        Form::rows::<Counted>(
            "interactions already counted",
            &[
                Arg::whole("interactions", "likes, shares, comments, …: one or more counts")
                    .repeated(),
                Arg::whole("audience", "how many could have interacted; always the last argument"),
            ],
        ),
        Form::entities::<EverFlagged<Engaged>>("one event, any number per person", EVENT),
    ],
    nulls: CUSTOMER_NULLS,
    errors: "A count that is negative or not whole. More interactions than audience are no error: \
             one person can like, share and comment.",
    source: "The standard definition by audience (followers or reach), summed before dividing.",
    example: Example {
        sql: "SELECT engagement_rate(likes, shares, comments, audience) \
              FROM (VALUES (500, 200, 50, 10000)) AS post (likes, shares, comments, audience)",
        result: "7.5",
    },
    related: &["engagement_rate_ci", "click_through_rate", "stickiness"],
    since: "0.1.0",
};

pub(super) const CI: FunctionSpec = FunctionSpec {
    name: "engagement_rate_ci",
    summary: "Share of the people reached who engaged, with its confidence interval, in percent.",
    formula: CI_FORMULA,
    forms: &[
        Form::rows::<WithInterval<Flagged<Engaged>>>("one person reached", FLAG).with(SETTINGS),
        Form::rows::<WithInterval<crate::rate::Counted<Engaged>>>(
            "people already counted",
            &[
                Arg::whole("engaged_people", "how many interacted, each counted once"),
                Arg::whole("audience", "how many could have interacted"),
            ],
        )
        .with(SETTINGS),
        Form::entities::<CustomersWithInterval<EverFlagged<Engaged>>>(
            "one event, any number per person",
            EVENT,
        )
        .with(SETTINGS),
    ],
    errors: ERRORS,
    source: CI_SOURCE,
    example: Example { sql: "SELECT engagement_rate_ci(100, 1000)['low']", result: "8.290944359" },
    related: &["engagement_rate", "ratio_ci"],
    since: "0.1.0",
    ..SPEC
};

/// Any number of counts of interactions, and their audience.
#[derive(Debug, Default)]
struct Counted;

impl Fold for Counted {
    type Input = CountsPer;
    type State = Ratio;
    type Output = f64;

    const STATE: &'static [&'static str] = &["interactions", "audience"];

    fn update(&self, ratio: &mut Ratio, row: CountsPerRow<'_>) -> Result<(), Invalid> {
        let mut interactions = 0_u64;
        let mut index = 0;
        for one in row.counts() {
            interactions = interactions.checked_add(count(index, one)?).ok_or(Invalid::Overflow)?;
            index += 1;
        }
        Ok(ratio.add(interactions, count(index, row.base)?)?)
    }

    fn finish(&self, ratio: &Ratio) -> Option<f64> {
        ratio.percent()
    }
}
