//! Who stays, who leaves and who comes back.

use super::super::spec::{RelationSpec, Takes};
use super::{AS_OF, BY, CUSTOMER, GRAIN, TIME, TIMEZONE, arg};

pub(super) const COHORT_RETENTION: RelationSpec = RelationSpec {
    name: "cohort_retention",
    summary: "How many of those whose first event lies in a period came back in each period after.",
    args: &[
        CUSTOMER,
        TIME,
        arg("grain", GRAIN, Some("'month'"), "how long a period is"),
        arg(
            "periods",
            Takes::Whole { least: 0, most: 10_000 },
            Some("12"),
            "how many periods to follow a cohort",
        ),
        arg(
            "mode",
            Takes::Word(&["on", "on_or_after", "bracket"]),
            Some("'on'"),
            "came in the very period; in it or later; or anywhere in a bracket of periods",
        ),
        arg(
            "clock",
            Takes::Word(&["calendar", "rolling"]),
            Some("'calendar'"),
            "periods of the calendar, or counted from the customer's own first event",
        ),
        arg(
            "brackets",
            Takes::Bounds,
            Some("[0, 1, 2, 3, 6, 12]"),
            "where the brackets of mode 'bracket' begin, in periods; the last bound only ends one",
        ),
        AS_OF,
        TIMEZONE,
        BY,
    ],
    columns: &[
        ("segment", "with by only: the value of by"),
        ("cohort", "the first day of the period in which the first event of its customers lies"),
        ("period", "how many periods later; in mode 'bracket' where the bracket begins"),
        ("until", "in mode 'bracket' only: where the bracket ends, itself not included"),
        ("eligible", "customers of the cohort for whom the period is over; 0 if for none"),
        ("retained", "those of them who came"),
        ("rate", "retained in percent of eligible; NULL if nobody is eligible"),
        ("low", "the lower end of its 95 % confidence interval (Wilson)"),
        ("high", "the upper end of its 95 % confidence interval"),
        ("cohort_size", "all customers of the cohort"),
    ],
    rules: "A row whose customer or time is NULL is dropped. Every cohort has a row for every \
            period, whether or not anybody came or it is over. On the rolling clock a day is 24 \
            hours, and months are added to the first event as the calendar does, from the 31st to \
            the last day of a shorter month; with a timezone it goes by the clocks there, so a day on \
            which they change is longer or shorter. In mode 'on_or_after' a customer is eligible once the \
            period has begun, so its numbers are never final. A customer is in one segment, that of the \
            first event: NULL if by is NULL there, whatever comes later, since only those who came back \
            have a later value; of different values at that moment the smallest. A segment has the \
            cohorts in which it has customers, and as_of is the same for all.",
    source: "Amplitude's and Mixpanel's retention analyses (N-day, unbounded, bracket), without \
             Amplitude's months of 30 days and its hours rounded down. The curve of all cohorts is \
             sum(retained) / sum(eligible), not the mean of the rates.",
    example: "SELECT cohort, period, eligible, retained, rate \
              FROM cohort_retention(\
              (SELECT * FROM (VALUES (1, DATE '2025-01-05'), (1, DATE '2025-02-01'), \
              (2, DATE '2025-01-31')) AS o (customer_id, day)), \
              customer => customer_id, time => day, periods => 1, as_of => DATE '2025-03-01') \
              ORDER BY cohort, period",
    either: None,
    only_with: Some(["segment", "by"]),
    template: |words| match (words.get("clock"), words.get("mode")) {
        ("rolling", "on_or_after") => {
            include_str!("../sql/cohort_retention_rolling_on_or_after.sql")
        }
        ("rolling", "bracket") => concat!(
            include_str!("../sql/rolling_events.sql"),
            include_str!("../sql/cohort_retention_rolling_bracket.sql")
        ),
        ("rolling", _) => concat!(
            include_str!("../sql/rolling_events.sql"),
            include_str!("../sql/cohort_retention_rolling_on.sql")
        ),
        (_, "bracket") => concat!(
            include_str!("../sql/calendar_events.sql"),
            include_str!("../sql/cohort_retention_calendar_bracket.sql")
        ),
        // What follows a cohort for no longer than a few numbers have bits.
        _ if words.get("periods").parse().is_ok_and(|periods: u32| periods < 128) => {
            include_str!("../sql/cohort_retention_calendar.sql")
        }
        (_, "on_or_after") => concat!(
            include_str!("../sql/calendar_events.sql"),
            include_str!("../sql/cohort_retention_calendar_on_or_after.sql")
        ),
        _ => concat!(
            include_str!("../sql/calendar_events.sql"),
            include_str!("../sql/cohort_retention_calendar_on.sql")
        ),
    },
    related: &["retention", "retention_rate", "lifecycle"],
    since: "0.1.0",
};

pub(super) const LIFECYCLE: RelationSpec = RelationSpec {
    name: "lifecycle",
    summary: "How many customers of each period are new, stayed or came back, and how many fell asleep.",
    args: &[
        CUSTOMER,
        TIME,
        arg("grain", GRAIN, Some("'month'"), "how long a period is"),
        AS_OF,
        TIMEZONE,
        BY,
    ],
    columns: &[
        ("segment", "with by only: the value of by"),
        ("period", "its first day; from the first event's to the last before as_of"),
        ("new", "active, and never before"),
        ("retained", "active, and in the period before"),
        ("resurrected", "active, not in the period before, but earlier"),
        ("dormant", "active in the period before, and not in this one"),
        ("active", "new + retained + resurrected"),
        ("complete", "whether the period is over; if not, dormant is too high as yet"),
    ],
    rules: "A row whose customer or time is NULL is dropped. Periods in which nobody came are rows, \
            too. The active of a period are the retained and the dormant of the next. A customer is in \
            one segment, as in cohort_retention; its rows begin with its own first event, and as_of is the \
            same for all.",
    source: "PostHog's lifecycle, in which those who stay are called returning. New is whoever has no \
             earlier event in the table: filter by a date and everybody is new.",
    example: "SELECT period, new, retained, resurrected, dormant, active \
              FROM lifecycle(\
              (SELECT * FROM (VALUES (1, DATE '2025-01-05'), (1, DATE '2025-03-01'), \
              (2, DATE '2025-01-31'), (2, DATE '2025-02-01')) AS o (customer_id, day)), \
              customer => customer_id, time => day) ORDER BY period",
    either: None,
    only_with: Some(["segment", "by"]),
    template: |_| {
        concat!(include_str!("../sql/calendar_events.sql"), include_str!("../sql/lifecycle.sql"))
    },
    related: &["cohort_retention", "quick_ratio"],
    since: "0.1.0",
};
