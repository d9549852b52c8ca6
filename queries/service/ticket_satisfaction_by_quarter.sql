/*---
title: Satisfaction with the service by quarter
description: How satisfied are customers with the answers to their tickets, and how many rate them?
params:
  from: {type: date, default: 2025-01-01, description: first quarter in which tickets were opened}
  to: {type: date, default: 2026-01-01, description: the quarter after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: quarter
  - assert: satisfied <= rated AND rated <= tickets
  # Even the upper end is below 60%: read the tickets that were rated worst.
  - {assert: satisfaction IS NULL OR satisfaction_high >= 60, severity: warn}
---*/
WITH quarterly AS (
    SELECT
        CAST(date_trunc('quarter', opened_at) AS DATE) AS quarter,
        $by AS segment,
        csat_ci(satisfaction) AS satisfaction,
        response_rate_ci(satisfaction IS NOT NULL) AS rated_share,
        COUNT(satisfaction) AS rated,
        COUNT(*) AS tickets
    FROM support_tickets
    JOIN customers USING (customer_id)
    WHERE opened_at >= $from - INTERVAL '1 year' AND opened_at < $to
    GROUP BY quarter, $by
),

compared AS (
    SELECT
        quarter,
        segment,
        satisfaction['estimate'] AS satisfaction,
        satisfaction['low'] AS satisfaction_low,
        satisfaction['high'] AS satisfaction_high,
        COALESCE(satisfaction['hits'], 0) AS satisfied,
        rated,
        rated_share['estimate'] AS rated_share,
        rated_share['low'] AS rated_share_low,
        rated_share['high'] AS rated_share_high,
        tickets,
        FIRST_VALUE(satisfaction['estimate']) OVER quarter_before AS satisfaction_previous,
        FIRST_VALUE(rated) OVER quarter_before AS rated_previous,
        FIRST_VALUE(satisfaction['estimate']) OVER a_year_before AS satisfaction_a_year_before,
        FIRST_VALUE(rated) OVER a_year_before AS rated_a_year_before
    FROM quarterly
    WINDOW quarter_before AS (
        PARTITION BY segment ORDER BY quarter
        RANGE BETWEEN INTERVAL '3 months' PRECEDING AND INTERVAL '3 months' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment ORDER BY quarter
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT *
FROM compared
WHERE quarter >= $from
ORDER BY quarter, segment
