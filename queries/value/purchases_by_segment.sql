/*---
title: Purchases by segment
description: How much, how often and how many times over do the customers of each segment buy?
params:
  from: {type: date, default: 2025-10-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: repeat_customers <= customers AND customers <= orders
  # A tenth less per customer than a year before: see whether orders became fewer or smaller, and
  # which of `segments/rfm` shrank.
  - assert: >-
      customers = 0 OR revenue_per_customer_a_year_before IS NULL
      OR revenue_per_customer >= 0.9 * revenue_per_customer_a_year_before
    severity: warn
---*/
WITH marked AS (
    -- Without the channel of the order: the channel to compare is the customer's.
    SELECT
        customer_id,
        amount,
        ordered_at >= $from AND ordered_at < $to AS in_period,
        ordered_at >= $from - ($to - $from) AND ordered_at < $from AS in_previous,
        ordered_at >= $from - INTERVAL '1 year'
            AND ordered_at < $to - INTERVAL '1 year' AS a_year_before
    FROM orders
),

purchases AS (
    SELECT $by AS segment, customer_id, amount, in_period, in_previous, a_year_before
    FROM marked
    JOIN customers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
),

compared AS (
    SELECT
        segment,
        average_order_value(amount) FILTER (WHERE in_period) AS average_order_value,
        -- Orders of one customer are alike: the interval is clustered by customer.
        ratio_ci(customer_id, amount, 1) FILTER (WHERE in_period) AS order_value,
        purchase_frequency(customer_id) FILTER (WHERE in_period) AS purchase_frequency,
        revenue_per_customer(customer_id, amount) FILTER (WHERE in_period) AS revenue_per_customer,
        repeat_purchase_rate_ci(customer_id) FILTER (WHERE in_period) AS repeated,
        COUNT(*) FILTER (WHERE in_period) AS orders,
        SUM(amount) FILTER (WHERE in_period) AS revenue,
        average_order_value(amount) FILTER (WHERE in_previous) AS average_order_value_previous,
        purchase_frequency(customer_id) FILTER (WHERE in_previous) AS purchase_frequency_previous,
        revenue_per_customer(customer_id, amount) FILTER (WHERE in_previous)
            AS revenue_per_customer_previous,
        repeat_purchase_rate(customer_id) FILTER (WHERE in_previous)
            AS repeat_purchase_rate_previous,
        COUNT(DISTINCT customer_id) FILTER (WHERE in_previous) AS customers_previous,
        COUNT(*) FILTER (WHERE in_previous) AS orders_previous,
        average_order_value(amount) FILTER (WHERE a_year_before)
            AS average_order_value_a_year_before,
        purchase_frequency(customer_id) FILTER (WHERE a_year_before)
            AS purchase_frequency_a_year_before,
        revenue_per_customer(customer_id, amount) FILTER (WHERE a_year_before)
            AS revenue_per_customer_a_year_before,
        repeat_purchase_rate(customer_id) FILTER (WHERE a_year_before)
            AS repeat_purchase_rate_a_year_before,
        COUNT(DISTINCT customer_id) FILTER (WHERE a_year_before) AS customers_a_year_before,
        COUNT(*) FILTER (WHERE a_year_before) AS orders_a_year_before
    FROM purchases
    GROUP BY segment
),

totals AS (
    SELECT segment, customer_id, COUNT(*) AS orders, SUM(amount) AS revenue
    FROM purchases
    WHERE in_period
    GROUP BY segment, customer_id
),

intervals AS (
    SELECT segment, mean_ci(orders) AS frequency, mean_ci(revenue) AS value
    FROM totals
    GROUP BY segment
)

SELECT
    compared.segment,
    average_order_value,
    order_value['low'] AS average_order_value_low,
    order_value['high'] AS average_order_value_high,
    purchase_frequency,
    frequency['low'] AS purchase_frequency_low,
    frequency['high'] AS purchase_frequency_high,
    revenue_per_customer,
    value['low'] AS revenue_per_customer_low,
    value['high'] AS revenue_per_customer_high,
    repeated['estimate'] AS repeat_purchase_rate,
    repeated['low'] AS repeat_purchase_rate_low,
    repeated['high'] AS repeat_purchase_rate_high,
    COALESCE(repeated['n'], 0) AS customers,
    COALESCE(repeated['hits'], 0) AS repeat_customers,
    orders,
    revenue,
    average_order_value_previous,
    purchase_frequency_previous,
    revenue_per_customer_previous,
    repeat_purchase_rate_previous,
    customers_previous,
    orders_previous,
    average_order_value_a_year_before,
    purchase_frequency_a_year_before,
    revenue_per_customer_a_year_before,
    repeat_purchase_rate_a_year_before,
    customers_a_year_before,
    orders_a_year_before
FROM compared
LEFT JOIN intervals
    -- Those without a segment are one, too.
    ON intervals.segment IS NOT DISTINCT FROM compared.segment
ORDER BY segment
