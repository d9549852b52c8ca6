/*---
title: Retention at CDNOW by month
description: Which share of the buyers of a month buys again in the next?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 1997-02-01, min: 1997-02-01, description: first month}
  to: {type: date, default: 1998-07-01, max: 1998-07-01, description: the month after the last}
checks:
  - not_null: retention
---*/
WITH months AS (
    SELECT DISTINCT date_trunc('month', order_date) AS month
    FROM cdnow_sample_orders
    WHERE order_date >= $from AND order_date < $to
)

-- An order counts for its own month and, as one of the month before, for the next.
SELECT
    CAST(month AS DATE) AS month,
    retention_rate(customer_id, order_date < month, order_date >= month) AS retention,
    COUNT(DISTINCT customer_id) FILTER (WHERE order_date < month) AS customers_before,
    COUNT(DISTINCT customer_id) FILTER (WHERE order_date >= month) AS customers_after
FROM months
JOIN cdnow_sample_orders
    ON order_date >= month - INTERVAL '1 month'
    AND order_date < month + INTERVAL '1 month'
GROUP BY month
ORDER BY month
