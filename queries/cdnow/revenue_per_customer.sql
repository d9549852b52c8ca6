/*---
title: Revenue per customer at CDNOW
description: How much did a customer bring, by the month of the first order, and in all?
params:
  from: {type: date, default: 1997-01-01, description: first day of an order}
  to: {type: date, default: 1998-07-01, description: the day after the last}
checks:
  - assert: customers <= orders
---*/
WITH purchases AS (
    SELECT
        customer_id,
        order_date,
        -- Cents in DECIMAL add up exactly, in whatever order the rows come.
        CAST(amount AS DECIMAL(12, 2)) AS amount,
        MIN(order_date) OVER (PARTITION BY customer_id) AS first_order_date
    FROM cdnow_sample_orders
),

of_cohorts AS (
    SELECT customer_id, amount, CAST(date_trunc('month', first_order_date) AS DATE) AS cohort
    FROM purchases
    WHERE order_date >= $from AND order_date < $to
)

SELECT
    cohort,
    clv(customer_id, amount) AS revenue_per_customer,
    COUNT(DISTINCT customer_id) AS customers,
    COUNT(*) AS orders,
    SUM(amount) AS revenue
FROM of_cohorts
GROUP BY ROLLUP (cohort)
ORDER BY cohort NULLS LAST
