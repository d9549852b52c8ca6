/*---
title: Checkouts without help
description: Who begins a checkout, how many buy without looking for help, and how soon?
params:
  from: {type: date, default: 2025-07-01, description: first day}
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
  minutes: {type: int64, default: 60, min: 1, description: time from the checkout to the purchase}
  by:
    type: identifier
    enum: [everybody, known]
    default: everybody
    description: what to compare
grain: [segment]
checks:
  - assert: buyers_without_help <= buyers AND buyers <= visitors
  # Fewer than half of the checkouts end in a purchase: look at the page.
  - {assert: purchase_rate_high >= 50, severity: warn}
---*/
WITH visitors AS (
    SELECT
        'everybody' AS everybody,
        CASE WHEN MAX(customer_id) IS NULL THEN 'stranger' ELSE 'customer' END AS known,
        funnel_steps(
            CAST($minutes || ' minutes' AS INTERVAL),
            occurred_at,
            event_type = 'checkout',
            event_type = 'purchase'
        ) AS way,
        funnel_steps(
            CAST($minutes || ' minutes' AS INTERVAL),
            occurred_at,
            page = '/help',
            event_type = 'checkout',
            event_type = 'purchase',
            mode => 'exclude_first'
        ) AS way_without_help
    FROM web_events
    WHERE occurred_at >= $from AND occurred_at < $to
    GROUP BY visitor_id
),

measured AS (
    SELECT
        $by AS segment,
        proportion_ci(way['level'] = 2) AS buying,
        proportion_ci(way_without_help['level'] = 2) AS buying_without_help,
        MEDIAN(way['durations'][1]) AS seconds_to_purchase
    FROM visitors
    WHERE way['level'] > 0
    GROUP BY $by
)

SELECT
    segment,
    buying['estimate'] AS purchase_rate,
    buying['low'] AS purchase_rate_low,
    buying['high'] AS purchase_rate_high,
    buying['hits'] AS buyers,
    buying['n'] AS visitors,
    buying_without_help['estimate'] AS purchase_rate_without_help,
    buying_without_help['hits'] AS buyers_without_help,
    seconds_to_purchase
FROM measured
ORDER BY segment
