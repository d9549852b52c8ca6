/*---
title: From the first view to the purchase
description: Where on the way from view to cart, checkout and purchase do visitors drop off?
params:
  from: {type: date, default: 2025-07-01, description: first day of a view}
  to: {type: date, default: 2025-10-01, description: the day after the last}
  hours: {type: int64, default: 72, min: 1, description: time from the view to the last step}
  by:
    type: identifier
    enum: [everybody, first_referrer, known]
    default: everybody
    description: what to compare
grain: [segment, step]
checks:
  - assert: visitors <= visitors_of_step_before
  # More than one in three leaves the checkout: that is lost for sure, so repair it first.
  - {assert: step <> 4 OR drop_off_low <= 33, severity: warn}
---*/
WITH periods (period, starts, ends) AS (
    VALUES
        ('current', $from, $to),
        ('previous', $from - ($to - $from), $from),
        ('a_year_before', $from - INTERVAL '1 year', $to - INTERVAL '1 year')
),

-- The view must lie in the period; what follows, only within the hours after it.
visitors AS (
    SELECT
        period,
        'everybody' AS everybody,
        COALESCE(FIRST_VALUE(referrer ORDER BY occurred_at, event_id), 'direct') AS first_referrer,
        CASE WHEN MAX(customer_id) IS NULL THEN 'stranger' ELSE 'customer' END AS known,
        window_funnel(
            CAST($hours || ' hours' AS INTERVAL),
            occurred_at,
            event_type = 'view' AND occurred_at < ends,
            event_type = 'add_to_cart',
            event_type = 'checkout',
            event_type = 'purchase'
        ) AS level
    FROM periods
    JOIN web_events
        ON occurred_at >= starts
        AND occurred_at < ends + CAST($hours || ' hours' AS INTERVAL)
    GROUP BY period, visitor_id
),

names (step, name) AS (
    VALUES (1, 'view'), (2, 'add_to_cart'), (3, 'checkout'), (4, 'purchase')
),

-- Whoever came to step k also came to every step before: counts are cumulative.
summed AS (
    SELECT
        $by AS segment,
        step,
        name,
        proportion_ci(level >= step) FILTER (WHERE period = 'current') AS overall,
        proportion_ci(level < step) FILTER (WHERE period = 'current' AND level >= step - 1)
            AS dropped,
        proportion_ci(level < step) FILTER (WHERE period = 'previous' AND level >= step - 1)
            AS dropped_previous,
        proportion_ci(level < step) FILTER (WHERE period = 'a_year_before' AND level >= step - 1)
            AS dropped_a_year_before,
        -- Of those who filled a cart, who did not buy.
        proportion_ci(level < 4)
            FILTER (WHERE period = 'current' AND level >= 2 AND step = 2) AS abandoned,
        proportion_ci(level < 4)
            FILTER (WHERE period = 'previous' AND level >= 2 AND step = 2) AS abandoned_previous,
        proportion_ci(level < 4)
            FILTER (WHERE period = 'a_year_before' AND level >= 2 AND step = 2)
            AS abandoned_a_year_before
    FROM visitors
    CROSS JOIN names
    WHERE level > 0
    GROUP BY $by, step, name
)

SELECT
    segment,
    step,
    name,
    COALESCE(overall['hits'], 0) AS visitors,
    COALESCE(dropped['n'], 0) AS visitors_of_step_before,
    overall['estimate'] AS overall_rate,
    overall['low'] AS overall_rate_low,
    overall['high'] AS overall_rate_high,
    dropped['estimate'] AS drop_off,
    dropped['low'] AS drop_off_low,
    dropped['high'] AS drop_off_high,
    dropped_previous['estimate'] AS drop_off_previous,
    dropped_previous['n'] AS visitors_of_step_before_previous,
    dropped_a_year_before['estimate'] AS drop_off_a_year_before,
    dropped_a_year_before['n'] AS visitors_of_step_before_a_year_before,
    abandoned['estimate'] AS cart_abandonment,
    abandoned['low'] AS cart_abandonment_low,
    abandoned['high'] AS cart_abandonment_high,
    abandoned_previous['estimate'] AS cart_abandonment_previous,
    abandoned_a_year_before['estimate'] AS cart_abandonment_a_year_before
FROM summed
ORDER BY segment, step
