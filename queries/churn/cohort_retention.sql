/*---
title: Cohort retention
description: Which share of those who first subscribed in a month is there in each month after?
params:
  # Who signed up earlier is in the lake only if he stayed.
  from: {type: date, default: 2025-01-01, min: 2024-01-01, description: first cohort}
  to: {type: date, default: 2025-07-01, max: 2026-01-01, description: the cohort after the last}
  months: {type: int64, default: 12, min: 1, description: how many months to follow a cohort}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: month_number > 0 OR customers = cohort_customers
  - assert: customers <= cohort_customers
  # After three months fewer are left than of the cohort a year older at that age, even at the
  # upper end: compare how they were won.
  - assert: month_number <> 3 OR COALESCE(retention_high >= retention_a_year_before, TRUE)
    severity: warn
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

cohorts AS (
    SELECT
        customer_id,
        MIN(month) AS cohort
    FROM subscribers
    JOIN customers USING (customer_id)
    WHERE signed_up_on >= '2024-01-01'
    GROUP BY customer_id
),

-- A row for each month that has come, also for those in which the customer was not there.
ages AS (
    SELECT
        customer_id,
        cohort,
        CAST(month_number AS BIGINT) AS month_number,
        cohort + CAST(month_number || ' months' AS INTERVAL) AS month
    FROM cohorts
    CROSS JOIN generate_series(0, $months) AS numbers (month_number)
    WHERE cohort + CAST(month_number || ' months' AS INTERVAL) < '2026-01-01'
),

matrix AS (
    SELECT
        cohort,
        $by AS segment,
        month_number,
        retention_rate_ci(present.customer_id IS NOT NULL) AS retention,
        COUNT(*) AS cohort_customers
    FROM ages
    LEFT JOIN subscribers AS present
        ON present.customer_id = ages.customer_id
        AND present.month = ages.month
    JOIN customers ON customers.customer_id = ages.customer_id
    GROUP BY cohort, $by, month_number
),

compared AS (
    SELECT
        cohort,
        segment,
        month_number,
        cohort_customers,
        retention['hits'] AS customers,
        retention['estimate'] AS retention,
        retention['low'] AS retention_low,
        retention['high'] AS retention_high,
        FIRST_VALUE(retention['estimate']) OVER cohort_before AS retention_previous,
        FIRST_VALUE(cohort_customers) OVER cohort_before AS cohort_customers_previous,
        FIRST_VALUE(retention['estimate']) OVER a_year_before AS retention_a_year_before,
        FIRST_VALUE(cohort_customers) OVER a_year_before AS cohort_customers_a_year_before
    FROM matrix
    WINDOW cohort_before AS (
        PARTITION BY segment, month_number ORDER BY cohort
        RANGE BETWEEN INTERVAL '1 month' PRECEDING AND INTERVAL '1 month' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment, month_number ORDER BY cohort
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT *
FROM compared
WHERE cohort >= $from AND cohort < $to
ORDER BY cohort, segment, month_number
