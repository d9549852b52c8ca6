/*---
title: Average order value at CDNOW
description: What is an order worth, if a row is an order, or a day, and who brings most of it?
params:
  from: {type: date, default: 1997-01-01, description: first day of an order}
  to: {type: date, default: 1998-07-01, description: the day after the last}
checks:
  - not_null: average_order_value
---*/
WITH purchases AS (
    -- Cents in DECIMAL add up exactly, in whatever order the rows come.
    SELECT customer_id, order_date, CAST(amount AS DECIMAL(12, 2)) AS amount
    FROM cdnow_sample_orders
    WHERE order_date >= $from AND order_date < $to
),

purchase_days AS (
    SELECT customer_id, order_date, SUM(amount) AS amount
    FROM purchases
    GROUP BY customer_id, order_date
),

orders AS (
    SELECT 'row' AS an_order_is, customer_id, amount FROM purchases
    UNION ALL
    SELECT 'customer-day' AS an_order_is, customer_id, amount FROM purchase_days
)

SELECT
    an_order_is,
    average_order_value(amount) AS average_order_value,
    purchase_frequency(customer_id) AS purchase_frequency,
    COUNT(*) AS orders,
    COUNT(DISTINCT customer_id) AS customers,
    SUM(amount) AS revenue,
    concentration(customer_id, amount, 10) AS top_10_percent_share,
    concentration(customer_id, amount, 20) AS top_20_percent_share
FROM orders
GROUP BY an_order_is
ORDER BY an_order_is DESC
