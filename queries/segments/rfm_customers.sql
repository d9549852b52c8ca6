/*---
title: Customers by RFM scores
description: Which customers of an RFM segment bring the most, and what are their scores?
params:
  from: {type: date, default: 2025-01-01, min: 2024-01-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  rfm_segment:
    type: string
    default: At Risk
    description: as `segments/rfm` names them; empty for all
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
  - {assert: rfm_segment <> 'At Risk' OR days_since_last_order < 90, severity: warn}
---*/
WITH now AS (
    SELECT customer, recency, frequency, monetary, r, f, m, segment AS rfm_segment
    FROM rfm(
        (SELECT * FROM orders WHERE ordered_at >= $from AND ordered_at < $to),
        customer => customer_id,
        time => ordered_at,
        amount => amount,
        as_of => $to
    )
),

-- The other period is the one before, of the same length: with a year it is a year before.
before AS (
    SELECT customer, recency, frequency, monetary, r, f, m, segment AS rfm_segment
    FROM rfm(
        (SELECT * FROM orders WHERE ordered_at >= $from - ($to - $from) AND ordered_at < $from),
        customer => customer_id,
        time => ordered_at,
        amount => amount,
        as_of => $from
    )
),

ranked AS (
    SELECT
        $by AS segment,
        customer_id,
        name,
        now.rfm_segment AS rfm_segment,
        now.r AS recency,
        now.f AS frequency,
        now.m AS monetary,
        now.recency AS days_since_last_order,
        now.frequency AS orders,
        now.monetary AS revenue,
        before.rfm_segment AS rfm_segment_previous,
        before.frequency AS orders_previous,
        before.monetary AS revenue_previous,
        ROW_NUMBER() OVER (PARTITION BY $by ORDER BY now.monetary DESC, customer_id) AS rank,
        COUNT(*) OVER (PARTITION BY $by) AS customers
    FROM now
    LEFT JOIN before
        ON before.customer = now.customer
    JOIN customers
        ON customer_id = now.customer
    WHERE $rfm_segment = '' OR now.rfm_segment = $rfm_segment
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
