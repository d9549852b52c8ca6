/*---
title: Churn by segment
description: Which segments lose the most subscribers a month, beside earlier months?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 2025-04-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2025-07-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: customers_lost <= customer_months
  # Even the lower end is above 5% a month, which is nearly half of the customers a year.
  - {assert: monthly_churn_low <= 5, severity: warn}
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

compared AS (
    SELECT
        customer_id,
        churned,
        month >= $from AND month < $to AS in_period,
        -- As many months before: the first day of a month that is nearest to as many days.
        month >= date_trunc('month', $from - ($to - $from) + INTERVAL '15 days')
            AND month < $from AS in_previous,
        month >= $from - INTERVAL '1 year' AND month < $to - INTERVAL '1 year' AS a_year_before
    FROM followed_up
),

counted AS (
    SELECT
        $by AS segment,
        churn_rate_ci(churned) FILTER (WHERE in_period) AS monthly_churn,
        COUNT(*) FILTER (WHERE in_period) AS customer_months,
        COUNT(*) FILTER (WHERE in_period AND churned) AS customers_lost,
        churn_rate(churned) FILTER (WHERE in_previous) AS monthly_churn_previous,
        COUNT(*) FILTER (WHERE in_previous) AS customer_months_previous,
        churn_rate(churned) FILTER (WHERE a_year_before) AS monthly_churn_a_year_before,
        COUNT(*) FILTER (WHERE a_year_before) AS customer_months_a_year_before
    FROM compared
    JOIN customers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
)

SELECT
    segment,
    monthly_churn['estimate'] AS monthly_churn,
    monthly_churn['low'] AS monthly_churn_low,
    monthly_churn['high'] AS monthly_churn_high,
    annualized_churn_rate(monthly_churn['estimate']) AS annualized_churn,
    customer_months,
    customers_lost,
    monthly_churn_previous,
    customer_months_previous,
    monthly_churn_a_year_before,
    customer_months_a_year_before
FROM counted
ORDER BY segment
