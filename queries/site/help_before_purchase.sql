/*---
title: From help to the purchase
description: How many of those who look for help still buy within a day, and how soon?
params:
  from: {type: date, default: 2025-07-01, description: first day of a visit}
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [everybody, known]
    default: known
    description: what to compare
grain: [segment]
checks:
  - assert: buyers <= visitors AND purchases >= buyers
  # Fewer than one in twenty buys: what they looked for, they did not find.
  - {assert: purchase_rate_high >= 5, severity: warn}
---*/
WITH visitors AS (
    SELECT
        'everybody' AS everybody,
        CASE WHEN MAX(customer_id) IS NULL THEN 'stranger' ELSE 'customer' END AS known,
        sequence_match('(?1).*(?t<=86400)(?2)', occurred_at, page = '/help', event_type = 'purchase')
            AS bought,
        sequence_count('(?1).*(?t<=86400)(?2)', occurred_at, page = '/help', event_type = 'purchase')
            AS purchases,
        sequence_match_events(
            '(?1).*(?t<=86400)(?2)', occurred_at, page = '/help', event_type = 'purchase'
        ) AS moments
    FROM web_events
    WHERE occurred_at >= $from AND occurred_at < $to
    GROUP BY visitor_id
    HAVING BOOL_OR(page = '/help')
),

measured AS (
    SELECT
        $by AS segment,
        proportion_ci(bought) AS buying,
        SUM(purchases) AS purchases,
        MEDIAN(CASE WHEN bought THEN date_part('epoch', moments[2] - moments[1]) / 60 END)
            AS minutes_to_purchase
    FROM visitors
    GROUP BY $by
)

SELECT
    segment,
    buying['estimate'] AS purchase_rate,
    buying['low'] AS purchase_rate_low,
    buying['high'] AS purchase_rate_high,
    buying['hits'] AS buyers,
    buying['n'] AS visitors,
    purchases,
    minutes_to_purchase
FROM measured
ORDER BY segment
