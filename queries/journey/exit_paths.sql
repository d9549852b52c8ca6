/*---
title: Paths that lead out
description: Which pages do people see last before they leave the site without having bought?
params:
  from: {type: date, default: 2025-07-01, description: first day on which a session began}
  to: {type: date, default: 2025-10-01, description: the day after the last}
  least: {type: int64, default: 10, min: 1, description: fewest sessions of a path that is shown}
grain: [path]
checks:
  - assert: sessions >= 1
  # One in a hundred who leave has just cancelled: read churn/churn_by_segment, and ask them why.
  - {assert: path NOT LIKE '%/account/cancel' OR share_low < 1, severity: warn}
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

steps AS (
    SELECT
        visitor_id,
        session,
        CASE
            WHEN page LIKE '/product/%' THEN '/product'
            WHEN page LIKE '/videos/%' THEN '/videos'
            WHEN page LIKE '/blog/%' THEN '/blog'
            WHEN page LIKE '/shop/%' THEN '/shop'
            ELSE page
        END AS page,
        occurred_at,
        event_type,
        ROW_NUMBER() OVER (
            PARTITION BY visitor_id, session ORDER BY occurred_at DESC, event_id DESC
        ) AS from_the_end
    FROM numbered
),

-- The last three pages; a path that begins with '(in)' is the whole session.
exits AS (
    SELECT
        MIN(occurred_at) AS started_at,
        CASE WHEN COUNT(*) <= 3 THEN '(in) > ' ELSE '' END
            || COALESCE(MAX(page) FILTER (WHERE from_the_end = 3) || ' > ', '')
            || COALESCE(MAX(page) FILTER (WHERE from_the_end = 2) || ' > ', '')
            || MAX(page) FILTER (WHERE from_the_end = 1) AS path
    FROM steps
    GROUP BY visitor_id, session
    HAVING NOT BOOL_OR(event_type = 'purchase')
),

compared AS (
    SELECT
        path,
        started_at >= $from AND started_at < $to AS in_period,
        started_at >= $from - ($to - $from) AND started_at < $from AS in_previous,
        started_at >= $from - INTERVAL '1 year' AND started_at < $to - INTERVAL '1 year'
            AS a_year_before
    FROM exits
),

totals AS (
    SELECT
        path,
        COUNT(*) FILTER (WHERE in_period) AS sessions,
        COUNT(*) FILTER (WHERE in_previous) AS sessions_previous,
        COUNT(*) FILTER (WHERE a_year_before) AS sessions_a_year_before
    FROM compared
    GROUP BY path
),

shared AS (
    SELECT
        *,
        SUM(sessions) OVER () AS all_sessions,
        SUM(sessions_previous) OVER () AS all_previous,
        SUM(sessions_a_year_before) OVER () AS all_a_year_before
    FROM totals
),

summed AS (
    SELECT
        path,
        proportion_ci(sessions, all_sessions) AS share,
        proportion_ci(sessions_previous, all_previous) AS share_previous,
        proportion_ci(sessions_a_year_before, all_a_year_before) AS share_a_year_before
    FROM shared
    WHERE sessions >= $least
    GROUP BY path
)

SELECT
    path,
    share['hits'] AS sessions,
    share['estimate'] AS share,
    share['low'] AS share_low,
    share['high'] AS share_high,
    share_previous['hits'] AS sessions_previous,
    share_previous['estimate'] AS share_previous,
    share_a_year_before['hits'] AS sessions_a_year_before,
    share_a_year_before['estimate'] AS share_a_year_before
FROM summed
ORDER BY sessions DESC, path
