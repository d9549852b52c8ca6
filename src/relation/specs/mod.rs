//! The relations.

mod journey;
mod stay;
mod worth;

use super::spec::{RelationArg, RelationSpec, Takes};

/// All of them.
pub(super) const RELATIONS: &[&RelationSpec] = &[
    &journey::FUNNEL,
    &stay::COHORT_RETENTION,
    &stay::LIFECYCLE,
    &journey::SESSIONS,
    &worth::RFM,
    &journey::ATTRIBUTION,
    &journey::PATHS,
];

const GRAIN: Takes = Takes::Word(&["day", "week", "month", "quarter", "year"]);

const CUSTOMER: RelationArg = arg("customer", Takes::Anything, None, "who it was");

const TIME: RelationArg = arg("time", Takes::Time, None, "when it happened");

const AS_OF: RelationArg = arg(
    "as_of",
    Takes::Moment,
    Some("NULL"),
    "what happened then or later is left out, and periods that end later are not over; by default \
     the moment after the latest event",
);

const BY: RelationArg = arg(
    "by",
    Takes::Anything,
    Some("NULL"),
    "what to break customers down by: its value at the first event of a customer",
);

const TIMEZONE: RelationArg = arg(
    "timezone",
    Takes::Text,
    Some("''"),
    "the zone on whose clocks days and months begin, such as 'Europe/Berlin', for times that have a \
     zone; by default it is UTC. Dates and times without a zone are taken as they are",
);

const fn arg(
    name: &'static str,
    takes: Takes,
    default: Option<&'static str>,
    doc: &'static str,
) -> RelationArg {
    RelationArg { name, takes, default, doc }
}
