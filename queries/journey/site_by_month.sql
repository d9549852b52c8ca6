/*---
title: Sessions on the site by month
description: How many people use the site in each month, how often, how long and how deep?
params:
  from: {type: date, default: 2025-01-01, description: first month}
  to: {type: date, default: 2026-01-01, description: the month after the last}
grain: [month]
checks:
  - assert: monthly_active <= sessions
  - assert: daily_active <= monthly_active
  # Half of the sessions leave at once: look for the page in journey/sessions_by_segment.
  - {assert: bounce_rate_low < 50, severity: warn}
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

-- A session belongs to the month in which it began. Each event shows a page.
sessions AS (
    SELECT
        CAST(date_trunc('month', MIN(occurred_at)) AS DATE) AS began_in,
        visitor_id,
        COUNT(*) AS pages,
        date_part('epoch', MAX(occurred_at)) - date_part('epoch', MIN(occurred_at)) AS seconds,
        BOOL_OR(event_type = 'purchase') AS converted
    FROM numbered
    GROUP BY visitor_id, session
),

-- The time on the last page of a session is not known, so a session of one page lasts 0 seconds.
summed AS (
    SELECT
        began_in,
        COUNT(*) AS sessions,
        mean_ci(seconds) AS duration,
        mean_ci(pages) AS pages,
        bounce_rate_ci(pages, seconds, converted, 'ga4') AS bounce
    FROM sessions
    GROUP BY began_in
),

active AS (
    SELECT
        CAST(date_trunc('month', occurred_at) AS DATE) AS active_in,
        COUNT(DISTINCT visitor_id) AS monthly_active,
        stickiness(visitor_id, occurred_at) AS stickiness
    FROM web_events
    GROUP BY date_trunc('month', occurred_at)
),

by_month AS (
    SELECT
        began_in AS month,
        sessions,
        duration,
        pages,
        bounce,
        monthly_active,
        monthly_active * stickiness / 100 AS daily_active,
        stickiness
    FROM summed
    JOIN active ON active_in = began_in
)

SELECT
    this.month,
    this.sessions,
    previous.sessions AS sessions_previous,
    a_year_before.sessions AS sessions_a_year_before,
    this.duration['estimate'] AS session_seconds,
    this.duration['low'] AS session_seconds_low,
    this.duration['high'] AS session_seconds_high,
    previous.duration['estimate'] AS session_seconds_previous,
    a_year_before.duration['estimate'] AS session_seconds_a_year_before,
    this.pages['estimate'] AS pages_per_session,
    this.pages['low'] AS pages_per_session_low,
    this.pages['high'] AS pages_per_session_high,
    previous.pages['estimate'] AS pages_per_session_previous,
    a_year_before.pages['estimate'] AS pages_per_session_a_year_before,
    this.bounce['estimate'] AS bounce_rate,
    this.bounce['low'] AS bounce_rate_low,
    this.bounce['high'] AS bounce_rate_high,
    previous.bounce['estimate'] AS bounce_rate_previous,
    a_year_before.bounce['estimate'] AS bounce_rate_a_year_before,
    this.daily_active,
    this.monthly_active,
    this.stickiness,
    previous.stickiness AS stickiness_previous,
    previous.monthly_active AS monthly_active_previous,
    a_year_before.stickiness AS stickiness_a_year_before,
    a_year_before.monthly_active AS monthly_active_a_year_before
FROM by_month AS this
LEFT JOIN by_month AS previous ON previous.month = this.month - INTERVAL '1 month'
LEFT JOIN by_month AS a_year_before ON a_year_before.month = this.month - INTERVAL '1 year'
WHERE this.month >= $from AND this.month < $to
ORDER BY month
