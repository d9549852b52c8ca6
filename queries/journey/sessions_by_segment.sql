/*---
title: Sessions by segment
description: Which visitors come most often, stay longest and leave at once least, and since when?
params:
  from: {type: date, default: 2025-07-01, description: first day on which a session began}
  to: {type: date, default: 2025-10-01, description: the day after the last}
  by:
    type: identifier
    enum: [referrer, landing, segment, country, account_manager]
    default: referrer
    description: what to compare; customers' columns are empty where nobody logged in
grain: [segment]
checks:
  - assert: sessions = 0 OR bounce_rate <= bounce_rate_universal_analytics
  # Sure to be worse than a year before by more than five points: compare the landing pages.
  - assert: COALESCE(bounce_rate_low <= bounce_rate_a_year_before + 5, TRUE)
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
        visitor_id,
        session,
        MIN(occurred_at) AS started_at,
        MAX(occurred_at) AS ended_at,
        COUNT(*) AS pages,
        BOOL_OR(event_type = 'purchase') AS converted,
        MAX(customer_id) AS customer_id,
        -- Of the first event: another referrer within the half hour opens no session of its own.
        FIRST_VALUE(referrer ORDER BY occurred_at, event_id) AS referrer,
        FIRST_VALUE(split_part(page, '/', 2) ORDER BY occurred_at, event_id) AS landing
    FROM numbered
    GROUP BY visitor_id, session
),

-- Who watches a video does something, though no other page follows.
watched AS (
    SELECT
        sessions.visitor_id,
        session,
        MAX(date_part('epoch', plays.started_at) + watched_seconds) AS until
    FROM sessions
    JOIN video_plays AS plays
        ON plays.visitor_id = sessions.visitor_id
        AND plays.started_at >= sessions.started_at
        AND plays.started_at <= sessions.ended_at + INTERVAL '30 minutes'
    GROUP BY sessions.visitor_id, session
),

compared AS (
    SELECT
        sessions.visitor_id,
        customer_id,
        referrer,
        '/' || landing AS landing,
        pages,
        converted,
        GREATEST(date_part('epoch', ended_at), COALESCE(until, 0)) - date_part('epoch', started_at)
            AS seconds,
        started_at >= $from AND started_at < $to AS in_period,
        started_at >= $from - ($to - $from) AND started_at < $from AS in_previous,
        started_at >= $from - INTERVAL '1 year' AND started_at < $to - INTERVAL '1 year'
            AS a_year_before
    FROM sessions
    LEFT JOIN watched
        ON watched.visitor_id = sessions.visitor_id
        AND watched.session = sessions.session
),

-- Two definitions share a name: for Universal Analytics a session of one page is a bounce, for
-- Google Analytics 4 only if it took less than ten seconds and did not convert.
summed AS (
    SELECT
        $by AS segment,
        COUNT(*) FILTER (WHERE in_period) AS sessions,
        COUNT(DISTINCT visitor_id) FILTER (WHERE in_period) AS visitors,
        mean_ci(seconds) FILTER (WHERE in_period) AS duration,
        mean_ci(pages) FILTER (WHERE in_period) AS pages,
        bounce_rate_ci(pages, seconds, converted, 'ga4') FILTER (WHERE in_period) AS ga4,
        bounce_rate_ci(pages, seconds, converted, 'universal_analytics')
            FILTER (WHERE in_period) AS ua,
        mean_ci(seconds) FILTER (WHERE in_previous) AS duration_previous,
        bounce_rate_ci(pages, seconds, converted, 'ga4') FILTER (WHERE in_previous)
            AS ga4_previous,
        mean_ci(seconds) FILTER (WHERE a_year_before) AS duration_a_year_before,
        bounce_rate_ci(pages, seconds, converted, 'ga4') FILTER (WHERE a_year_before)
            AS ga4_a_year_before
    FROM compared
    LEFT JOIN customers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
)

SELECT
    segment,
    sessions,
    visitors,
    duration['estimate'] AS session_seconds,
    duration['low'] AS session_seconds_low,
    duration['high'] AS session_seconds_high,
    pages['estimate'] AS pages_per_session,
    pages['low'] AS pages_per_session_low,
    pages['high'] AS pages_per_session_high,
    ga4['estimate'] AS bounce_rate,
    ga4['low'] AS bounce_rate_low,
    ga4['high'] AS bounce_rate_high,
    ua['estimate'] AS bounce_rate_universal_analytics,
    ua['low'] AS bounce_rate_universal_analytics_low,
    ua['high'] AS bounce_rate_universal_analytics_high,
    duration_previous['n'] AS sessions_previous,
    duration_previous['estimate'] AS session_seconds_previous,
    ga4_previous['estimate'] AS bounce_rate_previous,
    duration_a_year_before['n'] AS sessions_a_year_before,
    duration_a_year_before['estimate'] AS session_seconds_a_year_before,
    ga4_a_year_before['estimate'] AS bounce_rate_a_year_before
FROM summed
ORDER BY segment
