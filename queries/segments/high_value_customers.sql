/*---
title: High-value customers
description: Who are the customers that bring the most, and which of them buy less or have left?
params:
  from: {type: date, default: 2025-07-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  top: {type: int64, default: 10, min: 1, max: 1000, description: how many of each segment}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: revenue
  - assert: share_of_revenue <= cumulative_share_of_revenue
  # One of the largest, and no longer subscribed: call.
  - {assert: is_subscribed, severity: warn}
---*/
WITH marked AS (
    SELECT
        customer_id,
        ordered_at,
        amount,
        ordered_at >= $from AND ordered_at < $to AS in_period,
        ordered_at >= $from - ($to - $from) AND ordered_at < $from AS in_previous,
        ordered_at >= $from - INTERVAL '1 year'
            AND ordered_at < $to - INTERVAL '1 year' AS a_year_before
    FROM orders
),

totals AS (
    SELECT
        customer_id,
        SUM(amount) FILTER (WHERE in_period) AS revenue,
        COUNT(*) FILTER (WHERE in_period) AS orders,
        CAST(MAX(ordered_at) FILTER (WHERE in_period) AS DATE) AS last_ordered_on,
        COALESCE(SUM(amount) FILTER (WHERE in_previous), 0) AS revenue_previous,
        COUNT(*) FILTER (WHERE in_previous) AS orders_previous,
        COALESCE(SUM(amount) FILTER (WHERE a_year_before), 0) AS revenue_a_year_before,
        COUNT(*) FILTER (WHERE a_year_before) AS orders_a_year_before
    FROM marked
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY customer_id
),

-- In the last month of the period.
subscribers AS (
    SELECT customer_id
    FROM subscriptions
    WHERE CAST(month || '-01' AS DATE) = date_trunc('month', $to - 1)
),

ranked AS (
    SELECT
        $by AS segment,
        ROW_NUMBER() OVER (PARTITION BY $by ORDER BY revenue DESC, customer_id) AS rank,
        -- Up to this customer, over all of the segment.
        CAST(SUM(revenue) OVER (PARTITION BY $by ORDER BY revenue DESC, customer_id) AS DOUBLE)
            AS revenue_so_far,
        CAST(SUM(revenue) OVER (PARTITION BY $by) AS DOUBLE) AS all_revenue,
        COUNT(*) OVER (PARTITION BY $by) AS customers,
        customer_id,
        name,
        revenue,
        orders,
        last_ordered_on,
        revenue_previous,
        orders_previous,
        revenue_a_year_before,
        orders_a_year_before
    FROM totals
    JOIN customers USING (customer_id)
    WHERE revenue IS NOT NULL
)

SELECT
    segment,
    rank,
    ranked.customer_id,
    name,
    revenue,
    100 * CAST(revenue AS DOUBLE) / all_revenue AS share_of_revenue,
    100 * revenue_so_far / all_revenue AS cumulative_share_of_revenue,
    customers,
    orders,
    last_ordered_on,
    subscribers.customer_id IS NOT NULL AS is_subscribed,
    change_from(revenue, revenue_previous) AS change_from_previous,
    revenue_previous,
    orders_previous,
    change_from(revenue, revenue_a_year_before) AS change_from_a_year_before,
    revenue_a_year_before,
    orders_a_year_before
FROM ranked
LEFT JOIN subscribers
    ON subscribers.customer_id = ranked.customer_id
WHERE rank <= $top
ORDER BY segment, rank
