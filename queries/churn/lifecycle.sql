/*---
title: Lifecycle
description: Which subscribers of a month are new, stayed or came back, and how many fell asleep?
params:
  # A month is known only beside the month before it.
  from: {type: date, default: 2025-01-01, min: 2024-02-01, description: first month}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: the column that `only` is a value of
  only: {type: string, default: '', description: 'whom to count, such as team; empty for all'}
grain: [month]
checks:
  # Who was there has stayed or fallen asleep; who is there is new, has stayed or come back.
  - assert: active = new + retained + resurrected
  - assert: active_previous IS NULL OR active_previous = retained + dormant
  # Even at the upper end more than one in twenty leaves, which is nearly half of them in a year:
  # find out who with `churn/churn_by_segment`.
  - {assert: retention_high >= 95, severity: warn}
  # Of those who sleep, fewer than one in a hundred wakes: write to them.
  - {assert: asleep < 100 OR wake_rate_high >= 1, severity: warn}
---*/
-- Everything since the lake begins: with a filter by date, all would be new.
WITH subscribers AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month
    FROM subscriptions
    JOIN customers USING (customer_id)
    WHERE $only = '' OR $by = $only
),

counted AS (
    SELECT
        *,
        -- Asleep when the month began: all who fell asleep before, without those who came back
        -- before. The lake does not know those who fell asleep before 2024.
        COALESCE(SUM(dormant - resurrected) OVER (
            ORDER BY period
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS asleep
    FROM lifecycle(
        TABLE subscribers,
        customer => customer_id,
        time => month,
        -- A subscription is dated at the start of its month; the lake knows all of the last one.
        as_of => DATE '2026-01-01'
    )
),

rated AS (
    SELECT
        *,
        retention_rate_ci(retained + dormant, active, new + resurrected) AS retention,
        proportion_ci(resurrected, asleep) AS wake_rate
    FROM counted
    -- In the first month of the lake all look as if they were new.
    WHERE period >= '2024-02-01'
    GROUP BY ALL
),

compared AS (
    SELECT
        period AS month,
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
        -- There is a row for each month, also for those without anybody.
        LAG(active) OVER months AS active_previous,
        LAG(retention['estimate']) OVER months AS retention_previous,
        LAG(active, 12) OVER months AS active_a_year_before,
        LAG(retention['estimate'], 12) OVER months AS retention_a_year_before
    FROM rated
    WINDOW months AS (ORDER BY period)
)

SELECT *
FROM compared
WHERE month >= $from AND month < $to
ORDER BY month
