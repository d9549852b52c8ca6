/*---
title: Growth by month
description: By how much does the number of subscribers grow or shrink each month?
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
  - assert: customers_at_start + gained - lost = customers_at_end
  # Even the upper end is below zero: the segment shrinks, and no accident explains it.
  - {assert: growth_high >= 0, severity: warn}
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

-- A subscriber of a month stands at its end, and at the start of the next.
present AS (
    SELECT
        COALESCE(after.customer_id, before.customer_id) AS customer_id,
        COALESCE(after.month, before.month + INTERVAL '1 month') AS month,
        before.customer_id IS NOT NULL AS at_start,
        after.customer_id IS NOT NULL AS at_end
    FROM subscribers AS before
    FULL JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
),

counted AS (
    SELECT
        month,
        $by AS segment,
        COUNT(*) FILTER (WHERE at_start) AS customers_at_start,
        COUNT(*) FILTER (WHERE NOT at_start) AS gained,
        COUNT(*) FILTER (WHERE NOT at_end) AS lost,
        COUNT(*) FILTER (WHERE at_end) AS customers_at_end
    FROM present
    JOIN customers USING (customer_id)
    -- In the first month of the lake all look as if they were new.
    WHERE month >= GREATEST($from - INTERVAL '1 year', DATE '2024-02-01') AND month < $to
    GROUP BY month, $by
),

monthly AS (
    SELECT *, growth_rate_ci(customers_at_start, customers_at_end, gained) AS growth
    FROM counted
    GROUP BY month, segment, customers_at_start, gained, lost, customers_at_end
),

compared AS (
    SELECT
        month,
        segment,
        growth['estimate'] AS growth,
        growth['low'] AS growth_low,
        growth['high'] AS growth_high,
        customers_at_start,
        gained,
        lost,
        customers_at_end,
        FIRST_VALUE(growth['estimate']) OVER month_before AS growth_previous,
        FIRST_VALUE(customers_at_start) OVER month_before AS customers_at_start_previous,
        FIRST_VALUE(growth['estimate']) OVER a_year_before AS growth_a_year_before,
        FIRST_VALUE(customers_at_start) OVER a_year_before AS customers_at_start_a_year_before
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

SELECT *
FROM compared
WHERE month >= $from
ORDER BY month, segment
