/*---
title: Lifecycle by month
description: Which subscribers of a month are new, stayed or came back, and how many fell asleep?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 2025-01-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  # Who was there has stayed or fallen asleep; who is there is new, has stayed or come back.
  - assert: active = new + retained + resurrected
  - assert: active_previous IS NULL OR active_previous = retained + dormant
  # Of those who sleep, fewer than one in a hundred wakes: write to them.
  - {assert: asleep < 100 OR wake_rate_high >= 1, severity: warn}
---*/
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
),

lives AS (
    SELECT
        customer_id,
        month,
        MIN(month) OVER (PARTITION BY customer_id) AS first_month,
        LAG(month) OVER (PARTITION BY customer_id ORDER BY month) AS month_before,
        LEAD(month) OVER (PARTITION BY customer_id ORDER BY month) AS month_after
    FROM subscribers
),

states AS (
    SELECT
        customer_id,
        month,
        CASE
            WHEN month = first_month THEN 'new'
            WHEN month_before = month - INTERVAL '1 month' THEN 'retained'
            ELSE 'resurrected'
        END AS state
    FROM lives
    UNION ALL
    SELECT customer_id, month + INTERVAL '1 month', 'dormant'
    FROM lives
    WHERE month_after IS NULL OR month_after > month + INTERVAL '1 month'
),

counted AS (
    SELECT
        month,
        $by AS segment,
        COUNT(*) FILTER (WHERE state = 'new') AS new,
        COUNT(*) FILTER (WHERE state = 'retained') AS retained,
        COUNT(*) FILTER (WHERE state = 'resurrected') AS resurrected,
        COUNT(*) FILTER (WHERE state = 'dormant') AS dormant,
        COUNT(*) FILTER (WHERE state <> 'dormant') AS active
    FROM states
    JOIN customers USING (customer_id)
    GROUP BY month, $by
),

-- Asleep when the month began: all who fell asleep before, without those who came back before.
-- The lake does not know those who fell asleep before 2024.
asleep AS (
    SELECT
        *,
        COALESCE(SUM(dormant - resurrected) OVER (
            PARTITION BY segment ORDER BY month
            RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL '1 month' PRECEDING
        ), 0) AS asleep
    FROM counted
),

rated AS (
    SELECT
        *,
        retention_rate_ci(retained + dormant, active, new + resurrected) AS retention,
        proportion_ci(resurrected, asleep) AS wake_rate
    FROM asleep
    -- In the first month of the lake all look as if they were new.
    WHERE month >= '2024-02-01'
    GROUP BY month, segment, new, retained, resurrected, dormant, active, asleep
),

compared AS (
    SELECT
        month,
        segment,
        new,
        retained,
        resurrected,
        dormant,
        active,
        retention['estimate'] AS retention,
        retention['low'] AS retention_low,
        retention['high'] AS retention_high,
        asleep,
        wake_rate['estimate'] AS wake_rate,
        wake_rate['low'] AS wake_rate_low,
        wake_rate['high'] AS wake_rate_high,
        FIRST_VALUE(active) OVER month_before AS active_previous,
        FIRST_VALUE(retention['estimate']) OVER month_before AS retention_previous,
        FIRST_VALUE(active) OVER a_year_before AS active_a_year_before,
        FIRST_VALUE(retention['estimate']) OVER a_year_before AS retention_a_year_before
    FROM rated
    WINDOW month_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 month' PRECEDING AND INTERVAL '1 month' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT *
FROM compared
WHERE month >= $from AND month < $to
ORDER BY month, segment
