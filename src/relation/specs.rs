//! The relations.

use super::spec::{RelationArg, RelationSpec, Takes};

/// All of them.
pub(super) const RELATIONS: &[&RelationSpec] =
    &[&FUNNEL, &COHORT_RETENTION, &LIFECYCLE, &SESSIONS, &RFM, &ATTRIBUTION, &PATHS];

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

const FUNNEL: RelationSpec = RelationSpec {
    name: "funnel",
    summary: "How many customers take each step of a funnel, and how long it takes them.",
    args: &[
        CUSTOMER,
        TIME,
        arg("steps", Takes::Conditions, None, "what makes an event the next step"),
        arg(
            "window",
            Takes::Length { zero: true },
            None,
            "the longest time from the first step to the last",
        ),
        arg("names", Takes::Texts, Some("[NULL]"), "what the steps are called"),
        arg("by", Takes::Anything, Some("'all'"), "what to break customers down by"),
        arg(
            "attribution",
            Takes::Word(&["first", "last"]),
            Some("'first'"),
            "which value of by is the customer's: that of the first event that has one, or of the \
             last",
        ),
        arg("mode", Takes::Text, Some("'default'"), "the modes of funnel_steps"),
    ],
    columns: &[
        ("segment", "the value of by"),
        ("step", "counted from 1"),
        ("name", "what the step is called"),
        ("customers", "who came to this step"),
        ("step_rate", "of those who came to the step before, in percent"),
        ("step_rate_low", "the lower end of its 95 % confidence interval (Wilson)"),
        ("step_rate_high", "the upper end of its 95 % confidence interval"),
        ("overall_rate", "of those who took the first step, in percent"),
        ("overall_rate_low", "the lower end of its 95 % confidence interval"),
        ("overall_rate_high", "the upper end of its 95 % confidence interval"),
        ("median_seconds", "from the step before to this one, in seconds (days if time is a DATE)"),
        ("p90_seconds", "nine in ten need no longer"),
    ],
    rules: "A row whose customer or time is NULL is dropped. Customers who never take the first step \
            are not counted. Levels are cumulative: whoever came to a step came to every step before \
            it. Of the longest chains of a customer, that which is complete first and started last \
            counts. Events of the same moment with different values of by have no order.",
    source: "The ordered funnels of Mixpanel, Amplitude and PostHog: a conversion window from the \
             first step, and breakdown by first or last touch.",
    example: "SELECT step, customers, step_rate, overall_rate, median_seconds \
              FROM funnel(\
              (SELECT * FROM (VALUES (1, TIMESTAMP '2025-01-01 10:00:00', 'cart'), \
              (1, TIMESTAMP '2025-01-01 10:05:00', 'pay'), (2, TIMESTAMP '2025-01-01 11:00:00', 'cart')) \
              AS e (visitor, moment, page)), customer => visitor, time => moment, \
              steps => [page = 'cart', page = 'pay'], window => INTERVAL '1 day') ORDER BY step",
    template: |_| include_str!("sql/funnel.sql"),
    related: &["funnel_steps", "window_funnel", "paths"],
    since: "0.1.0",
};

