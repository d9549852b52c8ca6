/*---
title: Time on page, and pages that lead out
description: How long do people stay on a page, and from which pages do they leave the site?
params:
  from: {type: date, default: 2025-07-01, description: first day of a view}
  to: {type: date, default: 2025-10-01, description: the day after the last}
  by:
    type: identifier
    enum: [section, page]
    default: section
    description: what to compare; a section is the first part of the path
grain: [segment]
checks:
  - assert: exits <= views
  # Half of the views of the cart or the checkout end the session: repair that page first.
  - assert: segment NOT IN ('/cart', '/checkout', '/checkout-b') OR exit_rate_low < 50
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

views AS (
    SELECT
        page,
        '/' || split_part(page, '/', 2) AS section,
        occurred_at,
        LEAD(occurred_at) OVER in_session AS left_at
    FROM numbered
    WINDOW in_session AS (PARTITION BY visitor_id, session ORDER BY occurred_at, event_id)
),

-- The last page of a session has no time: nobody knows when it was left.
compared AS (
    SELECT
        *,
        date_part('epoch', left_at) - date_part('epoch', occurred_at) AS seconds,
        left_at IS NULL AS exited,
        occurred_at >= $from AND occurred_at < $to AS in_period,
        occurred_at >= $from - ($to - $from) AND occurred_at < $from AS in_previous,
        occurred_at >= $from - INTERVAL '1 year' AND occurred_at < $to - INTERVAL '1 year'
            AS a_year_before
    FROM views
),

summed AS (
    SELECT
        $by AS segment,
        mean_ci(seconds) FILTER (WHERE in_period) AS stay,
        proportion_ci(exited) FILTER (WHERE in_period) AS exits,
        mean_ci(seconds) FILTER (WHERE in_previous) AS stay_previous,
        proportion_ci(exited) FILTER (WHERE in_previous) AS exits_previous,
        mean_ci(seconds) FILTER (WHERE a_year_before) AS stay_a_year_before,
        proportion_ci(exited) FILTER (WHERE a_year_before) AS exits_a_year_before
    FROM compared
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
)

SELECT
    segment,
    COALESCE(exits['n'], 0) AS views,
    stay['n'] AS views_timed,
    stay['estimate'] AS seconds_on_page,
    stay['low'] AS seconds_on_page_low,
    stay['high'] AS seconds_on_page_high,
    COALESCE(exits['hits'], 0) AS exits,
    exits['estimate'] AS exit_rate,
    exits['low'] AS exit_rate_low,
    exits['high'] AS exit_rate_high,
    100.0 * exits['hits'] / SUM(exits['hits']) OVER () AS share_of_exits,
    exits_previous['n'] AS views_previous,
    stay_previous['estimate'] AS seconds_on_page_previous,
    exits_previous['estimate'] AS exit_rate_previous,
    exits_a_year_before['n'] AS views_a_year_before,
    stay_a_year_before['estimate'] AS seconds_on_page_a_year_before,
    exits_a_year_before['estimate'] AS exit_rate_a_year_before
FROM summed
ORDER BY segment
