/*---
title: Customer value by quarter of sign-up
description: Do newer customers bring more than older ones did, in the same time after sign-up?
params:
  from: {type: date, default: 2024-01-01, description: first day of sign-up}
  to: {type: date, default: 2025-07-01, description: the day after the last}
  known_until: {type: date, default: 2026-01-01, description: the day after the last known order}
  days: {type: int64, default: 180, min: 1, max: 730, description: days after sign-up that count}
  by:
    type: identifier
    enum: [segment, country, channel]
    default: segment
    description: what to compare
checks:
  - not_null: revenue_per_customer
  # Newer customers are worth less, beyond chance: see which channels brought them.
  - assert: >-
      revenue_per_customer_a_year_before IS NULL
      OR revenue_per_customer_high >= revenue_per_customer_a_year_before
    severity: warn
---*/
WITH totals AS (
    -- A customer without an order has one row with a NULL amount, and counts as a customer of 0.
    SELECT
        customers.customer_id,
        CAST(date_trunc('quarter', signed_up_on) AS DATE) AS cohort,
        COUNT(amount) AS orders,
        COALESCE(SUM(amount), 0) AS revenue
    FROM customers
    LEFT JOIN orders
        ON orders.customer_id = customers.customer_id
        AND CAST(ordered_at AS DATE) < signed_up_on + $days
    WHERE signed_up_on >= $from AND signed_up_on < $to
        -- Only customers who can be followed for so long: the others would look worth less.
        AND signed_up_on + $days <= $known_until
    GROUP BY customers.customer_id, cohort
),

cohorts AS (
    SELECT
        cohort,
        $by AS segment,
        mean_ci(revenue) AS value,
        clv(customer_id, revenue) AS revenue_per_customer,
        COUNT(*) FILTER (WHERE orders > 0) AS customers_with_orders,
        SUM(orders) AS orders,
        SUM(revenue) AS revenue
    FROM totals
    JOIN customers USING (customer_id)
    GROUP BY cohort, $by
)

SELECT
    now.cohort,
    now.segment,
    now.revenue_per_customer,
    now.value['n'] AS customers,
    now.customers_with_orders,
    now.orders,
    now.revenue,
    now.value['low'] AS revenue_per_customer_low,
    now.value['high'] AS revenue_per_customer_high,
    previous.revenue_per_customer AS revenue_per_customer_previous,
    previous.value['n'] AS customers_previous,
    a_year_before.revenue_per_customer AS revenue_per_customer_a_year_before,
    a_year_before.value['n'] AS customers_a_year_before
FROM cohorts AS now
LEFT JOIN cohorts AS previous
    ON previous.cohort = now.cohort - INTERVAL '3 months'
    AND previous.segment IS NOT DISTINCT FROM now.segment
LEFT JOIN cohorts AS a_year_before
    ON a_year_before.cohort = now.cohort - INTERVAL '1 year'
    AND a_year_before.segment IS NOT DISTINCT FROM now.segment
ORDER BY cohort, segment
