/*---
title: Sessions
description: How many sessions does a month bring, how many leave at once, and how long are they?
params:
  from: {type: date, default: 2025-07-01, min: 2024-01-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [everybody, landing, segment, country, account_manager]
    default: everybody
    description: what to compare; customers' columns are empty for visitors who never logged in
grain: [month, segment]
checks:
  - assert: bounces + engaged = sessions
  - assert: visitors <= sessions
  # Sure to be worse than a year before by more than five points: look for the page with
  # `by=landing`.
  - assert: COALESCE(bounce_rate_low <= bounce_rate_a_year_before + 5, TRUE)
    severity: warn
---*/
-- A visitor is a browser, of one customer at most. Its sessions before he logged in count as his.
WITH known_visitors AS (
    SELECT visitor_id, MAX(customer_id) AS customer_id
    FROM web_events
    GROUP BY visitor_id
),

-- Over all events, so that no session is cut where a month begins: it belongs to the month in which
-- it began.
visits AS (
    SELECT
        CAST(date_trunc('month', session_start) AS DATE) AS month,
        customer AS visitor_id,
        'everybody' AS everybody,
        '/' || split_part(entry, '/', 2) AS landing,
        duration,
        page_views,
        bounced,
        engaged
    FROM sessions(
        TABLE web_events,
        customer => visitor_id,
        time => occurred_at,
        page => page,
        -- Each event shows a page; a purchase is what the site is for.
        key_event => event_type = 'purchase'
    )
),

-- The time on the last page of a session is not known, so a session of one page lasts 0 seconds.
summed AS (
    SELECT
        month,
        $by AS segment,
        COUNT(*) AS sessions,
        COUNT(DISTINCT visits.visitor_id) AS visitors,
        bounce_rate_ci(bounced) AS bounce,
        COUNT(*) FILTER (WHERE engaged) AS engaged,
        mean_ci(duration) AS duration,
        MEDIAN(duration) FILTER (WHERE engaged) AS median_engaged_seconds,
        mean_ci(page_views) AS pages
    FROM visits
    JOIN known_visitors ON known_visitors.visitor_id = visits.visitor_id
    LEFT JOIN customers ON customers.customer_id = known_visitors.customer_id
    GROUP BY month, $by
),

compared AS (
    SELECT
        month,
        segment,
        sessions,
        visitors,
        engaged,
        bounce['hits'] AS bounces,
        bounce['estimate'] AS bounce_rate,
        bounce['low'] AS bounce_rate_low,
        bounce['high'] AS bounce_rate_high,
        duration['estimate'] AS session_seconds,
        duration['low'] AS session_seconds_low,
        duration['high'] AS session_seconds_high,
        median_engaged_seconds,
        pages['estimate'] AS pages_per_session,
        pages['low'] AS pages_per_session_low,
        pages['high'] AS pages_per_session_high,
        FIRST_VALUE(sessions) OVER month_before AS sessions_previous,
        FIRST_VALUE(bounce['estimate']) OVER month_before AS bounce_rate_previous,
        FIRST_VALUE(duration['estimate']) OVER month_before AS session_seconds_previous,
        FIRST_VALUE(pages['estimate']) OVER month_before AS pages_per_session_previous,
        FIRST_VALUE(sessions) OVER a_year_before AS sessions_a_year_before,
        FIRST_VALUE(bounce['estimate']) OVER a_year_before AS bounce_rate_a_year_before,
        FIRST_VALUE(duration['estimate']) OVER a_year_before AS session_seconds_a_year_before,
        FIRST_VALUE(pages['estimate']) OVER a_year_before AS pages_per_session_a_year_before
    FROM summed
    WINDOW month_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 month' PRECEDING AND INTERVAL '1 month' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT *
FROM compared
WHERE month >= $from AND month < $to
ORDER BY month, segment
