/*---
title: Cohorts of the whole CDNOW log
description: Who of each month of first orders bought again, and what did each bring?
params:
  again_from: {type: date, default: 1998-01-01, description: first day that counts as again}
  again_to: {type: date, default: 1998-07-01, description: the day after the last}
checks:
  - assert: customers_again <= customers
---*/
WITH purchases AS (
    SELECT
        customer_id,
        order_date,
        -- Cents in DECIMAL add up exactly, in whatever order the rows come.
        CAST(amount AS DECIMAL(12, 2)) AS amount,
        MIN(order_date) OVER (PARTITION BY customer_id) AS first_order_date
    FROM cdnow_orders
),

of_cohorts AS (
    SELECT
        customer_id,
        amount,
        CAST(date_trunc('month', first_order_date) AS DATE) AS cohort,
        order_date < $again_from AS before,
        order_date >= $again_from AND order_date < $again_to AS after
    FROM purchases
)

SELECT
    cohort,
    retention_rate(customer_id, before, after) AS retention,
    clv(customer_id, amount) AS revenue_per_customer,
    COUNT(DISTINCT customer_id) AS customers,
    COUNT(DISTINCT customer_id) FILTER (WHERE after) AS customers_again,
    COUNT(*) AS orders,
    SUM(amount) AS revenue
FROM of_cohorts
GROUP BY cohort
ORDER BY cohort
