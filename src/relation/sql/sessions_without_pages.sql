-- The sessions of each customer, where entry and exit are not asked for: then no events need to be
-- sorted but those of one customer.
WITH customer AS (
    SELECT
        $customer AS customer,
        session_list(
            $gap,
            in_microseconds($time),
            coalesce($page_view, false),
            coalesce($key_event, false),
            $max_length
        ) AS sessions
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
    GROUP BY $customer
),

-- The customer is put into a struct and taken out again: the engine takes a column that it has grouped
-- by for unique, even where a list beside it is unnested, and would not sort by anything behind it.
visited AS (
    SELECT
        named_struct('customer', customer) AS who,
        unnest(sessions) AS visit
    FROM customer
),

measured AS (
    SELECT
        who['customer'] AS customer,
        visit['session'] AS session,
        visit['session_start'] AS session_start,
        visit['session_end'] AS session_end,
        visit['events'] AS events,
        visit['page_views'] AS page_views,
        visit['key_events'] AS key_events,
        (CAST(visit['session_end'] AS BIGINT) - CAST(visit['session_start'] AS BIGINT)) / 1000000.0
            AS duration
    FROM visited
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
    $page AS entry,
    $page AS exit,
    NOT engaged AS bounced,
    engaged
FROM judged
