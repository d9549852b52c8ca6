/*---
title: Customers by channel
description: Which channel brings customers who order, who come back, and who bring revenue?
params:
  from: {type: date, default: 2025-07-01, min: 2024-01-01, description: first day of sign-up}
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
  known_until: {type: date, default: 2026-01-01, description: the day after the last known order}
  days: {type: int64, default: 90, min: 1, max: 365, description: days after sign-up that count}
  by:
    type: identifier
    enum: [channel, segment, country, account_manager]
    default: channel
    description: what to compare
checks:
  - assert: customers_who_ordered <= new_customers
  # Fewer of the new ones order than a year before, beyond chance: see what the channel promises
  # them, and where it sends them.
  - assert: >-
      conversion_rate IS NULL OR conversion_rate_a_year_before IS NULL
      OR conversion_rate_high >= conversion_rate_a_year_before
    severity: warn
---*/
WITH marked AS (
    SELECT
        customer_id,
        signed_up_on,
        signed_up_on >= $from AND signed_up_on < $to AS in_period,
        signed_up_on >= $from - ($to - $from) AND signed_up_on < $from AS in_previous,
        signed_up_on >= $from - INTERVAL '1 year'
            AND signed_up_on < $to - INTERVAL '1 year' AS a_year_before
    FROM customers
    -- Only those whose whole time is known, and not the survivors of before 2024.
    WHERE signed_up_on >= DATE '2024-01-01' AND signed_up_on + $days <= $known_until
),

purchases AS (
    SELECT customer_id, CAST(ordered_at AS DATE) AS ordered_on, amount
    FROM orders
),

totals AS (
    SELECT
        marked.customer_id,
        in_period,
        in_previous,
        a_year_before,
        COUNT(amount) AS orders,
        COALESCE(SUM(amount), 0) AS revenue
    FROM marked
    LEFT JOIN purchases
        ON purchases.customer_id = marked.customer_id
        AND ordered_on < signed_up_on + $days
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY marked.customer_id, in_period, in_previous, a_year_before
),

compared AS (
    SELECT
        $by AS segment,
        conversion_rate_ci(orders > 0) FILTER (WHERE in_period) AS conversion,
        repeat_purchase_rate_ci(orders > 1) FILTER (WHERE in_period AND orders > 0) AS repeated,
        clv(customer_id, revenue) FILTER (WHERE in_period) AS revenue_per_customer,
        mean_ci(revenue) FILTER (WHERE in_period) AS value,
        SUM(orders) FILTER (WHERE in_period) AS orders,
        SUM(revenue) FILTER (WHERE in_period) AS revenue,
        conversion_rate(orders > 0) FILTER (WHERE in_previous) AS conversion_rate_previous,
        clv(customer_id, revenue) FILTER (WHERE in_previous) AS revenue_per_customer_previous,
        COUNT(*) FILTER (WHERE in_previous) AS new_customers_previous,
        conversion_rate(orders > 0) FILTER (WHERE a_year_before) AS conversion_rate_a_year_before,
        clv(customer_id, revenue) FILTER (WHERE a_year_before)
            AS revenue_per_customer_a_year_before,
        COUNT(*) FILTER (WHERE a_year_before) AS new_customers_a_year_before
    FROM totals
    JOIN customers USING (customer_id)
    GROUP BY $by
)

SELECT
    segment,
    COALESCE(conversion['n'], 0) AS new_customers,
    conversion['estimate'] AS conversion_rate,
    conversion['low'] AS conversion_rate_low,
    conversion['high'] AS conversion_rate_high,
    COALESCE(conversion['hits'], 0) AS customers_who_ordered,
    repeated['estimate'] AS repeat_purchase_rate,
    repeated['low'] AS repeat_purchase_rate_low,
    repeated['high'] AS repeat_purchase_rate_high,
    revenue_per_customer,
    value['low'] AS revenue_per_customer_low,
    value['high'] AS revenue_per_customer_high,
    orders,
    revenue,
    new_customers_previous,
    conversion_rate_previous,
    revenue_per_customer_previous,
    new_customers_a_year_before,
    conversion_rate_a_year_before,
    revenue_per_customer_a_year_before
FROM compared
ORDER BY segment
