/*---
title: Customer value by month
description: How much does a customer who orders in a month bring in that month, and is it more now?
params:
  from: {type: date, default: 2025-01-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: revenue_per_customer
  # Seasons repeat, so a month is held against the same one a year before. A fifth less of a few
  # dozen is chance; of more, ask what these customers buy elsewhere.
  - assert: >-
      change_from_a_year_before IS NULL OR change_from_a_year_before >= -20
      OR customers < 100 OR customers_a_year_before < 100
    severity: warn
---*/
WITH purchases AS (
    -- The time of the order, not its partition: late orders stand in the year they arrived in.
    SELECT customer_id, CAST(date_trunc('month', ordered_at) AS DATE) AS month, amount
    FROM orders
    WHERE ordered_at >= $from - INTERVAL '1 year' AND ordered_at < $to
),

totals AS (
    SELECT customer_id, month, SUM(amount) AS revenue, COUNT(*) AS orders
    FROM purchases
    GROUP BY customer_id, month
),

months AS (
    SELECT
        month,
        $by AS segment,
        mean_ci(revenue) AS value,
        clv(customer_id, revenue) AS revenue_per_customer,
        SUM(orders) AS orders,
        SUM(revenue) AS revenue
    FROM totals
    JOIN customers USING (customer_id)
    GROUP BY month, $by
)

SELECT
    now.month,
    now.segment,
    now.revenue_per_customer,
    now.value['n'] AS customers,
    now.orders,
    now.revenue,
    now.value['low'] AS revenue_per_customer_low,
    now.value['high'] AS revenue_per_customer_high,
    previous.revenue_per_customer AS revenue_per_customer_previous,
    previous.value['n'] AS customers_previous,
    a_year_before.revenue_per_customer AS revenue_per_customer_a_year_before,
    a_year_before.value['n'] AS customers_a_year_before,
    change_from(now.revenue_per_customer, a_year_before.revenue_per_customer)
        AS change_from_a_year_before
FROM months AS now
LEFT JOIN months AS previous
    ON previous.month = now.month - INTERVAL '1 month'
    AND previous.segment IS NOT DISTINCT FROM now.segment
LEFT JOIN months AS a_year_before
    ON a_year_before.month = now.month - INTERVAL '1 year'
    AND a_year_before.segment IS NOT DISTINCT FROM now.segment
WHERE now.month >= date_trunc('month', $from)
ORDER BY month, segment
