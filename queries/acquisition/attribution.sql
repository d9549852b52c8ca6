/*---
title: Attribution
description: Which channel do orders come from, by the first touch, the last, or all on the way?
params:
  from: {type: date, default: 2025-07-01, description: first day of an order}
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
  days:
    type: int64
    default: 30
    min: 1
    max: 365
    description: for how many days, of 24 hours, a touch counts
  by:
    type: identifier
    enum: [segment, country, account_manager]
    default: segment
    description: the column that `only` is a value of
  only: {type: string, default: '', description: 'whose orders, such as team; empty for all'}
grain: [touched_by]
checks:
  - not_null: touched_by
  - assert: first_purchases <= all_purchases AND last_purchases <= all_purchases
  # It begins twice as many as it ends: paid for its last touches, it looks worse than it is.
  - {assert: first_purchases < 30 OR first_purchases < 2 * last_purchases, severity: warn}
---*/
WITH chosen AS (
    SELECT customer_id
    FROM customers
    WHERE $only = '' OR $by = $only
),

known_visitors AS (
    -- A customer may have several browsers, and may not be logged in at first.
    SELECT DISTINCT visitor_id, customer_id
    FROM web_events
    JOIN chosen USING (customer_id)
),

-- A row is a touch or a purchase. The first event of a session knows where it came from. Who came
-- directly has no referrer, and came for something that went before: that visit is no touch.
steps AS (
    SELECT
        known_visitors.customer_id,
        occurred_at,
        CASE CAST(referrer AS VARCHAR)
            WHEN 'search.example' THEN 'organic_search'
            WHEN 'ads.example' THEN 'paid_search'
            WHEN 'social.example' THEN 'social'
            WHEN 'friends.example' THEN 'referral'
            WHEN 'mail.example' THEN 'email'
            WHEN 'partner.example' THEN 'partner'
            ELSE 'unknown'
        END AS touched_by,
        NULL AS amount
    FROM web_events
    JOIN known_visitors USING (visitor_id)
    WHERE referrer IS NOT NULL

    UNION ALL

    -- Only customers who agreed to be recognised are in `web_events`, with each of their orders.
    SELECT orders.customer_id, occurred_at, NULL AS touched_by, amount
    FROM orders
    JOIN chosen ON chosen.customer_id = orders.customer_id
    JOIN web_events
        ON web_events.customer_id = orders.customer_id
        AND occurred_at = ordered_at
    WHERE event_type = 'purchase'
),

-- Touches stand beside the purchases of every period: those before it lead to its first purchases.
journeys AS (
    SELECT
        *,
        amount IS NOT NULL AND occurred_at >= $from AND occurred_at < $to AS in_period,
        amount IS NOT NULL AND occurred_at >= $from - ($to - $from) AND occurred_at < $from
            AS in_previous,
        amount IS NOT NULL AND occurred_at >= $from - INTERVAL '1 year'
            AND occurred_at < $to - INTERVAL '1 year' AS a_year_before
    FROM steps
),

-- All models of a period in one call; those of the periods before are named after them.
credited AS (
    SELECT model, channel, conversions, value
    FROM attribution(
        TABLE journeys,
        customer => customer_id,
        time => occurred_at,
        channel => touched_by,
        conversion => in_period,
        value => amount,
        model => ['first', 'last', 'linear', 'position_based', 'time_decay'],
        lookback => CAST($days || ' days' AS INTERVAL),
        unattributed => 'direct'
    )

    UNION ALL

    SELECT model || '_previous' AS model, channel, conversions, value
    FROM attribution(
        TABLE journeys,
        customer => customer_id,
        time => occurred_at,
        channel => touched_by,
        conversion => in_previous,
        value => amount,
        model => ['first', 'last'],
        lookback => CAST($days || ' days' AS INTERVAL),
        unattributed => 'direct'
    )

    UNION ALL

    SELECT model || '_a_year_before' AS model, channel, conversions, value
    FROM attribution(
        TABLE journeys,
        customer => customer_id,
        time => occurred_at,
        channel => touched_by,
        conversion => a_year_before,
        value => amount,
        model => ['first', 'last'],
        lookback => CAST($days || ' days' AS INTERVAL),
        unattributed => 'direct'
    )
),

