/*---
title: Churn by month
description: Which share of the subscribers of the month before is gone in each month?
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
  - not_null: churn
  - assert: customers_lost <= customers_before
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

followed_up AS (
    SELECT
        before.customer_id,
        before.month + INTERVAL '1 month' AS month,
        after.customer_id IS NULL AS churned
    FROM subscribers AS before
    LEFT JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
)

SELECT
    month,
    $by AS segment,
    churn_rate(churned) AS churn,
    COUNT(*) AS customers_before,
    COUNT(*) FILTER (WHERE churned) AS customers_lost
FROM followed_up
JOIN customers USING (customer_id)
WHERE month >= $from AND month < $to
GROUP BY month, $by
ORDER BY month, segment
