/*---
title: Time between the steps
description: How long do visitors take from each step on the way to the purchase to the next?
params:
  from: {type: date, default: 2025-07-01, description: first day}
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [referrer, page]
    default: referrer
    description: what to compare, as it was at the first touch
grain: [segment, step]
checks:
  - assert: step_rate <= 100 AND overall_rate <= step_rate
  # Nine in ten are through within an hour; where they are not, something holds them up.
  - {assert: step = 1 OR customers < 30 OR p90_seconds <= 3600, severity: warn}
---*/
SELECT
    segment,
    step,
    name,
    customers,
    step_rate,
    step_rate_low,
    step_rate_high,
    overall_rate,
    median_seconds,
    p90_seconds
FROM funnel(
    (SELECT * FROM web_events WHERE occurred_at >= $from AND occurred_at < $to),
    customer => visitor_id,
    time => occurred_at,
    steps => [
        event_type = 'view',
        event_type = 'add_to_cart',
        event_type = 'checkout',
        event_type = 'purchase'
    ],
    names => ['view', 'add_to_cart', 'checkout', 'purchase'],
    window => INTERVAL '72 hours',
    by => COALESCE($by, 'direct')
)
ORDER BY segment, step
