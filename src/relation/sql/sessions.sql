-- The sessions of each customer: events with no more than the gap between them.
WITH event AS (
    SELECT
        $customer AS customer,
        arrow_cast($time, 'Timestamp(Microsecond, None)') AS time,
        $page AS page,
        coalesce($page_view, false) AS page_view,
        coalesce($key_event, false) AS key_event
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
),

-- Events of the same moment need no order here: they are in the same session in any order. One sort
-- serves all windows.
marked AS (
    SELECT
        customer, time, page, page_view, key_event,
        lag(time) OVER (PARTITION BY customer ORDER BY time) AS previous
    FROM event
),

-- Exactly the gap is still the same session; NULL, for the first event, begins one.
visit AS (
    SELECT
        customer, time, page, page_view, key_event,
        sum(CASE WHEN time <= previous + $gap THEN 0 ELSE 1 END) OVER (
            PARTITION BY customer ORDER BY time ROWS UNBOUNDED PRECEDING
        ) AS visit
    FROM marked
),

-- A visit that lasts is cut every $max_length after its start. Without one there is a single piece.
piece AS (
    SELECT
        customer, time, page, page_view, key_event, visit,
        coalesce(
            (
                CAST(time AS BIGINT)
                - CAST(min(time) OVER (PARTITION BY customer, visit) AS BIGINT)
            ) / CAST(date_part('epoch', CAST($max_length AS INTERVAL)) * 1000000 AS BIGINT),
            0
        ) AS piece
    FROM visit
),

-- Events of the same moment are told apart by their page, so that entry and exit do not depend on the
-- order of the rows.
session AS (
    SELECT
        customer,
        visit,
        piece,
        min(time) AS session_start,
        max(time) AS session_end,
        count(*) AS events,
        count(*) FILTER (WHERE page_view) AS page_views,
        count(*) FILTER (WHERE key_event) AS key_events,
        first_value(page ORDER BY time, page) FILTER (WHERE page IS NOT NULL) AS entry,
        last_value(page ORDER BY time, page) FILTER (WHERE page IS NOT NULL) AS exit
    FROM piece
    GROUP BY customer, visit, piece
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
    row_number() OVER (PARTITION BY customer ORDER BY session_start) AS session,
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
