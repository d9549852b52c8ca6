/*---
title: Sessions by either rule
description: How many sessions are there by the rules of Google Analytics 4, and by those of Universal Analytics?
params:
  from: {type: date, default: 2025-07-01, description: first day}
  to: {type: date, default: 2025-10-01, max: 2026-01-01, description: the day after the last}
grain: [month]
checks:
  # Midnight and campaigns only cut, they never join.
  - assert: sessions_cut >= sessions
  # With one in twenty more by the old rule, a figure of then is not one of now.
  - {assert: cut_by_midnight_or_campaign <= 5, severity: warn}
---*/
WITH numbered AS (
    SELECT
        visitor_id,
        CAST(date_trunc('month', occurred_at) AS DATE) AS month,
        sessionize(occurred_at, INTERVAL '30 minutes')
            OVER (PARTITION BY visitor_id ORDER BY occurred_at) AS session,
        -- Where a visit has no referrer it is a direct one, which is no campaign.
        sessionize(occurred_at, referrer, INTERVAL '30 minutes', NULL, 'midnight')
            OVER (PARTITION BY visitor_id ORDER BY occurred_at) AS session_cut
    FROM web_events
    WHERE occurred_at >= $from AND occurred_at < $to
),

counted AS (
    SELECT
        month,
        COUNT(*) AS events,
        COUNT(DISTINCT concat(visitor_id, ' ', session)) AS sessions,
        COUNT(DISTINCT concat(visitor_id, ' ', session_cut)) AS sessions_cut
    FROM numbered
    GROUP BY month
)

SELECT
    month,
    events,
    sessions,
    sessions_cut,
    100.0 * (sessions_cut - sessions) / sessions AS cut_by_midnight_or_campaign
FROM counted
ORDER BY month
