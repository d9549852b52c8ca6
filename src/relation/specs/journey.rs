//! What customers do on their way.

use tenure_udfs::math::Model;

use super::super::spec::{RelationSpec, Takes};
use super::{CUSTOMER, TIME, arg};

pub(super) const FUNNEL: RelationSpec = RelationSpec {
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
        arg(
            "exclude",
            Takes::Condition,
            Some("false"),
            "what breaks the chain if it happens strictly between two steps",
        ),
        arg(
            "mode",
            Takes::Text,
            Some("'default'"),
            "the modes of funnel_steps; what is excluded stands in exclude",
        ),
        arg(
            "optional",
            Takes::Numbers,
            Some("''"),
            "the numbers of the steps that may be skipped; never the first",
        ),
        arg(
            "step_windows",
            Takes::Lengths,
            Some("NULL"),
            "the longest time from the step taken before, inclusive: to the second step, to the \
             third, and so on; NULL or left out for none",
        ),
    ],
    columns: &[
        ("segment", "the value of by"),
        ("step", "counted from 1"),
        ("name", "what the step is called"),
        ("customers", "who took this step"),
        (
            "step_rate",
            "of those who took the last step before it that may not be skipped, in percent",
        ),
        ("step_rate_low", "the lower end of its 95 % confidence interval (Wilson)"),
        ("step_rate_high", "the upper end of its 95 % confidence interval"),
        ("overall_rate", "of those who took the first step, in percent"),
        ("overall_rate_low", "the lower end of its 95 % confidence interval"),
        ("overall_rate_high", "the upper end of its 95 % confidence interval"),
        (
            "median_seconds",
            "from the step taken before to this one, in seconds (days if time is a DATE)",
        ),
        ("p90_seconds", "nine in ten need no longer"),
    ],
    rules: "A row whose customer or time is NULL is dropped. Customers who never take the first step \
            are not counted. Levels are cumulative: whoever took a step took every step before it that \
            may not be skipped. Of the longest chains of a customer, that which is complete first, \
            then skips fewest steps, then started last counts. Of different values of by at the same moment, the smallest counts.",
    source: "The ordered funnels of Mixpanel, Amplitude and PostHog: a conversion window from the \
             first step, breakdown by first or last touch, and PostHog's optional steps.",
    example: "SELECT step, customers, step_rate, overall_rate, median_seconds \
              FROM funnel(\
              (SELECT * FROM (VALUES (1, TIMESTAMP '2025-01-01 10:00:00', 'cart'), \
              (1, TIMESTAMP '2025-01-01 10:05:00', 'pay'), (2, TIMESTAMP '2025-01-01 11:00:00', 'cart')) \
              AS e (visitor, moment, page)), customer => visitor, time => moment, \
              steps => [page = 'cart', page = 'pay'], window => INTERVAL '1 day') ORDER BY step",
    either: None,
    only_with: None,
    template: |_| include_str!("../sql/funnel.sql"),
    related: &["funnel_steps", "window_funnel", "paths"],
    since: "0.1.0",
};

pub(super) const SESSIONS: RelationSpec = RelationSpec {
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
        arg(
            "page",
            Takes::Anything,
            Some("CAST(NULL AS VARCHAR)"),
            "what was looked at, for entry and exit",
        ),
        arg("page_view", Takes::Condition, Some("true"), "whether it counts as a page view"),
        arg("key_event", Takes::Condition, Some("false"), "whether it shows engagement by itself"),
        arg(
            "engaged_after",
            Takes::Whole { least: 0, most: 1_000_000_000 },
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
            Times are taken in whole microseconds, without what nanoseconds add. Of pages at the same moment, the smaller text comes first. A condition that is NULL is \
            not met.",
    source: "Google Analytics 4: 30 minutes, no cut at midnight or at a new campaign, and its \
             definitions of engaged and bounced. Universal Analytics calls a session of one event \
             bounced: events = 1.",
    example: "SELECT customer, session, duration, events, bounced \
              FROM sessions(\
              (SELECT * FROM (VALUES (1, TIMESTAMP '2025-01-01 10:00:00'), \
              (1, TIMESTAMP '2025-01-01 10:30:00'), (1, TIMESTAMP '2025-01-01 11:00:01')) \
              AS e (visitor, moment)), customer => visitor, time => moment) ORDER BY session",
    either: None,
    only_with: None,
    template: |words| {
        if words.gave("page") {
            include_str!("../sql/sessions.sql")
        } else {
            include_str!("../sql/sessions_without_pages.sql")
        }
    },
    related: &["sessionize", "bounce_rate", "paths"],
    since: "0.1.0",
};

pub(super) const PATHS: RelationSpec = RelationSpec {
    name: "paths",
    summary: "The commonest ways that customers take, step by step.",
    args: &[
        CUSTOMER,
        TIME,
        arg("event", Takes::Anything, None, "what happened"),
        arg(
            "length",
            Takes::Whole { least: 1, most: 1000 },
            Some("3"),
            "how many steps a path has at most",
        ),
        arg(
            "from",
            Takes::Text,
            Some("NULL"),
            "the event that paths begin with, at its first time",
        ),
        arg(
            "to",
            Takes::Text,
            Some("NULL"),
            "the event that paths end with, at its first time; not together with from",
        ),
        arg("collapse", Takes::Flag, Some("true"), "whether repeated events are one step"),
        arg(
            "top",
            Takes::Whole { least: 1, most: 1_000_000_000 },
            Some("20"),
            "how many paths to show",
        ),
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
    either: Some(["from", "to"]),
    only_with: None,
    template: |_| include_str!("../sql/paths.sql"),
    related: &["next_event", "sequence_match", "sessions"],
    since: "0.1.0",
};

pub(super) const ATTRIBUTION: RelationSpec = RelationSpec {
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
            Takes::Words(&Model::NAMES),
            Some("'last'"),
            "who is given credit: one touch, all alike, 40 % each to the first and the last, or \
             the later the more; of a list, such as ['first', 'last'], each has rows of its own",
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
        ("model", "who is given credit"),
        ("channel", "the channel, as text"),
        ("conversions", "the sum of its credits"),
        ("value", "the sum of its credits times what the conversions are worth"),
    ],
    rules: "A row whose customer or time is NULL is dropped. A row with a channel is a touch, one \
            that meets the condition a conversion, and one can be both. A touch counts for every \
            conversion after it within the lookback. Touches of the same moment are in the order of \
            their names. Under each model credits add up to the number of conversions.",
    source: "The rule-based models of Google Analytics until 2023: first click, last click, linear, \
             position-based (40, 20, 40), time decay with a half-life of seven days.",
    example: "SELECT channel, conversions \
              FROM attribution(\
              (SELECT * FROM (VALUES (1, DATE '2025-01-01', 'email', false), \
              (1, DATE '2025-01-02', 'search', false), (1, DATE '2025-01-03', NULL, true)) \
              AS e (customer_id, day, channel, bought)), customer => customer_id, time => day, \
              channel => channel, conversion => bought, model => 'linear') ORDER BY channel",
    either: None,
    only_with: None,
    template: |_| include_str!("../sql/attribution.sql"),
    related: &["touch_credits", "conversion_rate", "roi", "paths"],
    since: "0.1.0",
};
