/*---
title: First response, before and after
description: Did a change, such as the new help centre, let customers wait less for an answer?
params:
  from: {type: date, default: 2025-01-01, description: first day on which a ticket was opened}
  change: {type: date, default: 2025-07-01, description: the day of the change}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel]
    default: segment
    description: what to compare
checks:
  # Above it, the change made customers wait longer, and chance does not explain it.
  - assert: difference_low IS NULL OR difference_low <= 0
    severity: warn
---*/
WITH waited AS (
    SELECT
        customer_id,
        date_part('epoch', first_response_at - opened_at) / 3600 AS hours,
        opened_at >= $change AS after
    FROM support_tickets
    WHERE opened_at >= $from AND opened_at < $to AND first_response_at IS NOT NULL
),

compared AS (
    SELECT
        $by AS segment,
        compare_means(hours, after) AS mean,
        -- A few tickets that wait for days decide a mean, but not a ranking.
        mann_whitney(hours, after) AS ranks
    FROM waited
    JOIN customers USING (customer_id)
    GROUP BY $by
)

SELECT
    segment,
    mean['control'] AS mean_hours_before,
    mean['variant'] AS mean_hours_after,
    mean['difference'] AS difference,
    mean['low'] AS difference_low,
    mean['high'] AS difference_high,
    mean['p_value'] AS p_value,
    ranks['control'] AS median_hours_before,
    ranks['variant'] AS median_hours_after,
    ranks['probability'] AS waits_longer_after,
    ranks['p_value'] AS p_value_of_ranks,
    mean['n_control'] AS tickets_before,
    mean['n_variant'] AS tickets_after
FROM compared
ORDER BY segment
