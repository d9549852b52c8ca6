/*---
title: Customer value by month
description: How much does a customer who orders in a month bring in that month?
params:
  from: {type: date, default: 2025-01-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: revenue_per_customer
---*/
WITH purchases AS (
    -- The time of the order, not its partition: late orders stand in the year they arrived in.
    SELECT customer_id, CAST(date_trunc('month', ordered_at) AS DATE) AS month, amount
    FROM orders
    WHERE ordered_at >= $from AND ordered_at < $to
)

SELECT
    month,
    $by AS segment,
    clv(customer_id, amount) AS revenue_per_customer,
    COUNT(DISTINCT customer_id) AS customers,
    COUNT(*) AS orders,
    SUM(amount) AS revenue
FROM purchases
JOIN customers USING (customer_id)
GROUP BY month, $by
ORDER BY month, segment