const COHORT_RETENTION: RelationSpec = RelationSpec {
    name: "cohort_retention",
    summary: "How many of those whose first event lies in a period came back in each period after.",
    args: &[
        CUSTOMER,
        TIME,
        arg("grain", GRAIN, Some("'month'"), "how long a period is"),
        arg("periods", Takes::Whole(0), Some("12"), "how many periods to follow a cohort"),
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
    ],
    columns: &[
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
            period has begun, so its numbers are never final.",
    source: "Amplitude's and Mixpanel's retention analyses (N-day, unbounded, bracket), without \
             Amplitude's months of 30 days and its hours rounded down. The curve of all cohorts is \
             sum(retained) / sum(eligible), not the mean of the rates.",
    example: "SELECT cohort, period, eligible, retained, rate \
              FROM cohort_retention(\
              (SELECT * FROM (VALUES (1, DATE '2025-01-05'), (1, DATE '2025-02-01'), \
              (2, DATE '2025-01-31')) AS o (customer_id, day)), \
              customer => customer_id, time => day, periods => 1, as_of => DATE '2025-03-01') \
              ORDER BY cohort, period",
    template: |words| match (words.get("clock"), words.get("mode")) {
        ("rolling", "on_or_after") => include_str!("sql/cohort_retention_rolling_on_or_after.sql"),
        ("rolling", "bracket") => include_str!("sql/cohort_retention_rolling_bracket.sql"),
        ("rolling", _) => include_str!("sql/cohort_retention_rolling_on.sql"),
        (_, "on_or_after") => include_str!("sql/cohort_retention_calendar_on_or_after.sql"),
        (_, "bracket") => include_str!("sql/cohort_retention_calendar_bracket.sql"),
        _ => include_str!("sql/cohort_retention_calendar_on.sql"),
    },
    related: &["retention", "retention_rate", "lifecycle"],
    since: "0.1.0",
};

const LIFECYCLE: RelationSpec = RelationSpec {
    name: "lifecycle",
    summary: "How many customers of each period are new, stayed or came back, and how many fell asleep.",
    args: &[
        CUSTOMER,
        TIME,
        arg("grain", GRAIN, Some("'month'"), "how long a period is"),
        AS_OF,
        TIMEZONE,
    ],
    columns: &[
        ("period", "its first day; from the first event's to the last before as_of"),
        ("new", "active, and never before"),
        ("retained", "active, and in the period before"),
        ("resurrected", "active, not in the period before, but earlier"),
        ("dormant", "active in the period before, and not in this one"),
        ("active", "new + retained + resurrected"),
        ("complete", "whether the period is over; if not, dormant is too high as yet"),
    ],
    rules: "A row whose customer or time is NULL is dropped. Periods in which nobody came are rows, \
            too. The active of a period are the retained and the dormant of the next.",
    source: "PostHog's lifecycle, in which those who stay are called returning. New is whoever has no \
             earlier event in the table: filter by a date and everybody is new.",
    example: "SELECT period, new, retained, resurrected, dormant, active \
              FROM lifecycle(\
              (SELECT * FROM (VALUES (1, DATE '2025-01-05'), (1, DATE '2025-03-01'), \
              (2, DATE '2025-01-31'), (2, DATE '2025-02-01')) AS o (customer_id, day)), \
              customer => customer_id, time => day) ORDER BY period",
    template: |_| include_str!("sql/lifecycle.sql"),
    related: &["cohort_retention", "quick_ratio"],
    since: "0.1.0",
};

const SESSIONS: RelationSpec = RelationSpec {
    name: "sessions",
    summary: "The sessions of each customer: events without a longer pause between them.",
    args: &[
        CUSTOMER,
        TIME,
        arg(
            "gap",
            Takes::Length { zero: true },
            Some("INTERVAL '30 minutes'"),
            "a pause longer than this ends a session",
        ),
        arg(
            "max_length",
            Takes::Length { zero: false },
            Some("NULL"),
            "an event so long after the first of its session begins a new one",
        ),
        arg("page", Takes::Anything, Some("NULL"), "what was looked at, for entry and exit"),
        arg("page_view", Takes::Condition, Some("true"), "whether it counts as a page view"),
        arg("key_event", Takes::Condition, Some("false"), "whether it shows engagement by itself"),
        arg(
            "engaged_after",
            Takes::Whole(0),
            Some("10"),
            "a session that lasts longer is engaged, in seconds",
        ),
    ],
    columns: &[
        ("customer", "who it was"),
        ("session", "counted from 1, per customer"),
        ("session_start", "when its first event happened"),
        ("session_end", "when its last event happened"),
        ("duration", "from the one to the other, in seconds"),
        ("events", "how many there are"),
        ("page_views", "how many of them are page views"),
        ("key_events", "how many of them show engagement"),
        ("entry", "the page of the first event that has one"),
        ("exit", "the page of the last event that has one"),
        ("bounced", "not engaged"),
        ("engaged", "longer than engaged_after, or a key event, or two page views"),
    ],
    rules: "A row whose customer or time is NULL is dropped. Exactly the gap is still one session. \
            Of pages at the same moment, the smaller text comes first. A condition that is NULL is \
            not met.",
    source: "Google Analytics 4: 30 minutes, no cut at midnight or at a new campaign, and its \
             definitions of engaged and bounced. Universal Analytics calls a session of one event \
             bounced: events = 1.",
    example: "SELECT customer, session, duration, events, bounced \
              FROM sessions(\
              (SELECT * FROM (VALUES (1, TIMESTAMP '2025-01-01 10:00:00'), \
              (1, TIMESTAMP '2025-01-01 10:30:00'), (1, TIMESTAMP '2025-01-01 11:00:01')) \
              AS e (visitor, moment)), customer => visitor, time => moment) ORDER BY session",
    template: |_| include_str!("sql/sessions.sql"),
    related: &["sessionize", "bounce_rate", "paths"],
    since: "0.1.0",
};

const RFM: RelationSpec = RelationSpec {
    name: "rfm",
    summary: "How recently, how often and for how much each customer bought, with scores and a segment.",
    args: &[
        CUSTOMER,
        TIME,
        arg("amount", Takes::Number, None, "what was paid"),
        arg("scores", Takes::Whole(1), Some("5"), "how many scores there are"),
        AS_OF,
        TIMEZONE,
    ],
    columns: &[
        ("customer", "who it is"),
        ("recency", "whole days from the latest event to as_of"),
        ("frequency", "events, those of unknown amount included"),
        ("monetary", "the sum of the amounts"),
        ("r", "the score of recency, from 1 (long ago) up"),
        ("f", "the score of frequency, from 1 (once) up"),
        ("m", "the score of the amounts, from 1 (least) up"),
        ("rfm", "the three scores as text"),
        ("segment", "a name for the fifths of recency and frequency"),
    ],
    rules: "A row whose customer or time is NULL is dropped; an amount that is NULL adds nothing. A \
            score is 1 + floor(scores * customers who are worse / all customers), so equals score \
            the same.",
    source: "Scores as fifths of the customers, after Hughes; segments by the table of recency and \
             frequency that is in wide use. Money is not part of the name.",
    example: "SELECT customer, recency, frequency, monetary, rfm, segment \
              FROM rfm(\
              (SELECT * FROM (VALUES (1, DATE '2025-01-05', 10.0), (1, DATE '2025-01-30', 20.0), \
              (2, DATE '2025-01-10', 5.0)) AS o (customer_id, day, amount)), \
              customer => customer_id, time => day, amount => amount, as_of => DATE '2025-02-01') \
              ORDER BY customer",
    template: |_| include_str!("sql/rfm.sql"),
    related: &["concentration", "repeat_purchase_rate", "clv"],
    since: "0.1.0",
};

const ATTRIBUTION: RelationSpec = RelationSpec {
    name: "attribution",
    summary: "How many conversions each channel is given credit for.",
    args: &[
        CUSTOMER,
        TIME,
        arg("channel", Takes::Anything, None, "the channel of a touch; NULL where there is none"),
        arg("conversion", Takes::Condition, None, "whether it is a conversion"),
        arg("value", Takes::Number, Some("1"), "what the conversion is worth"),
        arg(
            "model",
            Takes::Word(&["last", "first", "linear", "position_based", "time_decay"]),
            Some("'last'"),
            "who is given credit: one touch, all alike, 40 % each to the first and the last, or \
             the later the more",
        ),
        arg(
            "lookback",
            Takes::Interval,
            Some("INTERVAL '30 days'"),
            "how long before a conversion a touch counts, inclusive",
        ),
        arg(
            "half_life",
            Takes::Length { zero: false },
            Some("INTERVAL '7 days'"),
            "of model 'time_decay': a touch so much earlier has half the weight",
        ),
        arg(
            "unattributed",
            Takes::Text,
            Some("'(none)'"),
            "the row of conversions without a touch",
        ),
    ],
    columns: &[
        ("channel", "the channel, as text"),
        ("conversions", "the sum of its credits"),
        ("value", "the sum of its credits times what the conversions are worth"),
    ],
    rules: "A row whose customer or time is NULL is dropped. A row with a channel is a touch, one \
            that meets the condition a conversion, and one can be both. A touch counts for every \
            conversion after it within the lookback. Touches of the same moment are in the order of \
            their names. Credits add up to the number of conversions.",
    source: "The rule-based models of Google Analytics until 2023: first click, last click, linear, \
             position-based (40, 20, 40), time decay with a half-life of seven days.",
    example: "SELECT channel, conversions \
              FROM attribution(\
              (SELECT * FROM (VALUES (1, DATE '2025-01-01', 'email', false), \
              (1, DATE '2025-01-02', 'search', false), (1, DATE '2025-01-03', NULL, true)) \
              AS e (customer_id, day, channel, bought)), customer => customer_id, time => day, \
              channel => channel, conversion => bought, model => 'linear') ORDER BY channel",
    template: |_| include_str!("sql/attribution.sql"),
    related: &["conversion_rate", "roi", "paths"],
    since: "0.1.0",
};

const PATHS: RelationSpec = RelationSpec {
    name: "paths",
    summary: "The commonest ways that customers take, step by step.",
    args: &[
        CUSTOMER,
        TIME,
        arg("event", Takes::Anything, None, "what happened"),
        arg("length", Takes::Whole(1), Some("3"), "how many steps a path has at most"),
        arg(
            "from",
            Takes::Text,
            Some("NULL"),
            "the event that paths begin with, at its first time",
        ),
        arg("to", Takes::Text, Some("NULL"), "the event that paths end with, at its first time"),
        arg("collapse", Takes::Flag, Some("true"), "whether repeated events are one step"),
        arg("top", Takes::Whole(1), Some("20"), "how many paths to show"),
    ],
    columns: &[
        ("path", "its events, as 'a > b > c'"),
        ("steps", "how many there are"),
        ("customers", "who took it"),
        ("share", "of all who have a path, in percent"),
    ],
    rules: "A row whose customer, time or event is NULL is dropped. Each customer has one path: from \
            the first event on, from the first time of from, or up to the first time of to. Events \
            of the same moment are in the order of their names.",
    source: "The path analyses of product analytics, without cuts at sessions.",
    example: "SELECT path, customers, share \
              FROM paths(\
              (SELECT * FROM (VALUES (1, 1, 'home'), (1, 2, 'cart'), (2, 1, 'home'), (2, 2, 'help')) \
              AS e (visitor, day, page)), customer => visitor, \
              time => make_date(2025, 1, CAST(day AS INT)), event => page, length => 2) ORDER BY path",
    template: |_| include_str!("sql/paths.sql"),
    related: &["sequence_match", "sessions"],
    since: "0.1.0",
};
