/*---
title: Customers gained and lost by quarter
description: How many subscribers does a quarter win, keep and lose?
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
  - assert: customer_months = 0 OR abs(monthly_retention + monthly_churn - 100) < 1e-9
  - assert: net = gained - lost
  # Even the upper end is below zero: the segment shrinks, and no accident explains it.
  - {assert: monthly_growth_high >= 0, severity: warn}
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

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

monthly AS (
    SELECT
        month,
        $by AS segment,
        COUNT(*) FILTER (WHERE at_start) AS customers_at_start,
        COUNT(*) FILTER (WHERE at_end) AS customers_at_end,
        COUNT(*) FILTER (WHERE NOT at_start) AS customers_new,
        COUNT(*) FILTER (WHERE NOT at_end) AS customers_lost
    FROM present
    JOIN customers USING (customer_id)
    -- In the first month of the lake all look as if they were new.
    WHERE month >= GREATEST($from - INTERVAL '1 year', DATE '2024-02-01') AND month < $to
    GROUP BY month, $by
),

-- The first quarter of the lake has two months with one before them.
-- The counts of the three months are summed before they are divided, so that a month of many
-- customers weighs more than one of few.
quarterly AS (
    SELECT
        CAST(date_trunc('quarter', month) AS DATE) AS quarter,
        segment,
        retention_rate(customers_at_start, customers_at_end, customers_new) AS retention,
        churn_rate_ci(customers_at_start, customers_lost) AS churn,
        growth_rate_ci(customers_at_start, customers_at_end, customers_new) AS growth,
        SUM(customers_at_start) AS customer_months,
        SUM(customers_new) AS gained,
        SUM(customers_lost) AS lost,
        SUM(customers_at_end) - SUM(customers_at_start) AS net
    FROM monthly
    GROUP BY quarter, segment
),

compared AS (
    SELECT
        quarter,
        segment,
        retention AS monthly_retention,
        churn['estimate'] AS monthly_churn,
        churn['low'] AS monthly_churn_low,
        churn['high'] AS monthly_churn_high,
        growth['estimate'] AS monthly_growth,
        growth['low'] AS monthly_growth_low,
        growth['high'] AS monthly_growth_high,
        customer_months,
        gained,
        lost,
        net,
        FIRST_VALUE(net) OVER quarter_before AS net_previous,
        FIRST_VALUE(growth['estimate']) OVER quarter_before AS monthly_growth_previous,
        FIRST_VALUE(customer_months) OVER quarter_before AS customer_months_previous,
        FIRST_VALUE(net) OVER a_year_before AS net_a_year_before,
        FIRST_VALUE(growth['estimate']) OVER a_year_before AS monthly_growth_a_year_before,
        FIRST_VALUE(customer_months) OVER a_year_before AS customer_months_a_year_before
    FROM quarterly
    WINDOW quarter_before AS (
        PARTITION BY segment ORDER BY quarter
        RANGE BETWEEN INTERVAL '3 months' PRECEDING AND INTERVAL '3 months' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment ORDER BY quarter
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT *
FROM compared
WHERE quarter >= date_trunc('quarter', $from)
ORDER BY quarter, segment
