/*---
title: Before and after joining
description: Do those who joined the loyalty programme order more often than before they joined?
params:
  from: {type: date, default: 2025-01-01, min: 2024-03-01, description: first day of joining}
  to: {type: date, default: 2025-07-01, max: 2026-01-01, description: the day after the last}
  known_until: {type: date, default: 2026-01-01, description: the day after the last known order}
  days: {type: int64, default: 180, min: 1, max: 365, description: days before and after joining}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: members
  # Who joins and orders less than before has learnt to wait for the points: look at the rules.
  - {assert: change_high IS NULL OR change_high >= 0, severity: warn}
---*/
WITH members AS (
    SELECT
        customer_id,
        joined_on,
        -- As many days on each side, and on both only those in which there could be an order.
        LEAST(
            $days, joined_on - GREATEST(signed_up_on, DATE '2024-01-01'), $known_until - joined_on
        ) AS days,
        joined_on >= $from AND joined_on < $to AS in_period,
        joined_on >= $from - ($to - $from) AND joined_on < $from AS in_previous,
        joined_on >= $from - INTERVAL '1 year'
            AND joined_on < $to - INTERVAL '1 year' AS a_year_before
    FROM loyalty_members
    JOIN customers USING (customer_id)
),

counted AS (
    SELECT
        members.customer_id,
        days,
        in_period,
        in_previous,
        a_year_before,
        COUNT(*) FILTER (
            WHERE CAST(ordered_at AS DATE) >= joined_on - days
                AND CAST(ordered_at AS DATE) < joined_on
        ) AS orders_before,
        COUNT(*) FILTER (
            WHERE CAST(ordered_at AS DATE) >= joined_on
                AND CAST(ordered_at AS DATE) < joined_on + days
        ) AS orders_after
    FROM members
    LEFT JOIN orders
        ON orders.customer_id = members.customer_id
    WHERE days > 0 AND (in_period OR in_previous OR a_year_before)
    GROUP BY members.customer_id, days, in_period, in_previous, a_year_before
),

compared AS (
    SELECT
        $by AS segment,
        COUNT(*) FILTER (WHERE in_period) AS members,
        SUM(days) FILTER (WHERE in_period) AS days,
        SUM(orders_before) FILTER (WHERE in_period) AS orders_before,
        SUM(orders_after) FILTER (WHERE in_period) AS orders_after,
        ratio_ci(customer_id, 30 * orders_before, days) FILTER (WHERE in_period) AS pace_before,
        ratio_ci(customer_id, 30 * orders_after, days) FILTER (WHERE in_period) AS pace_after,
        ratio_ci(customer_id, 30 * (orders_after - orders_before), days)
            FILTER (WHERE in_period) AS change,
        COUNT(*) FILTER (WHERE in_previous) AS members_previous,
        SUM(days) FILTER (WHERE in_previous) AS days_previous,
        SUM(orders_after - orders_before) FILTER (WHERE in_previous) AS more_orders_previous,
        COUNT(*) FILTER (WHERE a_year_before) AS members_a_year_before,
        SUM(days) FILTER (WHERE a_year_before) AS days_a_year_before,
        SUM(orders_after - orders_before) FILTER (WHERE a_year_before)
            AS more_orders_a_year_before
    FROM counted
    JOIN customers USING (customer_id)
    GROUP BY $by
)

-- Per 30 days and member, those included who left in the meantime. Who joins is just then keen: a
-- part of what comes after would have come anyway.
SELECT
    segment,
    30.0 * orders_before / days AS orders_per_30_days_before,
    pace_before['low'] AS orders_per_30_days_before_low,
    pace_before['high'] AS orders_per_30_days_before_high,
    30.0 * orders_after / days AS orders_per_30_days_after,
    pace_after['low'] AS orders_per_30_days_after_low,
    pace_after['high'] AS orders_per_30_days_after_high,
    30.0 * (orders_after - orders_before) / days AS change,
    change['low'] AS change_low,
    change['high'] AS change_high,
    members,
    orders_before,
    orders_after,
    30.0 * more_orders_previous / days_previous AS change_previous,
    members_previous,
    30.0 * more_orders_a_year_before / days_a_year_before AS change_a_year_before,
    members_a_year_before
FROM compared
ORDER BY segment
