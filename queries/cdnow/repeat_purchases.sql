/*---
title: Repeat purchases at CDNOW
description: Which share of the customers bought again, if a row is an order, or a day?
params:
  from: {type: date, default: 1997-01-01, description: first day of an order}
  to: {type: date, default: 1998-07-01, description: the day after the last}
checks:
  - assert: repeat_customers <= customers
---*/
WITH orders AS (
    SELECT 'row' AS an_order_is, customer_id
    FROM cdnow_sample_orders
    WHERE order_date >= $from AND order_date < $to

    UNION ALL

    SELECT 'customer-day' AS an_order_is, customer_id
    FROM (
        SELECT DISTINCT customer_id, order_date
        FROM cdnow_sample_orders
        WHERE order_date >= $from AND order_date < $to
    )
),

compared AS (
    SELECT
        an_order_is,
        repeat_purchase_rate_ci(customer_id) AS repeated,
        COUNT(*) AS orders
    FROM orders
    GROUP BY an_order_is
)

SELECT
    an_order_is,
    repeated['estimate'] AS repeat_purchase_rate,
    repeated['hits'] AS repeat_customers,
    repeated['n'] AS customers,
    orders,
    repeated['low'] AS repeat_purchase_rate_low,
    repeated['high'] AS repeat_purchase_rate_high
FROM compared
ORDER BY an_order_is DESC
