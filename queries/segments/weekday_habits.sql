/*---
title: Weekday habits
description: On which days of the week do the customers of a segment order?
params:
  from: {type: date, default: 2025-10-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: weekday BETWEEN 1 AND 7
  # More than a quarter of the orders on one day: see that enough people pack on it, and that the
  # mails do not go out the day after.
  - {assert: share_of_orders IS NULL OR share_of_orders <= 25, severity: warn}
---*/
WITH marked AS (
    SELECT
        customer_id,
        amount,
        -- Of UTC; 1 is Monday.
        CAST((date_part('dow', ordered_at) + 6) % 7 + 1 AS BIGINT) AS weekday,
        ordered_at >= $from AND ordered_at < $to AS in_period,
        ordered_at >= $from - ($to - $from) AND ordered_at < $from AS in_previous,
        ordered_at >= $from - INTERVAL '1 year'
            AND ordered_at < $to - INTERVAL '1 year' AS a_year_before
    FROM orders
),

compared AS (
    SELECT
        $by AS segment,
        weekday,
        COUNT(*) FILTER (WHERE in_period) AS orders,
        average_order_value(amount) FILTER (WHERE in_period) AS average_order_value,
        COUNT(*) FILTER (WHERE in_previous) AS orders_previous,
        COUNT(*) FILTER (WHERE a_year_before) AS orders_a_year_before
    FROM marked
    JOIN customers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by, weekday
),

totals AS (
    SELECT
        *,
        SUM(orders) OVER (PARTITION BY segment) AS all_orders,
        SUM(orders_previous) OVER (PARTITION BY segment) AS all_orders_previous,
        SUM(orders_a_year_before) OVER (PARTITION BY segment) AS all_orders_a_year_before
    FROM compared
),

measured AS (
    SELECT
        *,
        proportion_ci(orders, all_orders) AS share,
        proportion_ci(orders_previous, all_orders_previous) AS share_previous,
        proportion_ci(orders_a_year_before, all_orders_a_year_before) AS share_a_year_before
    FROM totals
    GROUP BY ALL
)

SELECT
    segment,
    weekday,
    CASE weekday
        WHEN 1 THEN 'Monday'
        WHEN 2 THEN 'Tuesday'
        WHEN 3 THEN 'Wednesday'
        WHEN 4 THEN 'Thursday'
        WHEN 5 THEN 'Friday'
        WHEN 6 THEN 'Saturday'
        ELSE 'Sunday'
    END AS name_of_day,
    share['estimate'] AS share_of_orders,
    share['low'] AS share_of_orders_low,
    share['high'] AS share_of_orders_high,
    orders,
    all_orders,
    average_order_value,
    share_previous['estimate'] AS share_of_orders_previous,
    all_orders_previous,
    share_a_year_before['estimate'] AS share_of_orders_a_year_before,
    all_orders_a_year_before
FROM measured
ORDER BY segment, weekday
