/*---
title: First and last touch
description: Which channel does an order begin with, and which one is it finished by?
params:
  from: {type: date, default: 2025-07-01, description: first day of an order}
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
  days: {type: int64, default: 30, min: 0, max: 365, description: days for which a touch counts}
  by:
    type: identifier
    enum: [segment, country, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: touched_by
  - assert: first_touches <= purchases AND last_touches <= purchases
  # It begins twice as many as it ends: paid for its last touches, it looks worse than it is.
  - {assert: first_touches < 30 OR first_touches < 2 * last_touches, severity: warn}
---*/
WITH known_visitors AS (
    -- A customer may have several browsers, and may not be logged in at first.
    SELECT DISTINCT visitor_id, customer_id
    FROM web_events
    WHERE customer_id IS NOT NULL
),

-- The first event of a session knows where it came from. Who came directly has no referrer, and
-- came for something that went before: that visit is no touch.
touches AS (
    SELECT
        known_visitors.customer_id,
        occurred_at,
        event_id,
        CASE CAST(referrer AS VARCHAR)
            WHEN 'search.example' THEN 'organic_search'
            WHEN 'ads.example' THEN 'paid_search'
            WHEN 'social.example' THEN 'social'
            WHEN 'friends.example' THEN 'referral'
            WHEN 'mail.example' THEN 'email'
            WHEN 'partner.example' THEN 'partner'
            ELSE 'unknown'
        END AS touched_by
    FROM web_events
    JOIN known_visitors USING (visitor_id)
    WHERE referrer IS NOT NULL
),

-- Only customers who agreed to be recognised are in `web_events`, with each of their orders.
purchases AS (
    SELECT order_id, orders.customer_id, ordered_at, amount
    FROM orders
    JOIN web_events
        ON web_events.customer_id = orders.customer_id
        AND occurred_at = ordered_at
    WHERE event_type = 'purchase'
),

attributed AS (
    SELECT
        order_id,
        purchases.customer_id,
        ordered_at,
        amount,
        FIRST_VALUE(touched_by ORDER BY occurred_at, event_id) AS first_touch,
        LAST_VALUE(touched_by ORDER BY occurred_at, event_id) AS last_touch
    FROM purchases
    LEFT JOIN touches
        ON touches.customer_id = purchases.customer_id
        AND occurred_at <= ordered_at
        AND CAST(occurred_at AS DATE) >= CAST(ordered_at AS DATE) - $days
    GROUP BY order_id, purchases.customer_id, ordered_at, amount
),

-- An order stands here twice: once for its first touch, once for its last.
credited AS (
    SELECT
        customer_id,
        ordered_at,
        COALESCE(first_touch, 'direct') AS touched_by,
        TRUE AS is_first,
        amount
    FROM attributed

    UNION ALL

    SELECT
        customer_id,
        ordered_at,
        COALESCE(last_touch, 'direct') AS touched_by,
        FALSE AS is_first,
        amount
    FROM attributed
),

marked AS (
    SELECT
        *,
        ordered_at >= $from AND ordered_at < $to AS in_period,
        ordered_at >= $from - ($to - $from) AND ordered_at < $from AS in_previous,
        ordered_at >= $from - INTERVAL '1 year'
            AND ordered_at < $to - INTERVAL '1 year' AS a_year_before
    FROM credited
),

compared AS (
    SELECT
        $by AS segment,
        touched_by,
        COUNT(*) FILTER (WHERE in_period AND is_first) AS first_touches,
        COUNT(*) FILTER (WHERE in_period AND NOT is_first) AS last_touches,
        SUM(amount) FILTER (WHERE in_period AND is_first) AS first_revenue,
        SUM(amount) FILTER (WHERE in_period AND NOT is_first) AS last_revenue,
        COUNT(*) FILTER (WHERE in_previous AND is_first) AS first_touches_previous,
        COUNT(*) FILTER (WHERE in_previous AND NOT is_first) AS last_touches_previous,
        COUNT(*) FILTER (WHERE a_year_before AND is_first) AS first_touches_a_year_before,
        COUNT(*) FILTER (WHERE a_year_before AND NOT is_first) AS last_touches_a_year_before
    FROM marked
    JOIN customers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by, touched_by
),

totals AS (
    SELECT
        *,
        SUM(first_touches) OVER (PARTITION BY segment) AS purchases,
        SUM(first_touches_previous) OVER (PARTITION BY segment) AS purchases_previous,
        SUM(first_touches_a_year_before) OVER (PARTITION BY segment) AS purchases_a_year_before
    FROM compared
),

measured AS (
    SELECT
        *,
        proportion_ci(first_touches, purchases) AS first,
        proportion_ci(last_touches, purchases) AS last
    FROM totals
    GROUP BY ALL
)

SELECT
    segment,
    touched_by,
    first['estimate'] AS first_share,
    first['low'] AS first_share_low,
    first['high'] AS first_share_high,
    last['estimate'] AS last_share,
    last['low'] AS last_share_low,
    last['high'] AS last_share_high,
    first_touches,
    last_touches,
    purchases,
    COALESCE(first_revenue, 0) AS first_revenue,
    COALESCE(last_revenue, 0) AS last_revenue,
    100.0 * first_touches_previous / NULLIF(purchases_previous, 0) AS first_share_previous,
    100.0 * last_touches_previous / NULLIF(purchases_previous, 0) AS last_share_previous,
    purchases_previous,
    100.0 * first_touches_a_year_before / NULLIF(purchases_a_year_before, 0)
        AS first_share_a_year_before,
    100.0 * last_touches_a_year_before / NULLIF(purchases_a_year_before, 0)
        AS last_share_a_year_before,
    purchases_a_year_before
FROM measured
ORDER BY segment, touched_by
