/*---
title: Churn by responsible
description: Is a loss of customers the work of who looks after them, or could it be chance?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 2025-05-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2025-06-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [account_manager, country]
    default: account_manager
    description: who is responsible
checks:
  - assert: customers_lost <= customer_months
  # Worse than the others beyond chance. Look for the cause before the culprit: a price that
  # was raised for the customers of one is not their work.
  - {assert: p_value IS NULL OR p_value >= 0.01 OR difference < 0, severity: warn}
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
        $by AS responsible,
        churned,
        month >= $from AND month < $to AS in_period,
        -- As many months before: the first day of a month that is nearest to as many days.
        month >= date_trunc('month', $from - ($to - $from) + INTERVAL '15 days')
            AND month < $from AS in_previous,
        month >= $from - INTERVAL '1 year' AND month < $to - INTERVAL '1 year' AS a_year_before
    FROM followed_up
    JOIN customers USING (customer_id)
),

counted AS (
    SELECT
        responsible,
        churn_rate_ci(churned) FILTER (WHERE in_period) AS monthly_churn,
        COUNT(*) FILTER (WHERE in_period) AS customer_months,
        COUNT(*) FILTER (WHERE in_period AND churned) AS customers_lost,
        churn_rate(churned) FILTER (WHERE in_previous) AS monthly_churn_previous,
        COUNT(*) FILTER (WHERE in_previous) AS customer_months_previous,
        churn_rate(churned) FILTER (WHERE a_year_before) AS monthly_churn_a_year_before,
        COUNT(*) FILTER (WHERE a_year_before) AS customer_months_a_year_before
    FROM compared
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY responsible
),

-- Each beside the customers of all the others, of whom it is no part.
others AS (
    SELECT
        this.responsible,
        compare_proportions(
            they.customers_lost,
            they.customer_months,
            they.responsible IS NOT DISTINCT FROM this.responsible
        ) AS beside_others
    FROM counted AS this
    CROSS JOIN counted AS they
    GROUP BY this.responsible
)

SELECT
    counted.responsible,
    monthly_churn['estimate'] AS monthly_churn,
    monthly_churn['low'] AS monthly_churn_low,
    monthly_churn['high'] AS monthly_churn_high,
    customer_months,
    customers_lost,
    beside_others['control'] AS monthly_churn_of_others,
    beside_others['difference'] AS difference,
    beside_others['low'] AS difference_low,
    beside_others['high'] AS difference_high,
    beside_others['p_value'] AS p_value,
    monthly_churn_previous,
    customer_months_previous,
    monthly_churn_a_year_before,
    customer_months_a_year_before
FROM counted
JOIN others ON others.responsible IS NOT DISTINCT FROM counted.responsible
ORDER BY responsible
