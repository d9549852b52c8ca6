//! How often do those who use it use it? The share of a month's users who are there on a day.

use crate::kernel::{Days, EntityFold, Id, Invalid, Settings};
use crate::math::{DaySet, Part, Usage};
use crate::spec::{Arg, Domain, Example, Family, Form, FunctionSpec, Setting, Stage};

const PERIOD_DAYS: Setting = Setting {
    name: "period_days",
    domain: Domain::Whole { default: 0, min: 0, max: DaySet::SPAN as i64 },
    stage: Stage::Result,
    doc: "how many days the period has; unless given (or 0), and at least, the days from the \
          first with a user to the last",
};

pub(super) const SPEC: FunctionSpec = FunctionSpec {
    name: "stickiness",
    aliases: &["dau_mau"],
    family: Family::Engagement,
    summary: "Daily active users per active user of the period (DAU / MAU), in percent.",
    formula: "100 * (mean number of users per day) / (users of the period); a day without users \
              counts as a day",
    forms: &[Form::entities::<Active>(
        "one event, any number per user and day",
        &[Arg::id("user_id", "who was active"), Arg::day("day", "when; of a timestamp, its day")],
    )
    .with(&[&PERIOD_DAYS])],
    nulls: "A row with a NULL user or day is not counted; no rows give NULL.",
    errors: "Days of one user that lie more than 127 days apart: group by month.",
    source: "DAU / MAU, with the mean of the days' users above the line and the users of the whole \
             period, each counted once, below it. 100 means that everybody comes every day.",
    example: Example {
        sql: "SELECT stickiness(user_id, day) FROM (VALUES (1, DATE '2025-01-01'), \
              (1, DATE '2025-01-02'), (2, DATE '2025-01-02')) AS event (user_id, day)",
        result: "75.0",
    },
    related: &["engagement_rate", "retention_rate"],
    since: "0.1.0",
};

/// The days on which each user was active.
#[derive(Debug, Default)]
struct Active {
    period_days: i64,
}

impl EntityFold for Active {
    type Input = (Days,);
    type Entry = DaySet;
    type Tally = Usage;
    type Output = f64;

    const ENTRY: &'static [&'static str] = &["first_day", "early_days", "late_days"];
    const APART: &'static str = "the days of a user must lie within 127 days; group by month";

    fn with(settings: &Settings) -> Self {
        Self { period_days: settings.whole(&PERIOD_DAYS) }
    }

    fn update(&self, days: &mut DaySet, (day,): (i32,)) -> Result<(), Invalid> {
        let rule = "lie within 127 days of the user's other days; group by month";
        days.merge(&DaySet::of(day)).map_err(|_| Invalid::argument(0, rule))
    }

    fn count(&self, usage: &mut Usage, _: Id<'_>, days: &DaySet) -> Result<(), Invalid> {
        Ok(usage.add(days)?)
    }

    fn finish(&self, usage: &mut Usage) -> Option<f64> {
        let span = usage.span()?;
        // A period that is shorter than what happened in it would make 100 % of less.
        let days = if self.period_days == 0 { span } else { self.period_days.max(span) };
        Some(100.0 * usage.user_days as f64 / (days as f64 * usage.users as f64))
    }
}
