/*---
title: Churn by month
description: Which share of the subscribers of the month before is gone in each month?
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
  - not_null: churn
  - assert: customers_lost <= customers_before
  # Even the lower end is above 5%, so it is no accident of few: ask those who left.
  - {assert: churn_low <= 5, severity: warn}
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

followed_up AS (
    SELECT
        before.customer_id,
        before.month + INTERVAL '1 month' AS month,
        after.customer_id IS NULL AS churned
    FROM subscribers AS before
    LEFT JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
),

monthly AS (
    SELECT
        month,
        $by AS segment,
        churn_rate_ci(churned) AS churn,
        COUNT(*) AS customers_before
    FROM followed_up
    JOIN customers USING (customer_id)
    WHERE month >= $from - INTERVAL '1 year' AND month < $to
    GROUP BY month, $by
),

compared AS (
    SELECT
        month,
        segment,
        churn['estimate'] AS churn,
        churn['low'] AS churn_low,
        churn['high'] AS churn_high,
        customers_before,
        churn['hits'] AS customers_lost,
        FIRST_VALUE(churn['estimate']) OVER month_before AS churn_previous,
        FIRST_VALUE(customers_before) OVER month_before AS customers_before_previous,
        FIRST_VALUE(churn['estimate']) OVER a_year_before AS churn_a_year_before,
        FIRST_VALUE(customers_before) OVER a_year_before AS customers_before_a_year_before
    FROM monthly
    WINDOW month_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 month' PRECEDING AND INTERVAL '1 month' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT *
FROM compared
WHERE month >= $from
ORDER BY month, segment
