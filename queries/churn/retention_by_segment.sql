/*---
title: Retention of buyers by segment
description: Of the customers who ordered in one window, how many ordered again in a later one?
params:
  before_from: {type: date, default: 2024-10-01, description: first day of the earlier window}
  before_to: {type: date, default: 2025-01-01, description: the day after its last}
  after_from: {type: date, default: 2025-10-01, description: first day of the later window}
  after_to: {type: date, default: 2026-01-01, description: the day after its last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: customers_before = 0 OR abs(retention + churn - 100) < 1e-9
---*/
WITH purchases AS (
    SELECT
        customer_id,
        ordered_at >= $before_from AND ordered_at < $before_to AS before,
        ordered_at >= $after_from AND ordered_at < $after_to AS after
    FROM orders
)

SELECT
    $by AS segment,
    retention_rate(customer_id, before, after) AS retention,
    churn_rate(customer_id, before, after) AS churn,
    COUNT(DISTINCT customer_id) FILTER (WHERE before) AS customers_before,
    COUNT(DISTINCT customer_id) FILTER (WHERE after) AS customers_after
FROM purchases
JOIN customers USING (customer_id)
GROUP BY $by
ORDER BY segment
