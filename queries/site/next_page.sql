/*---
title: Before and after a page
description: Where do visitors come from when they first look for help, and where do they go next?
params:
  from: {type: date, default: 2025-07-01, description: first day}
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
  part: {type: string, default: /help, description: the part of the site that is asked about}
grain: [side, part]
checks:
  - assert: visitors > 0 AND share <= 100
  # Who leaves a page of help has found the answer, or has given up: one in three and more is to be read.
  - {assert: NOT (side = 'after' AND part = '(nothing)') OR share <= 33, severity: warn}
---*/
WITH views AS (
    -- The first part of the path: '/shop' of '/shop/beans'.
    SELECT visitor_id, occurred_at, '/' || split_part(page, '/', 2) AS part
    FROM web_events
    WHERE occurred_at >= $from AND occurred_at < $to
),

visitors AS (
    SELECT
        next_event('backward', 'first_match', occurred_at, part, part = $part) AS before,
        next_event('forward', 'first_match', occurred_at, part, part = $part) AS after
    FROM views
    GROUP BY visitor_id
    HAVING BOOL_OR(part = $part)
),

sides AS (
    SELECT 'before' AS side, before AS part FROM visitors
    UNION ALL
    SELECT 'after' AS side, after AS part FROM visitors
),

counted AS (
    SELECT side, COALESCE(part, '(nothing)') AS part, COUNT(*) AS visitors
    FROM sides
    GROUP BY side, part
),

summed AS (
    SELECT side, part, visitors, SUM(visitors) OVER (PARTITION BY side) AS all_visitors
    FROM counted
),

measured AS (
    SELECT side, part, proportion_ci(visitors, all_visitors) AS share
    FROM summed
    GROUP BY side, part
)

SELECT
    side,
    part,
    share['hits'] AS visitors,
    share['estimate'] AS share,
    share['low'] AS share_low,
    share['high'] AS share_high
FROM measured
ORDER BY side DESC, visitors DESC, part
