/*---
title: Loyalty share of sales by month
description: Which share of the orders and of the revenue of a month comes from loyalty members?
params:
  from: {type: date, default: 2025-01-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: share_of_orders
  - assert: member_orders <= orders
  # Five points less than the month before, and beyond chance: see whether members stopped buying
  # (`loyalty/members_beside_others`) or others began to.
  - assert: >-
      share_of_orders_previous IS NULL OR share_of_orders_high >= share_of_orders_previous
      OR share_of_orders > share_of_orders_previous - 5
    severity: warn
---*/
WITH purchases AS (
    SELECT
        customer_id,
        CAST(date_trunc('month', ordered_at) AS DATE) AS month,
        amount,
        is_loyalty_member
    FROM orders
    WHERE ordered_at >= $from - INTERVAL '1 year' AND ordered_at < $to
),

months AS (
    SELECT
        month,
        $by AS segment,
        share_of_ci(is_loyalty_member) AS orders,
        share_of(amount, is_loyalty_member) AS share_of_revenue,
        SUM(amount) FILTER (WHERE is_loyalty_member) AS member_revenue,
        SUM(amount) AS revenue
    FROM purchases
    JOIN customers USING (customer_id)
    GROUP BY month, $by
)

-- The interval takes orders for independent of each other; those of one customer are not quite.
SELECT
    now.month,
    now.segment,
    now.orders['estimate'] AS share_of_orders,
    now.orders['low'] AS share_of_orders_low,
    now.orders['high'] AS share_of_orders_high,
    now.share_of_revenue,
    now.orders['hits'] AS member_orders,
    now.orders['n'] AS orders,
    COALESCE(now.member_revenue, 0) AS member_revenue,
    now.revenue,
    previous.orders['estimate'] AS share_of_orders_previous,
    previous.share_of_revenue AS share_of_revenue_previous,
    previous.orders['n'] AS orders_previous,
    a_year_before.orders['estimate'] AS share_of_orders_a_year_before,
    a_year_before.share_of_revenue AS share_of_revenue_a_year_before,
    a_year_before.orders['n'] AS orders_a_year_before
FROM months AS now
LEFT JOIN months AS previous
    ON previous.month = now.month - INTERVAL '1 month'
    AND previous.segment IS NOT DISTINCT FROM now.segment
LEFT JOIN months AS a_year_before
    ON a_year_before.month = now.month - INTERVAL '1 year'
    AND a_year_before.segment IS NOT DISTINCT FROM now.segment
WHERE now.month >= date_trunc('month', $from)
ORDER BY month, segment
