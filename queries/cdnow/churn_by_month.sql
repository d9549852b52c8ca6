/*---
title: Churn at CDNOW by month
description: Which share of the buyers of a month does not buy in the next?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 1997-02-01, min: 1997-02-01, description: first month}
  to: {type: date, default: 1998-07-01, max: 1998-07-01, description: the month after the last}
checks:
  - assert: customers_lost <= customers_before
---*/
WITH buyers AS (
    SELECT DISTINCT customer_id, date_trunc('month', order_date) AS month
    FROM cdnow_sample_orders
),

followed_up AS (
    SELECT
        CAST(before.month + INTERVAL '1 month' AS DATE) AS month,
        after.customer_id IS NULL AS churned
    FROM buyers AS before
    LEFT JOIN buyers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
)

SELECT
    month,
    churn_rate(churned) AS churn,
    COUNT(*) AS customers_before,
    COUNT(*) FILTER (WHERE churned) AS customers_lost
FROM followed_up
WHERE month >= $from AND month < $to
GROUP BY month
ORDER BY month
