/*---
title: Repeat purchases at CDNOW
description: Which share of the customers bought again, if a row is an order, or a day?
params:
  from: {type: date, default: 1997-01-01, description: first day of an order}
  to: {type: date, default: 1998-07-01, description: the day after the last}
checks:
  - assert: repeat_customers <= customers
---*/
WITH orders_of_customers AS (
    SELECT
        customer_id,
        'row' AS an_order_is,
        COUNT(*) AS orders
    FROM cdnow_sample_orders
    WHERE order_date >= $from AND order_date < $to
    GROUP BY customer_id

    UNION ALL

    SELECT
        customer_id,
        'customer-day' AS an_order_is,
        COUNT(DISTINCT order_date) AS orders
    FROM cdnow_sample_orders
    WHERE order_date >= $from AND order_date < $to
    GROUP BY customer_id
)

SELECT
    an_order_is,
    100.0 * COUNT(*) FILTER (WHERE orders >= 2) / COUNT(*) AS repeat_purchase_rate,
    COUNT(*) FILTER (WHERE orders >= 2) AS repeat_customers,
    COUNT(*) AS customers,
    SUM(orders) AS orders
FROM orders_of_customers
GROUP BY an_order_is
ORDER BY an_order_is DESC
