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
    WHERE month >= $from AND month < $to
    GROUP BY month, $by
)

-- The counts of the three months are summed before they are divided, so that a month of many
-- customers weighs more than one of few.
SELECT
    CAST(date_trunc('quarter', month) AS DATE) AS quarter,
    segment,
    retention_rate(customers_at_start, customers_at_end, customers_new) AS monthly_retention,
    churn_rate(customers_at_start, customers_lost) AS monthly_churn,
    growth_rate(customers_at_start, customers_at_end) AS monthly_growth,
    SUM(customers_at_start) AS customer_months,
    SUM(customers_new) AS gained,
    SUM(customers_lost) AS lost,
    SUM(customers_at_end) - SUM(customers_at_start) AS net
FROM monthly
GROUP BY quarter, segment
ORDER BY quarter, segment
