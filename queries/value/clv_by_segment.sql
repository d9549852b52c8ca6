/*---
title: Customer value by segment
description: How much has a customer who ordered brought in so far, in each segment?
params:
  from: {type: date, default: 2024-01-01, description: first day of an order}
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
    -- Without the channel of the order: the channel to compare is the customer's.
    SELECT customer_id, amount
    FROM orders
    WHERE ordered_at >= $from AND ordered_at < $to
)

SELECT
    $by AS segment,
    clv(customer_id, amount) AS revenue_per_customer,
    COUNT(DISTINCT customer_id) AS customers,
    COUNT(*) AS orders,
    SUM(amount) AS revenue
FROM purchases
JOIN customers USING (customer_id)
GROUP BY $by
ORDER BY segment
