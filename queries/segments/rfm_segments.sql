/*---
title: RFM segments
description: How many customers are champions, loyal, at risk or asleep, and what do they bring?
params:
  from: {type: date, default: 2025-01-01, min: 2024-01-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: rfm_segment
  - assert: customers > 0
  # More than a quarter of the customers bought well and no longer come: write to them before they
  # are gone, `segments/high_value_customers` names the largest.
  - assert: rfm_segment <> 'at risk' OR share_of_customers <= 25
    severity: warn
---*/
WITH totals AS (
    SELECT
        customer_id,
        -- The other period is the one before, of the same length: with a year it is a year before.
        ordered_at >= $from AS in_period,
        MAX(ordered_at) AS last_ordered_at,
        COUNT(*) AS orders,
        SUM(amount) AS revenue
    FROM orders
    WHERE ordered_at >= $from - ($to - $from) AND ordered_at < $to
    GROUP BY customer_id, in_period
),

-- Fifths of the customers who bought in the period: 5 is the latest, the most often, the most. Of
-- equals the one with the lower number stands first, so that the fifths are the same each time.
scores AS (
    SELECT
        customer_id,
        in_period,
        orders,
        revenue,
        last_ordered_at,
        NTILE(5) OVER (PARTITION BY in_period ORDER BY last_ordered_at, customer_id) AS recency,
        NTILE(5) OVER (PARTITION BY in_period ORDER BY orders, customer_id) AS frequency,
        NTILE(5) OVER (PARTITION BY in_period ORDER BY revenue, customer_id) AS monetary
    FROM totals
),

named AS (
    SELECT
        *,
        CASE
            WHEN recency >= 4 AND frequency >= 4 AND monetary >= 4 THEN 'champion'
            WHEN recency >= 3 AND frequency >= 3 THEN 'loyal'
            WHEN recency >= 4 THEN 'new or rare'
            WHEN recency <= 2 AND (frequency >= 4 OR monetary >= 4) THEN 'at risk'
            WHEN recency <= 2 THEN 'asleep'
            ELSE 'in between'
        END AS rfm_segment
    FROM scores
),

compared AS (
    SELECT
        $by AS segment,
        rfm_segment,
        COUNT(*) FILTER (WHERE in_period) AS customers,
        SUM(orders) FILTER (WHERE in_period) AS orders,
        SUM(revenue) FILTER (WHERE in_period) AS revenue,
        MEDIAN($to - CAST(last_ordered_at AS DATE)) FILTER (WHERE in_period)
            AS days_since_last_order,
        COUNT(*) FILTER (WHERE NOT in_period) AS customers_previous,
        SUM(revenue) FILTER (WHERE NOT in_period) AS revenue_previous
    FROM named
    JOIN customers USING (customer_id)
    GROUP BY $by, rfm_segment
),

shares AS (
    SELECT
        *,
        SUM(customers) OVER (PARTITION BY segment) AS all_customers,
        SUM(revenue) OVER (PARTITION BY segment) AS all_revenue,
        SUM(customers_previous) OVER (PARTITION BY segment) AS all_customers_previous
    FROM compared
),

measured AS (
    SELECT
        *,
        proportion_ci(customers, all_customers) AS share,
        proportion_ci(customers_previous, all_customers_previous) AS share_previous
    FROM shares
    GROUP BY ALL
)

SELECT
    segment,
    rfm_segment,
    share['estimate'] AS share_of_customers,
    share['low'] AS share_of_customers_low,
    share['high'] AS share_of_customers_high,
    customers,
    all_customers,
    100 * CAST(revenue AS DOUBLE) / CAST(all_revenue AS DOUBLE) AS share_of_revenue,
    orders,
    revenue,
    CAST(revenue AS DOUBLE) / customers AS revenue_per_customer,
    CAST(revenue AS DOUBLE) / orders AS average_order_value,
    days_since_last_order,
    share_previous['estimate'] AS share_of_customers_previous,
    customers_previous,
    all_customers_previous,
    revenue_previous
FROM measured
WHERE customers > 0
ORDER BY segment, rfm_segment
