-- The sessions of each customer, where entry and exit are not asked for: then no events need to be
-- sorted but those of one customer.
WITH customer AS (
    SELECT
        $customer AS customer,
        session_list(
            $gap,
            arrow_cast($time, 'Timestamp(Microsecond, None)'),
            coalesce($page_view, false),
            coalesce($key_event, false),
            $max_length
        ) AS sessions
    FROM input
    WHERE $customer IS NOT NULL AND $time IS NOT NULL
    GROUP BY $customer
),

-- The customer is repeated with each session: the engine takes a column that it has grouped by for
-- unique, even where a list beside it is unnested, and would not sort by anything behind it.
numbered AS (
    SELECT
        unnest(array_repeat(customer, CAST(array_length(sessions) AS BIGINT))) AS customer,
        unnest(sessions) AS visit,
        unnest(generate_series(1, CAST(array_length(sessions) AS BIGINT))) AS session
    FROM customer
),

measured AS (
    SELECT
        customer,
        session,
        visit['session_start'] AS session_start,
        visit['session_end'] AS session_end,
        visit['events'] AS events,
        visit['page_views'] AS page_views,
        visit['key_events'] AS key_events,
        (CAST(visit['session_end'] AS BIGINT) - CAST(visit['session_start'] AS BIGINT)) / 1000000.0
            AS duration
    FROM numbered
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
