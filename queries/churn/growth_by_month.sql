/*---
title: Growth by month
description: By how much does the number of subscribers grow or shrink each month?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 2025-01-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: month
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

-- A subscriber of a month stands at its end, and at the start of the next.
counted AS (
    SELECT customer_id, month, 0 AS at_start, 1 AS at_end FROM subscribers
    UNION ALL
    SELECT customer_id, month + INTERVAL '1 month', 1, 0 FROM subscribers
)

SELECT
    month,
    $by AS segment,
    growth_rate(at_start, at_end) AS growth,
    SUM(at_start) AS customers_at_start,
    SUM(at_end) AS customers_at_end
FROM counted
JOIN customers USING (customer_id)
WHERE month >= $from AND month < $to
GROUP BY month, $by
ORDER BY month, segment
