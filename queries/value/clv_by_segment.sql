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
    SELECT customer_id, amount
    FROM orders
    WHERE ordered_at >= $from AND ordered_at < $to
),

totals AS (
    SELECT customer_id, SUM(amount) AS revenue, COUNT(*) AS orders
    FROM purchases
    GROUP BY customer_id
),

compared AS (
    SELECT
        $by AS segment,
        -- A few large customers make this interval narrower than it should be.
        mean_ci(revenue) AS value,
        clv(customer_id, revenue) AS revenue_per_customer,
        SUM(orders) AS orders,
        SUM(revenue) AS revenue
    FROM totals
    JOIN customers USING (customer_id)
    GROUP BY $by
)

SELECT
    segment,
    revenue_per_customer,
    value['n'] AS customers,
    orders,
    revenue,
    value['low'] AS revenue_per_customer_low,
    value['high'] AS revenue_per_customer_high
FROM compared
ORDER BY segment
