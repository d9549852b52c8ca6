/*---
title: Products bought together
description: Which products stand together in an order more often than chance would have it?
params:
  from: {type: date, default: 2025-01-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  what:
    type: identifier
    enum: [product_id, category]
    default: product_id
    description: what is bought together
  # Of fewer orders the lift says little.
  at_least: {type: int64, default: 25, min: 1, description: orders that a pair needs}
  top: {type: int64, default: 5, min: 1, description: how many pairs of each segment}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: item < with_item
  - assert: orders_with_both <= orders_with_item AND orders_with_both <= orders_with_other
  # A pair that goes together twice as often as chance: show one on the page of the other.
  - {assert: lift < 2 OR confidence_low < 10, severity: warn}
---*/
WITH marked AS (
    SELECT
        order_id,
        customer_id,
        ordered_at >= $from AND ordered_at < $to AS in_period,
        ordered_at >= $from - INTERVAL '1 year'
            AND ordered_at < $to - INTERVAL '1 year' AS a_year_before
    FROM orders
    WHERE ordered_at >= $from - INTERVAL '1 year' AND ordered_at < $to
),

baskets AS (
    SELECT order_id, $by AS segment, in_period, a_year_before
    FROM marked
    JOIN customers USING (customer_id)
    WHERE in_period OR a_year_before
),

-- An order with two lines of one category has it once.
items AS (
    SELECT DISTINCT order_id, segment, in_period, a_year_before, CAST($what AS VARCHAR) AS item
    FROM baskets
    JOIN order_lines USING (order_id)
),

orders_of_segments AS (
    SELECT
        segment,
        COUNT(*) FILTER (WHERE in_period) AS orders,
        COUNT(*) FILTER (WHERE a_year_before) AS orders_a_year_before
    FROM baskets
    GROUP BY segment
),

singles AS (
    SELECT
        segment,
        item,
        COUNT(*) FILTER (WHERE in_period) AS orders,
        COUNT(*) FILTER (WHERE a_year_before) AS orders_a_year_before
    FROM items
    GROUP BY segment, item
),

pairs AS (
    SELECT
        one.segment,
        one.item,
        other.item AS with_item,
        COUNT(*) FILTER (WHERE one.in_period) AS orders,
        COUNT(*) FILTER (WHERE one.a_year_before) AS orders_a_year_before
    FROM items AS one
    JOIN items AS other
        ON other.order_id = one.order_id
        AND other.item > one.item
    GROUP BY one.segment, one.item, other.item
),

counted AS (
    SELECT
        pairs.segment,
        pairs.item,
        pairs.with_item,
        pairs.orders AS orders_with_both,
        one.orders AS orders_with_item,
        other.orders AS orders_with_other,
        of_all.orders,
        pairs.orders_a_year_before AS orders_with_both_a_year_before,
        one.orders_a_year_before AS orders_with_item_a_year_before,
        other.orders_a_year_before AS orders_with_other_a_year_before,
        of_all.orders_a_year_before
    FROM pairs
    JOIN singles AS one
        ON one.item = pairs.item
        AND one.segment IS NOT DISTINCT FROM pairs.segment
    JOIN singles AS other
        ON other.item = pairs.with_item
        AND other.segment IS NOT DISTINCT FROM pairs.segment
    JOIN orders_of_segments AS of_all
        ON of_all.segment IS NOT DISTINCT FROM pairs.segment
    WHERE pairs.orders >= $at_least
),

measured AS (
    SELECT
        *,
        proportion_ci(orders_with_both, orders) AS support,
        proportion_ci(orders_with_both, orders_with_item) AS confidence
    FROM counted
    GROUP BY ALL
),

-- Support: of all orders, those with both. Confidence: of those with the first, those with the
-- other, too. Lift: the confidence over what it would be by chance.
lifted AS (
    SELECT
        *,
        CAST(orders_with_both AS DOUBLE) * orders / orders_with_item / orders_with_other AS lift
    FROM measured
),

ranked AS (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY segment ORDER BY lift DESC, item, with_item) AS rank
    FROM lifted
)

SELECT
    segment,
    rank,
    item,
    with_item,
    lift,
    support['estimate'] AS support,
    support['low'] AS support_low,
    support['high'] AS support_high,
    confidence['estimate'] AS confidence,
    confidence['low'] AS confidence_low,
    confidence['high'] AS confidence_high,
    orders_with_both,
    orders_with_item,
    orders_with_other,
    orders,
    CAST(orders_with_both_a_year_before AS DOUBLE) * orders_a_year_before
        / NULLIF(orders_with_item_a_year_before * orders_with_other_a_year_before, 0)
        AS lift_a_year_before,
    orders_with_both_a_year_before,
    orders_a_year_before
FROM ranked
WHERE rank <= $top
ORDER BY segment, rank
