/*---
title: Loyalty members beside others
description: Do members of the loyalty programme buy more, more often and for more than the others?
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
  # Where members do not buy more often than others by half, the programme gives points for nothing:
  # ask those of that segment what they would rather have.
  - assert: >-
      NOT is_loyalty_member OR orders_per_month_of_others IS NULL
      OR orders_per_subscribed_month IS NULL
      OR orders_per_subscribed_month >= 1.5 * orders_per_month_of_others
    severity: warn
---*/
WITH facts AS (
    -- An order knows whether the customer was a member on its day, and so moves with who joins.
    SELECT
        customer_id,
        is_loyalty_member,
        CAST(ordered_at AS DATE) AS day,
        1 AS order_count,
        0 AS subscribed_months,
        amount
    FROM orders

    UNION ALL

    SELECT
        subscriptions.customer_id,
        joined_on IS NOT NULL AS is_loyalty_member,
        CAST(month || '-01' AS DATE) AS day,
        0 AS order_count,
        1 AS subscribed_months,
        NULL AS amount
    FROM subscriptions
    LEFT JOIN loyalty_members
        ON loyalty_members.customer_id = subscriptions.customer_id
        AND joined_on <= CAST(month || '-01' AS DATE)
),

marked AS (
    SELECT
        customer_id,
        is_loyalty_member,
        amount,
        order_count,
        subscribed_months,
        -- Only an order has a buyer.
        CASE WHEN order_count = 1 THEN customer_id END AS buyer_id,
        day >= $from AND day < $to AS in_period,
        day >= $from - ($to - $from) AND day < $from AS in_previous,
        day >= $from - INTERVAL '1 year' AND day < $to - INTERVAL '1 year' AS a_year_before
    FROM facts
),

compared AS (
    SELECT
        $by AS segment,
        is_loyalty_member,
        COUNT(amount) FILTER (WHERE in_period) AS orders,
        SUM(amount) FILTER (WHERE in_period) AS revenue,
        SUM(subscribed_months) FILTER (WHERE in_period) AS subscribed_months,
        ratio_ci(customer_id, order_count, subscribed_months) FILTER (WHERE in_period) AS pace,
        average_order_value(amount) FILTER (WHERE in_period) AS average_order_value,
        ratio_ci(buyer_id, amount, 1) FILTER (WHERE in_period) AS order_value,
        purchase_frequency(buyer_id) FILTER (WHERE in_period) AS purchase_frequency,
        repeat_purchase_rate_ci(buyer_id) FILTER (WHERE in_period) AS repeated,
        revenue_per_customer(buyer_id, amount) FILTER (WHERE in_period) AS revenue_per_customer,
        COUNT(amount) FILTER (WHERE in_previous) AS orders_previous,
        SUM(subscribed_months) FILTER (WHERE in_previous) AS subscribed_months_previous,
        average_order_value(amount) FILTER (WHERE in_previous) AS average_order_value_previous,
        repeat_purchase_rate(buyer_id) FILTER (WHERE in_previous) AS repeat_purchase_rate_previous,
        COUNT(amount) FILTER (WHERE a_year_before) AS orders_a_year_before,
        SUM(subscribed_months) FILTER (WHERE a_year_before) AS subscribed_months_a_year_before,
        average_order_value(amount) FILTER (WHERE a_year_before)
            AS average_order_value_a_year_before,
        repeat_purchase_rate(buyer_id) FILTER (WHERE a_year_before)
            AS repeat_purchase_rate_a_year_before
    FROM marked
    JOIN customers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by, is_loyalty_member
),

paces AS (
    SELECT *, CAST(orders AS DOUBLE) / NULLIF(subscribed_months, 0) AS orders_per_subscribed_month
    FROM compared
)

SELECT
    segment,
    is_loyalty_member,
    orders_per_subscribed_month,
    pace['low'] AS orders_per_subscribed_month_low,
    pace['high'] AS orders_per_subscribed_month_high,
    -- The row of the others stands before that of the members.
    LAG(orders_per_subscribed_month) OVER (PARTITION BY segment ORDER BY is_loyalty_member)
        AS orders_per_month_of_others,
    average_order_value,
    order_value['low'] AS average_order_value_low,
    order_value['high'] AS average_order_value_high,
    purchase_frequency,
    revenue_per_customer,
    repeated['estimate'] AS repeat_purchase_rate,
    repeated['low'] AS repeat_purchase_rate_low,
    repeated['high'] AS repeat_purchase_rate_high,
    COALESCE(repeated['hits'], 0) AS repeat_customers,
    COALESCE(repeated['n'], 0) AS customers,
    orders,
    subscribed_months,
    revenue,
    CAST(orders_previous AS DOUBLE) / NULLIF(subscribed_months_previous, 0)
        AS orders_per_subscribed_month_previous,
    average_order_value_previous,
    repeat_purchase_rate_previous,
    orders_previous,
    CAST(orders_a_year_before AS DOUBLE) / NULLIF(subscribed_months_a_year_before, 0)
        AS orders_per_subscribed_month_a_year_before,
    average_order_value_a_year_before,
    repeat_purchase_rate_a_year_before,
    orders_a_year_before
FROM paces
ORDER BY segment, is_loyalty_member
