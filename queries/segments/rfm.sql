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
grain: [segment, rfm_segment]
checks:
  - not_null: rfm_segment
  - assert: customers > 0
  # More than a tenth of the revenue came from those who bought often and no longer come: write to
  # them before they are gone, `segments/high_value_customers` names the largest.
  - assert: rfm_segment NOT IN ('At Risk', 'Can''t Lose Them') OR share_of_revenue <= 10
    severity: warn
---*/
-- The scores are fifths of all who bought in the period, whatever `by` chooses, so that a segment
-- can have more than its fifth of champions. `as_of` ends a period; its first day begins it.
WITH scored AS (
    SELECT customer, recency, frequency, monetary, segment AS rfm_segment, 'this' AS period
    FROM rfm(
        (SELECT * FROM orders WHERE ordered_at >= $from),
        customer => customer_id,
        time => ordered_at,
        amount => amount,
        as_of => $to
    )

    UNION ALL

    SELECT customer, recency, frequency, monetary, segment AS rfm_segment, 'previous' AS period
    FROM rfm(
        (SELECT * FROM orders WHERE ordered_at >= $from - ($to - $from)),
        customer => customer_id,
        time => ordered_at,
        amount => amount,
        as_of => $from
    )

    UNION ALL

    SELECT customer, recency, frequency, monetary, segment AS rfm_segment, 'a year before' AS period
    FROM rfm(
        (SELECT * FROM orders WHERE ordered_at >= $from - INTERVAL '1 year'),
        customer => customer_id,
        time => ordered_at,
        amount => amount,
        as_of => $to - INTERVAL '1 year'
    )
),

compared AS (
    SELECT
        $by AS segment,
        rfm_segment,
        COUNT(*) FILTER (WHERE period = 'this') AS customers,
        SUM(frequency) FILTER (WHERE period = 'this') AS orders,
        SUM(monetary) FILTER (WHERE period = 'this') AS revenue,
        MEDIAN(recency) FILTER (WHERE period = 'this') AS days_since_last_order,
        COUNT(*) FILTER (WHERE period = 'previous') AS customers_previous,
        SUM(monetary) FILTER (WHERE period = 'previous') AS revenue_previous,
        COUNT(*) FILTER (WHERE period = 'a year before') AS customers_a_year_before
    FROM scored
    JOIN customers ON customers.customer_id = scored.customer
    GROUP BY $by, rfm_segment
),

shares AS (
    SELECT
        *,
        SUM(customers) OVER (PARTITION BY segment) AS all_customers,
        SUM(revenue) OVER (PARTITION BY segment) AS all_revenue,
        SUM(customers_previous) OVER (PARTITION BY segment) AS all_customers_previous,
        SUM(revenue_previous) OVER (PARTITION BY segment) AS all_revenue_previous,
        SUM(customers_a_year_before) OVER (PARTITION BY segment) AS all_customers_a_year_before
    FROM compared
),

measured AS (
    SELECT
        *,
        proportion_ci(customers, all_customers) AS share,
        proportion_ci(customers_previous, all_customers_previous) AS share_previous,
        proportion_ci(customers_a_year_before, all_customers_a_year_before) AS share_a_year_before
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
    100 * CAST(revenue_previous AS DOUBLE) / CAST(all_revenue_previous AS DOUBLE)
        AS share_of_revenue_previous,
    revenue_previous,
    share_a_year_before['estimate'] AS share_of_customers_a_year_before,
    customers_a_year_before,
    all_customers_a_year_before
FROM measured
WHERE customers > 0
ORDER BY segment, rfm_segment
