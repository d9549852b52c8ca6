/*---
title: What viewers do after a video
description: Which share of a video's viewers fills a cart or buys in the days after it?
params:
  from: {type: date, default: 2025-07-01, description: first day of a play}
  # The days after the last play must be known too.
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
  days: {type: int64, default: 7, min: 1, max: 90, description: days after the play}
  by:
    type: identifier
    enum: [video_id, length, watched]
    default: video_id
    description: what to compare
grain: [segment]
checks:
  - assert: bought <= viewers
  # Sure to sell less than a year before: show the video elsewhere, or another one there.
  - assert: COALESCE(purchase_rate_high >= purchase_rate_a_year_before, TRUE)
    severity: warn
---*/
WITH plays AS (
    SELECT
        play_id,
        video_id,
        CASE
            WHEN video_seconds <= 90 THEN 'up to 90 seconds'
            WHEN video_seconds <= 300 THEN 'up to 5 minutes'
            ELSE 'over 5 minutes'
        END AS length,
        CASE
            WHEN watched_seconds >= video_seconds THEN 'to the end'
            WHEN 2 * watched_seconds >= video_seconds THEN 'at least half'
            WHEN watched_seconds IS NOT NULL THEN 'less than half'
        END AS watched,
        visitor_id,
        started_at,
        started_at >= $from AND started_at < $to AS in_period,
        started_at >= $from - ($to - $from) AND started_at < $from AS in_previous,
        started_at >= $from - INTERVAL '1 year' AND started_at < $to - INTERVAL '1 year'
            AS a_year_before
    FROM video_plays
),

-- Only viewers whom our site knows: of those who watched elsewhere nothing else is seen. What comes
-- after a video did not come because of it: whoever is about to buy watches more of them.
followed_up AS (
    SELECT
        plays.play_id,
        BOOL_OR(
            COALESCE(event_type = 'add_to_cart', FALSE)
            AND occurred_at > started_at
            AND occurred_at <= started_at + CAST($days || ' days' AS INTERVAL)
        ) AS filled_cart,
        BOOL_OR(
            COALESCE(event_type = 'purchase', FALSE)
            AND occurred_at > started_at
            AND occurred_at <= started_at + CAST($days || ' days' AS INTERVAL)
        ) AS bought
    FROM plays
    JOIN web_events ON web_events.visitor_id = plays.visitor_id
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY plays.play_id
),

summed AS (
    SELECT
        $by AS segment,
        COUNT(*) FILTER (WHERE in_period) AS plays,
        conversion_rate_ci(visitor_id, filled_cart) FILTER (WHERE in_period) AS carts,
        conversion_rate_ci(visitor_id, bought) FILTER (WHERE in_period) AS purchases,
        conversion_rate_ci(visitor_id, filled_cart) FILTER (WHERE in_previous) AS carts_previous,
        conversion_rate_ci(visitor_id, bought) FILTER (WHERE in_previous) AS purchases_previous,
        conversion_rate_ci(visitor_id, filled_cart) FILTER (WHERE a_year_before)
            AS carts_a_year_before,
        conversion_rate_ci(visitor_id, bought) FILTER (WHERE a_year_before)
            AS purchases_a_year_before
    FROM plays
    JOIN followed_up USING (play_id)
    GROUP BY $by
)

SELECT
    segment,
    plays,
    COALESCE(purchases['n'], 0) AS viewers,
    COALESCE(carts['hits'], 0) AS filled_cart,
    carts['estimate'] AS cart_rate,
    carts['low'] AS cart_rate_low,
    carts['high'] AS cart_rate_high,
    COALESCE(purchases['hits'], 0) AS bought,
    purchases['estimate'] AS purchase_rate,
    purchases['low'] AS purchase_rate_low,
    purchases['high'] AS purchase_rate_high,
    purchases_previous['n'] AS viewers_previous,
    carts_previous['estimate'] AS cart_rate_previous,
    purchases_previous['estimate'] AS purchase_rate_previous,
    purchases_a_year_before['n'] AS viewers_a_year_before,
    carts_a_year_before['estimate'] AS cart_rate_a_year_before,
    purchases_a_year_before['estimate'] AS purchase_rate_a_year_before
FROM summed
ORDER BY segment
