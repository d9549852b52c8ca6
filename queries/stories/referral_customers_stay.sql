/*---
title: Referred customers stay
description: Of which channel are new subscribers most often there twelve months later?
params:
  from: {type: date, default: 2024-01-01, description: first day of a first subscription}
  # Twelve months later must be known.
  to: {type: date, default: 2025-01-01, max: 2025-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [channel, segment, country]
    default: channel
    description: what to compare
checks:
  - assert: customers_retained <= customers
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

started AS (
    SELECT customer_id, MIN(month) AS first_month
    FROM subscribers
    GROUP BY customer_id
),

followed_up AS (
    SELECT started.customer_id, later.customer_id IS NOT NULL AS retained
    FROM started
    LEFT JOIN subscribers AS later
        ON later.customer_id = started.customer_id
        AND later.month = started.first_month + INTERVAL '12 months'
    WHERE first_month >= $from AND first_month < $to
)

-- Customers who signed up before the lake begins are here only if they stayed until then, so
-- they would make every channel look better than it is.
SELECT
    $by AS segment,
    retention_rate(retained) AS retention_after_12_months,
    COUNT(*) AS customers,
    COUNT(*) FILTER (WHERE retained) AS customers_retained
FROM followed_up
JOIN customers USING (customer_id)
WHERE signed_up_on >= $from
GROUP BY $by
ORDER BY retention_after_12_months DESC, segment
