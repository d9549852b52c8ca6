/*---
title: Customers by RFM scores
description: Which customers of an RFM segment bring the most, and what are their scores?
params:
  from: {type: date, default: 2025-01-01, min: 2024-01-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  rfm_segment:
    type: string
    default: at risk
    description: as `segments/rfm_segments` names them; empty for all
  top: {type: int64, default: 5, min: 1, description: how many of each segment}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: rfm_segment
  - assert: recency BETWEEN 1 AND 5 AND frequency BETWEEN 1 AND 5 AND monetary BETWEEN 1 AND 5
  # Three months without an order of one who used to buy: call, before it is half a year.
  - {assert: rfm_segment <> 'at risk' OR days_since_last_order < 90, severity: warn}
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

-- As in `segments/rfm_segments`.
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

ranked AS (
    SELECT
        $by AS segment,
        now.customer_id,
        name,
        now.rfm_segment,
        now.recency,
        now.frequency,
        now.monetary,
        $to - CAST(now.last_ordered_at AS DATE) AS days_since_last_order,
        now.orders,
        now.revenue,
        before.rfm_segment AS rfm_segment_previous,
        before.orders AS orders_previous,
        before.revenue AS revenue_previous,
        ROW_NUMBER() OVER (PARTITION BY $by ORDER BY now.revenue DESC, now.customer_id)
            AS rank,
        COUNT(*) OVER (PARTITION BY $by) AS customers
    FROM named AS now
    LEFT JOIN named AS before
        ON before.customer_id = now.customer_id
        AND NOT before.in_period
    JOIN customers
        ON customers.customer_id = now.customer_id
    WHERE now.in_period AND ($rfm_segment = '' OR now.rfm_segment = $rfm_segment)
)

SELECT
    segment,
    rank,
    customers,
    customer_id,
    name,
    rfm_segment,
    recency,
    frequency,
    monetary,
    days_since_last_order,
    orders,
    revenue,
    rfm_segment_previous,
    orders_previous,
    revenue_previous
FROM ranked
WHERE rank <= $top
ORDER BY segment, rank
