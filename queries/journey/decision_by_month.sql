/*---
title: Orders and new subscriptions by month
description: How many order or subscribe in each month, and what is an order worth?
params:
  from: {type: date, default: 2025-01-01, description: first month}
  to: {type: date, default: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
grain: [month, segment]
checks:
  - assert: customers <= orders
  # Sure to be worth less per order than in the same month a year before: look at discounts.
  - assert: COALESCE(average_order_value_high >= average_order_value_a_year_before, TRUE)
    severity: warn
---*/
WITH purchases AS (
    -- Without the channel of the order: the channel to compare is the customer's.
    SELECT CAST(date_trunc('month', ordered_at) AS DATE) AS month, customer_id, amount
    FROM orders
    WHERE ordered_at >= $from - INTERVAL '1 year' AND ordered_at < $to
),

ordered AS (
    SELECT
        month,
        $by AS segment,
        COUNT(*) AS orders,
        COUNT(DISTINCT customer_id) AS customers,
        SUM(amount) AS revenue,
        average_order_value(amount) AS average_order_value,
        mean_ci(amount) AS value
    FROM purchases
    JOIN customers USING (customer_id)
    GROUP BY month, $by
),

-- The first month of the lake shows who subscribed then, not who was new.
first_subscriptions AS (
    SELECT customer_id, CAST(MIN(month) || '-01' AS DATE) AS month
    FROM subscriptions
    GROUP BY customer_id
),

subscribed AS (
    SELECT month, $by AS segment, COUNT(*) AS new_subscriptions
    FROM first_subscriptions
    JOIN customers USING (customer_id)
    WHERE month > DATE '2024-01-01' OR signed_up_on >= DATE '2024-01-01'
    GROUP BY month, $by
),

by_month AS (
    SELECT
        ordered.month,
        ordered.segment,
        orders,
        customers,
        revenue,
        average_order_value,
        value,
        COALESCE(new_subscriptions, 0) AS new_subscriptions
    FROM ordered
    LEFT JOIN subscribed
        ON subscribed.month = ordered.month
        AND subscribed.segment IS NOT DISTINCT FROM ordered.segment
)

SELECT
    this.month,
    this.segment,
    this.orders,
    previous.orders AS orders_previous,
    a_year_before.orders AS orders_a_year_before,
    this.customers,
    this.revenue,
    a_year_before.revenue AS revenue_a_year_before,
    this.average_order_value,
    this.value['low'] AS average_order_value_low,
    this.value['high'] AS average_order_value_high,
    previous.average_order_value AS average_order_value_previous,
    a_year_before.average_order_value AS average_order_value_a_year_before,
    this.new_subscriptions,
    previous.new_subscriptions AS new_subscriptions_previous,
    a_year_before.new_subscriptions AS new_subscriptions_a_year_before
FROM by_month AS this
LEFT JOIN by_month AS previous
    ON previous.month = this.month - INTERVAL '1 month'
    AND previous.segment IS NOT DISTINCT FROM this.segment
LEFT JOIN by_month AS a_year_before
    ON a_year_before.month = this.month - INTERVAL '1 year'
    AND a_year_before.segment IS NOT DISTINCT FROM this.segment
WHERE this.month >= $from AND this.month < $to
ORDER BY month, segment
