-- The sessions of each customer: events with no more than the gap between them.
WITH event AS (
    SELECT
        $customer AS customer,
        in_microseconds($time) AS time,
        $page AS page,
        coalesce($page_view, false) AS page_view,
        coalesce($key_event, false) AS key_event
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
),

-- Events of the same moment need no order here: they are in the same session in any order.
numbered AS (
    SELECT
        *,
        sessionize(time, $gap, $max_length) OVER (PARTITION BY customer ORDER BY time) AS session
    FROM event
),

-- Events of the same moment are told apart by their page, so that entry and exit do not depend on the
-- order of the rows.
session AS (
    SELECT
        customer,
        session,
        min(time) AS session_start,
        max(time) AS session_end,
        count(*) AS events,
        count(*) FILTER (WHERE page_view) AS page_views,
        count(*) FILTER (WHERE key_event) AS key_events,
        first_value(page ORDER BY page IS NULL, time, page) AS entry,
        first_value(page ORDER BY page IS NULL, time DESC, page DESC) AS exit
    FROM numbered
    GROUP BY customer, session
),

measured AS (
    SELECT
        *,
        (CAST(session_end AS BIGINT) - CAST(session_start AS BIGINT)) / 1000000.0 AS duration
    FROM session
),

-- Engaged as Google Analytics 4 has it.
judged AS (
    SELECT
        *,
        duration > $engaged_after OR key_events >= 1 OR page_views >= 2 AS engaged
    FROM measured
)

SELECT
    customer,
    session,
    session_start,
    session_end,
    duration,
    events,
    page_views,
    key_events,
    entry,
    exit,
    NOT engaged AS bounced,
    engaged
FROM judged
