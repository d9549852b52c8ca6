/*---
title: New against lost by month
description: How many customers does a month win for each that it loses?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 2025-01-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: month
  - assert: net = gained - lost
  # Even the upper end is below 1: more leave than come, and it is no accident.
  - {assert: gained_per_lost IS NULL OR gained_per_lost_high >= 1, severity: warn}
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

moved AS (
    SELECT
        COALESCE(after.customer_id, before.customer_id) AS customer_id,
        COALESCE(after.month, before.month + INTERVAL '1 month') AS month,
        before.customer_id IS NULL AS gained
    FROM subscribers AS before
    FULL JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
    WHERE before.customer_id IS NULL OR after.customer_id IS NULL
),

monthly AS (
    SELECT
        month,
        $by AS segment,
        COUNT(*) FILTER (WHERE gained) AS gained,
        COUNT(*) FILTER (WHERE NOT gained) AS lost,
        proportion_ci(gained) AS gained_share
    FROM moved
    JOIN customers USING (customer_id)
    -- In the first month of the lake all look as if they were new.
    WHERE month >= GREATEST($from - INTERVAL '1 year', DATE '2024-02-01') AND month < $to
    GROUP BY month, $by
),

compared AS (
    SELECT
        month,
        segment,
        gained,
        lost,
        gained - lost AS net,
        CAST(gained AS DOUBLE) / NULLIF(lost, 0) AS gained_per_lost,
        -- The interval of a ratio of two counts follows from that of the share of one in both.
        gained_share['low'] / (100 - gained_share['low']) AS gained_per_lost_low,
        gained_share['high'] / NULLIF(100 - gained_share['high'], 0) AS gained_per_lost_high,
        FIRST_VALUE(gained) OVER month_before AS gained_previous,
        FIRST_VALUE(lost) OVER month_before AS lost_previous,
        FIRST_VALUE(gained) OVER a_year_before AS gained_a_year_before,
        FIRST_VALUE(lost) OVER a_year_before AS lost_a_year_before
    FROM monthly
    WINDOW month_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 month' PRECEDING AND INTERVAL '1 month' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT
    month,
    segment,
    gained,
    lost,
    net,
    gained_per_lost,
    gained_per_lost_low,
    gained_per_lost_high,
    gained_previous,
    lost_previous,
    CAST(gained_previous AS DOUBLE) / NULLIF(lost_previous, 0) AS gained_per_lost_previous,
    gained_a_year_before,
    lost_a_year_before,
    CAST(gained_a_year_before AS DOUBLE)
        / NULLIF(lost_a_year_before, 0) AS gained_per_lost_a_year_before
FROM compared
WHERE month >= $from
ORDER BY month, segment
