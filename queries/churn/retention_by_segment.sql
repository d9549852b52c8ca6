/*---
title: Retention of buyers by segment
description: Of the customers who ordered in one window, how many ordered again in a later one?
params:
  # Any two windows: a week and the next, or the months before the holidays of two years.
  before_from: {type: date, default: 2025-01-01, description: first day of the earlier window}
  before_to: {type: date, default: 2025-07-01, description: the day after its last}
  after_from: {type: date, default: 2025-07-01, description: first day of the later window}
  after_to: {type: date, default: 2026-01-01, description: the day after its last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: customers_before = 0 OR abs(retention + churn - 100) < 1e-9
  # Fewer came back than in the same windows a year before, even at the upper end.
  - assert: retention_a_year_before IS NULL OR retention_high >= retention_a_year_before
    severity: warn
---*/
WITH purchases AS (
    SELECT
        customer_id,
        ordered_at >= $before_from AND ordered_at < $before_to AS before,
        ordered_at >= $after_from AND ordered_at < $after_to AS after,
        ordered_at >= $before_from - INTERVAL '1 year'
            AND ordered_at < $before_to - INTERVAL '1 year' AS before_a_year_before,
        ordered_at >= $after_from - INTERVAL '1 year'
            AND ordered_at < $after_to - INTERVAL '1 year' AS after_a_year_before
    FROM orders
),

counted AS (
    SELECT
        $by AS segment,
        retention_rate_ci(customer_id, before, after) AS retention,
        churn_rate(customer_id, before, after) AS churn,
        COUNT(DISTINCT customer_id) FILTER (WHERE after) AS customers_after,
        retention_rate_ci(
            customer_id, before_a_year_before, after_a_year_before
        ) AS retention_a_year_before
    FROM purchases
    JOIN customers USING (customer_id)
    GROUP BY $by
)

-- A year before is empty where the lake does not reach back so far.
SELECT
    segment,
    retention['estimate'] AS retention,
    retention['low'] AS retention_low,
    retention['high'] AS retention_high,
    churn,
    retention['n'] AS customers_before,
    retention['hits'] AS customers_retained,
    customers_after,
    retention_a_year_before['estimate'] AS retention_a_year_before,
    retention_a_year_before['n'] AS customers_before_a_year_before
FROM counted
ORDER BY segment
