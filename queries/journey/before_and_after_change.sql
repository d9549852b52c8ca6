/*---
title: Conversions before and after a change
description: Did a change on the site, such as the new checkout page, let more sessions convert?
params:
  # The months in which only half of the visitors saw the new page stand in neither.
  before_from: {type: date, default: 2025-03-01, description: first day before the change}
  before_to: {type: date, default: 2025-06-01, description: the day after the last before it}
  after_from: {type: date, default: 2025-09-01, description: first day after the change}
  after_to: {type: date, default: 2025-12-01, description: the day after the last after it}
  step:
    type: string
    enum: [view, add_to_cart, checkout]
    default: checkout
    description: only sessions that came this far could convert
  by:
    type: identifier
    enum: [everybody, first_referrer, known]
    default: everybody
    description: what to compare
grain: [segment, year]
checks:
  - assert: COALESCE(p_value BETWEEN 0 AND 1, TRUE)
  # The change did harm, and chance alone would hardly explain it: take it back.
  - {assert: "COALESCE(year <> 'this year' OR difference_high >= 0, TRUE)", severity: warn}
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
        'everybody' AS everybody,
        COALESCE(FIRST_VALUE(referrer ORDER BY occurred_at, event_id), 'direct') AS first_referrer,
        CASE WHEN MAX(customer_id) IS NULL THEN 'stranger' ELSE 'customer' END AS known,
        MIN(occurred_at) AS started_at,
        BOOL_OR(event_type = 'purchase') AS converted
    FROM numbered
    GROUP BY visitor_id, session
    HAVING BOOL_OR(event_type = $step)
),

-- The same months of the year before had no change: what moves there is the season.
years (year, back) AS (
    VALUES ('this year', 0), ('a year before', 12)
),

compared AS (
    SELECT
        year,
        $by AS segment,
        converted,
        started_at >= $after_from - CAST(back || ' months' AS INTERVAL) AS after
    FROM sessions
    CROSS JOIN years
    WHERE
        (started_at >= $before_from - CAST(back || ' months' AS INTERVAL)
            AND started_at < $before_to - CAST(back || ' months' AS INTERVAL))
        OR (started_at >= $after_from - CAST(back || ' months' AS INTERVAL)
            AND started_at < $after_to - CAST(back || ' months' AS INTERVAL))
),

tested AS (
    SELECT segment, year, compare_proportions(converted, after) AS test
    FROM compared
    GROUP BY segment, year
)

SELECT
    segment,
    year,
    test['control'] AS conversion_rate_before,
    test['n_control'] AS sessions_before,
    test['variant'] AS conversion_rate_after,
    test['n_variant'] AS sessions_after,
    test['difference'] AS difference,
    test['low'] AS difference_low,
    test['high'] AS difference_high,
    test['uplift'] AS uplift,
    test['statistic'] AS z,
    test['p_value'] AS p_value
FROM tested
ORDER BY segment, year DESC
