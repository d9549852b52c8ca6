/*---
title: Landing pages of organic search
description: On which pages do people land from a search, and how many of them leave again at once?
params:
  from: {type: date, default: 2025-07-01, description: first month}
  to: {type: date, default: 2025-10-01, description: the month after the last}
grain: [landing_page]
checks:
  - assert: bounces <= sessions
  # Sure to lose more than half of those who land there: the page does not keep what the search
  # promised.
  - {assert: "COALESCE(bounce_rate_low <= 50, TRUE)", severity: warn}
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
        FIRST_VALUE(page ORDER BY occurred_at, event_id) AS landing_page,
        COUNT(*) AS pages,
        date_part('epoch', MAX(occurred_at)) - date_part('epoch', MIN(occurred_at)) AS seconds,
        BOOL_OR(event_type = 'purchase') AS converted,
        MIN(occurred_at) >= $from AND MIN(occurred_at) < $to AS in_period,
        MIN(occurred_at) >= $from - ($to - $from) AND MIN(occurred_at) < $from AS in_previous,
        MIN(occurred_at) >= $from - INTERVAL '1 year'
            AND MIN(occurred_at) < $to - INTERVAL '1 year' AS a_year_before
    FROM numbered
    GROUP BY visitor_id, session
    HAVING FIRST_VALUE(referrer ORDER BY occurred_at, event_id) = 'search.example'
),

landed AS (
    SELECT
        landing_page,
        bounce_rate_ci(pages, seconds, converted, 'ga4') FILTER (WHERE in_period) AS bounce,
        conversion_rate_ci(converted) FILTER (WHERE in_period) AS conversion,
        bounce_rate_ci(pages, seconds, converted, 'ga4') FILTER (WHERE in_previous)
            AS bounce_previous,
        bounce_rate_ci(pages, seconds, converted, 'ga4') FILTER (WHERE a_year_before)
            AS bounce_a_year_before
    FROM sessions
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY landing_page
),

-- Of the tracked keywords that lead to the page. Its position is the mean of its impressions.
months AS (
    SELECT
        *,
        CAST(position AS DECIMAL(6, 1)) AS place,
        month >= $from AND month < $to AS in_period,
        month >= $from - INTERVAL '1 year' AND month < $to - INTERVAL '1 year' AS a_year_before
    FROM search_positions
),

found AS (
    SELECT
        landing_page,
        COUNT(DISTINCT keyword) FILTER (WHERE in_period AND position IS NOT NULL) AS keywords,
        CAST(SUM(place * impressions) FILTER (WHERE in_period) AS DOUBLE)
            / NULLIF(SUM(impressions) FILTER (WHERE in_period), 0) AS position,
        CAST(SUM(place * impressions) FILTER (WHERE a_year_before) AS DOUBLE)
            / NULLIF(SUM(impressions) FILTER (WHERE a_year_before), 0) AS position_a_year_before,
        click_through_rate_ci(clicks, impressions) FILTER (WHERE in_period) AS rate,
        click_through_rate_ci(clicks, impressions) FILTER (WHERE a_year_before)
            AS rate_a_year_before
    FROM months
    GROUP BY landing_page
)

SELECT
    COALESCE(found.landing_page, landed.landing_page) AS landing_page,
    COALESCE(keywords, 0) AS keywords,
    position,
    position_a_year_before,
    rate['n'] AS impressions,
    rate['hits'] AS clicks,
    rate['estimate'] AS click_through_rate,
    rate['low'] AS click_through_rate_low,
    rate['high'] AS click_through_rate_high,
    rate_a_year_before['hits'] AS clicks_a_year_before,
    rate_a_year_before['estimate'] AS click_through_rate_a_year_before,
    COALESCE(bounce['n'], 0) AS sessions,
    COALESCE(bounce['hits'], 0) AS bounces,
    bounce['estimate'] AS bounce_rate,
    bounce['low'] AS bounce_rate_low,
    bounce['high'] AS bounce_rate_high,
    conversion['estimate'] AS conversion_rate,
    bounce_previous['n'] AS sessions_previous,
    bounce_previous['estimate'] AS bounce_rate_previous,
    bounce_a_year_before['n'] AS sessions_a_year_before,
    bounce_a_year_before['estimate'] AS bounce_rate_a_year_before
FROM found
FULL JOIN landed ON landed.landing_page = found.landing_page
ORDER BY landing_page
