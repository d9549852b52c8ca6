/*---
title: Revenue retention by month
description: How much of the recurring revenue of the month before is kept?
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
  - assert: gross_retention <= 100 AND gross_retention <= net_retention
  - assert: abs(gross_retention + revenue_churn - 100) < 1e-6
  # Even the upper end is below 97% a month, which leaves less than 70% after a year.
  - {assert: gross_retention_high >= 97, severity: warn}
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month, mrr
    FROM subscriptions
),

paid AS (
    SELECT
        COALESCE(after.customer_id, before.customer_id) AS customer_id,
        COALESCE(after.month, before.month + INTERVAL '1 month') AS month,
        COALESCE(before.mrr, 0) AS mrr_before,
        COALESCE(after.mrr, 0) AS mrr_after
    FROM subscribers AS before
    FULL JOIN subscribers AS after
        ON after.customer_id = before.customer_id
        AND after.month = before.month + INTERVAL '1 month'
),

monthly AS (
    SELECT
        month,
        $by AS segment,
        gross_revenue_retention(mrr_before, mrr_after) AS gross_retention,
        net_revenue_retention(mrr_before, mrr_after) AS net_retention,
        revenue_churn_rate(mrr_before, mrr_after) AS revenue_churn,
        quick_ratio(mrr_before, mrr_after) AS quick_ratio,
        -- The intervals are those of the same ratios, customer by customer.
        ratio_ci(customer_id, LEAST(mrr_before, mrr_after), mrr_before)
            FILTER (WHERE mrr_before > 0) AS gross,
        ratio_ci(customer_id, mrr_after, mrr_before) FILTER (WHERE mrr_before > 0) AS net,
        COUNT(*) FILTER (WHERE mrr_before > 0) AS customers_before,
        SUM(mrr_before) AS mrr_before,
        SUM(mrr_after) AS mrr_after
    FROM paid
    JOIN customers USING (customer_id)
    -- In the first month of the lake all look as if they were new.
    WHERE month >= GREATEST($from - INTERVAL '1 year', DATE '2024-02-01') AND month < $to
    GROUP BY month, $by
),

compared AS (
    SELECT
        month,
        segment,
        gross_retention,
        -- Beyond the sixth place a variance depends on the order of the rows.
        100 * gross['low'] AS gross_retention_low,
        LEAST(100 * gross['high'], 100.0) AS gross_retention_high,
        net_retention,
        100 * net['low'] AS net_retention_low,
        100 * net['high'] AS net_retention_high,
        revenue_churn,
        quick_ratio,
        customers_before,
        mrr_before,
        mrr_after,
        FIRST_VALUE(gross_retention) OVER month_before AS gross_retention_previous,
        FIRST_VALUE(net_retention) OVER month_before AS net_retention_previous,
        FIRST_VALUE(customers_before) OVER month_before AS customers_before_previous,
        FIRST_VALUE(gross_retention) OVER a_year_before AS gross_retention_a_year_before,
        FIRST_VALUE(net_retention) OVER a_year_before AS net_retention_a_year_before,
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
