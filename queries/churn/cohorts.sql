/*---
title: Cohorts of subscribers
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
    description: the column that `only` is a value of
  only: {type: string, default: '', description: 'whom to follow, such as team; empty for all'}
grain: [cohort, month_number]
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
    JOIN customers USING (customer_id)
    WHERE signed_up_on >= '2024-01-01' AND ($only = '' OR $by = $only)
),

compared AS (
    SELECT
        cohort,
        period AS month_number,
        eligible,
        retained AS customers,
        cohort_size AS cohort_customers,
        rate AS retention,
        low AS retention_low,
        high AS retention_high,
        FIRST_VALUE(rate) OVER cohort_before AS retention_previous,
        FIRST_VALUE(eligible) OVER cohort_before AS cohort_customers_previous,
        FIRST_VALUE(rate) OVER a_year_before AS retention_a_year_before,
        FIRST_VALUE(eligible) OVER a_year_before AS cohort_customers_a_year_before
    FROM cohort_retention(
        TABLE subscribers,
        customer => customer_id,
        time => month,
        periods => $months,
        -- A subscription is dated at the start of its month; the lake knows all of the last one.
        as_of => DATE '2026-01-01'
    )
    WINDOW cohort_before AS (
        PARTITION BY period ORDER BY cohort
        RANGE BETWEEN INTERVAL '1 month' PRECEDING AND INTERVAL '1 month' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY period ORDER BY cohort
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT
    cohort,
    month_number,
    customers,
    cohort_customers,
    retention,
    retention_low,
    retention_high,
    retention_previous,
    cohort_customers_previous,
    retention_a_year_before,
    cohort_customers_a_year_before
FROM compared
-- A month that is not over yet has nobody in it who could be there.
WHERE cohort >= $from AND cohort < $to AND eligible > 0
ORDER BY cohort, month_number
