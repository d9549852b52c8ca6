/*---
title: Traffic from social networks by month
description: Which share of the sessions that another site sends us comes from social networks?
params:
  from: {type: date, default: 2025-01-01, description: first month}
  to: {type: date, default: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [everybody, known]
    default: everybody
    description: what to compare
grain: [month, segment]
checks:
  - assert: social_sessions <= referred_sessions
  # Sure to send a smaller share than a year before: see social/engagement_by_month.
  - assert: COALESCE(social_share_high >= social_share_a_year_before, TRUE)
    severity: warn
---*/
WITH events AS (
    SELECT
        *,
        -- More than 30 minutes without an event: a new session begins.
        occurred_at > LAG(occurred_at) OVER visitor + INTERVAL '30 minutes' AS opens
    FROM web_events
    WINDOW visitor AS (PARTITION BY visitor_id ORDER BY occurred_at, event_id)
),

numbered AS (
    SELECT *, COUNT(*) FILTER (WHERE opens) OVER visitor AS session
    FROM events
    WINDOW visitor AS (PARTITION BY visitor_id ORDER BY occurred_at, event_id)
),

sessions AS (
    SELECT
        CAST(date_trunc('month', MIN(occurred_at)) AS DATE) AS began_in,
        -- Of the first event: another referrer within the half hour opens no session of its own.
        FIRST_VALUE(referrer ORDER BY occurred_at, event_id) AS referrer,
        'everybody' AS everybody,
        CASE WHEN MAX(customer_id) IS NULL THEN 'stranger' ELSE 'customer' END AS known,
        BOOL_OR(event_type = 'purchase') AS converted
    FROM numbered
    GROUP BY visitor_id, session
),

-- A session without a referrer came directly: no other site sent it (NULL is not counted).
by_month AS (
    SELECT
        began_in AS month,
        $by AS segment,
        COUNT(*) AS sessions,
        share_of_ci(referrer = 'social.example') AS social,
        conversion_rate_ci(converted) FILTER (WHERE referrer = 'social.example') AS conversion
    FROM sessions
    GROUP BY began_in, $by
)

SELECT
    this.month,
    this.segment,
    this.sessions,
    this.social['n'] AS referred_sessions,
    this.social['hits'] AS social_sessions,
    this.social['estimate'] AS social_share,
    this.social['low'] AS social_share_low,
    this.social['high'] AS social_share_high,
    previous.social['estimate'] AS social_share_previous,
    previous.social['hits'] AS social_sessions_previous,
    a_year_before.social['estimate'] AS social_share_a_year_before,
    a_year_before.social['hits'] AS social_sessions_a_year_before,
    this.conversion['estimate'] AS conversion_rate,
    this.conversion['low'] AS conversion_rate_low,
    this.conversion['high'] AS conversion_rate_high,
    a_year_before.conversion['estimate'] AS conversion_rate_a_year_before
FROM by_month AS this
LEFT JOIN by_month AS previous
    ON previous.month = this.month - INTERVAL '1 month'
    AND previous.segment = this.segment
LEFT JOIN by_month AS a_year_before
    ON a_year_before.month = this.month - INTERVAL '1 year'
    AND a_year_before.segment = this.segment
WHERE this.month >= $from AND this.month < $to
ORDER BY month, segment
