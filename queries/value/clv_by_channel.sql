/*---
title: Value of a subscription by channel
description: What is a subscription worth over its whole life, by the channel that won the customer?
params:
  from: {type: date, default: 2024-01-01, description: first month}
  # Of the last month of the lake nobody knows yet who stayed.
  to: {type: date, default: 2025-12-01, max: 2025-12-01, description: the month after the last}
  by:
    type: identifier
    enum: [channel, segment, country]
    default: channel
    description: what to compare
checks:
  - assert: monthly_churn = 0 OR clv > 0
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month, mrr
    FROM subscriptions
),

followed_up AS (
    SELECT before.customer_id, before.mrr, after.customer_id IS NULL AS churned
    FROM subscribers AS before
    LEFT JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
    WHERE before.month >= $from AND before.month < $to
),

averages AS (
    SELECT
        $by AS segment,
        -- AVG of a DECIMAL would cut the average after six digits.
        CAST(SUM(mrr) AS DOUBLE) / COUNT(*) AS monthly_payment,
        churn_rate_ci(churned) AS churn,
        COUNT(DISTINCT customer_id) AS customers
    FROM followed_up
    JOIN customers USING (customer_id)
    GROUP BY $by
),

-- Who loses 2% of its customers a month keeps one for 50 months on average. Without any churn
-- the lifespan is not known.
lifespans AS (
    SELECT
        *,
        100 / NULLIF(churn['estimate'], 0) AS lifespan_months,
        100 / NULLIF(churn['high'], 0) AS shortest,
        100 / NULLIF(churn['low'], 0) AS longest
    FROM averages
)

SELECT
    segment,
    clv(monthly_payment, 1, lifespan_months) AS clv,
    monthly_payment,
    lifespan_months,
    churn['estimate'] AS monthly_churn,
    churn['n'] AS customer_months,
    customers,
    churn['low'] AS monthly_churn_low,
    churn['high'] AS monthly_churn_high,
    -- As far as the churn is uncertain. Where nobody left, there is no end to it.
    clv(monthly_payment, 1, shortest) AS clv_low,
    clv(monthly_payment, 1, longest) AS clv_high
FROM lifespans
GROUP BY ALL
ORDER BY segment