-- By the first or the last touch each purchase is one channel's, which makes it a case to count. By
-- the other models several share it: such parts are rounded, as their last digit depends on the
-- order in which they are added up.
counted AS (
    SELECT
        channel AS touched_by,
        CAST(COALESCE(SUM(conversions) FILTER (WHERE model = 'first'), 0) AS BIGINT)
            AS first_purchases,
        CAST(COALESCE(SUM(conversions) FILTER (WHERE model = 'last'), 0) AS BIGINT)
            AS last_purchases,
        ROUND(COALESCE(SUM(conversions) FILTER (WHERE model = 'linear'), 0), 6)
            AS linear_purchases,
        ROUND(COALESCE(SUM(conversions) FILTER (WHERE model = 'position_based'), 0), 6)
            AS position_based_purchases,
        ROUND(COALESCE(SUM(conversions) FILTER (WHERE model = 'time_decay'), 0), 6)
            AS time_decay_purchases,
        CAST(COALESCE(SUM(value) FILTER (WHERE model = 'first'), 0) AS DECIMAL(12, 2))
            AS first_revenue,
        CAST(COALESCE(SUM(value) FILTER (WHERE model = 'last'), 0) AS DECIMAL(12, 2))
            AS last_revenue,
        CAST(COALESCE(SUM(value) FILTER (WHERE model = 'linear'), 0) AS DECIMAL(12, 2))
            AS linear_revenue,
        CAST(COALESCE(SUM(value) FILTER (WHERE model = 'position_based'), 0) AS DECIMAL(12, 2))
            AS position_based_revenue,
        CAST(COALESCE(SUM(value) FILTER (WHERE model = 'time_decay'), 0) AS DECIMAL(12, 2))
            AS time_decay_revenue,
        CAST(COALESCE(SUM(conversions) FILTER (WHERE model = 'first_previous'), 0) AS BIGINT)
            AS first_purchases_previous,
        CAST(COALESCE(SUM(conversions) FILTER (WHERE model = 'last_previous'), 0) AS BIGINT)
            AS last_purchases_previous,
        CAST(COALESCE(SUM(conversions) FILTER (WHERE model = 'first_a_year_before'), 0) AS BIGINT)
            AS first_purchases_a_year_before,
        CAST(COALESCE(SUM(conversions) FILTER (WHERE model = 'last_a_year_before'), 0) AS BIGINT)
            AS last_purchases_a_year_before
    FROM credited
    GROUP BY channel
),

totals AS (
    SELECT
        *,
        SUM(first_purchases) OVER () AS all_purchases,
        SUM(first_purchases_previous) OVER () AS all_purchases_previous,
        SUM(first_purchases_a_year_before) OVER () AS all_purchases_a_year_before
    FROM counted
),

measured AS (
    SELECT
        *,
        proportion_ci(first_purchases, all_purchases) AS first,
        proportion_ci(last_purchases, all_purchases) AS last
    FROM totals
    GROUP BY ALL
)

SELECT
    touched_by,
    first['estimate'] AS first_share,
    first['low'] AS first_share_low,
    first['high'] AS first_share_high,
    last['estimate'] AS last_share,
    last['low'] AS last_share_low,
    last['high'] AS last_share_high,
    100 * linear_purchases / NULLIF(all_purchases, 0) AS linear_share,
    100 * position_based_purchases / NULLIF(all_purchases, 0) AS position_based_share,
    100 * time_decay_purchases / NULLIF(all_purchases, 0) AS time_decay_share,
    first_purchases,
    last_purchases,
    linear_purchases,
    position_based_purchases,
    time_decay_purchases,
    all_purchases,
    first_revenue,
    last_revenue,
    linear_revenue,
    position_based_revenue,
    time_decay_revenue,
    100.0 * first_purchases_previous / NULLIF(all_purchases_previous, 0) AS first_share_previous,
    100.0 * last_purchases_previous / NULLIF(all_purchases_previous, 0) AS last_share_previous,
    all_purchases_previous,
    100.0 * first_purchases_a_year_before / NULLIF(all_purchases_a_year_before, 0)
        AS first_share_a_year_before,
    100.0 * last_purchases_a_year_before / NULLIF(all_purchases_a_year_before, 0)
        AS last_share_a_year_before,
    all_purchases_a_year_before
FROM measured
ORDER BY touched_by
