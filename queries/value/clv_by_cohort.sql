/*---
title: Customer value by quarter of sign-up
description: Do newer customers bring more than older ones did, in the same time after sign-up?
params:
  from: {type: date, default: 2024-01-01, description: first day of sign-up}
  to: {type: date, default: 2025-07-01, description: the day after the last}
  known_until: {type: date, default: 2026-01-01, description: the day after the last known order}
  days: {type: int64, default: 180, min: 1, max: 730, description: days after sign-up that count}
  by:
    type: identifier
    enum: [segment, country, channel]
    default: segment
    description: what to compare
checks:
  - not_null: revenue_per_customer
---*/
WITH purchases AS (
    SELECT customer_id, CAST(ordered_at AS DATE) AS ordered_on, amount
    FROM orders
)

-- A customer without an order has one row with a NULL amount, and counts as a customer of 0.
SELECT
    CAST(date_trunc('quarter', signed_up_on) AS DATE) AS cohort,
    $by AS segment,
    clv(customers.customer_id, amount) AS revenue_per_customer,
    COUNT(DISTINCT customers.customer_id) AS customers,
    COUNT(DISTINCT purchases.customer_id) AS customers_with_orders,
    COUNT(amount) AS orders,
    SUM(amount) AS revenue
FROM customers
LEFT JOIN purchases
    ON purchases.customer_id = customers.customer_id
    AND ordered_on < signed_up_on + $days
WHERE signed_up_on >= $from AND signed_up_on < $to
    -- Only customers who can be followed for so long: the others would look worth less.
    AND signed_up_on + $days <= $known_until
GROUP BY cohort, $by
ORDER BY cohort, segment
