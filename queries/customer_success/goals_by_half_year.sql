/*---
title: Goals reached by half-year
description: Which share of our customers reached the goal they had set, and is it rising?
params:
  from: {type: date, default: 2024-01-01, description: first half-year of a follow-up}
  to: {type: date, default: 2026-01-01, description: the half-year after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager, goal]
    default: segment
    description: what to compare
checks:
  - not_null: reached_rate
  - assert: reached <= followed_up
  # Fewer than half reach what they came for, even at the upper end: find out what is in the way.
  - {assert: reached_rate_high >= 50, severity: warn}
---*/
WITH goals AS (
    SELECT
        $by AS segment,
        -- The first day of the half-year.
        CAST(
            CASE
                WHEN date_part('month', followed_up_on) <= 6 THEN date_trunc('year', followed_up_on)
                ELSE date_trunc('year', followed_up_on) + INTERVAL '6 months'
            END AS DATE
        ) AS half_year,
        followed_up_on - DATE '2024-01-01' AS day,
        CASE WHEN reached THEN 1 ELSE 0 END AS hit,
        reached
    FROM customer_goals
    JOIN customers USING (customer_id)
    WHERE followed_up_on < $to
),

counted AS (
    SELECT
        segment,
        half_year,
        proportion_ci(reached) AS reached_rate,
        COUNT(*) AS followed_up
    FROM goals
    GROUP BY segment, half_year
),

-- The slope of a straight line through all follow-ups of the period, in points a year. Sums of
-- whole numbers are the same in any order, which those of REGR_SLOPE are not.
trends AS (
    SELECT
        segment,
        100 * 365.25 * (COUNT(*) * SUM(day * hit) - SUM(day) * SUM(hit))
            / NULLIF(COUNT(*) * SUM(day * day) - SUM(day) * SUM(day), 0) AS points_a_year
    FROM goals
    WHERE half_year >= $from
    GROUP BY segment
),

compared AS (
    SELECT
        half_year,
        segment,
        reached_rate['estimate'] AS reached_rate,
        reached_rate['low'] AS reached_rate_low,
        reached_rate['high'] AS reached_rate_high,
        reached_rate['hits'] AS reached,
        followed_up,
        FIRST_VALUE(reached_rate['estimate']) OVER half_year_before AS reached_rate_previous,
        FIRST_VALUE(followed_up) OVER half_year_before AS followed_up_previous,
        FIRST_VALUE(reached_rate['estimate']) OVER a_year_before AS reached_rate_a_year_before,
        FIRST_VALUE(followed_up) OVER a_year_before AS followed_up_a_year_before
    FROM counted
    WINDOW half_year_before AS (
        PARTITION BY segment ORDER BY half_year
        RANGE BETWEEN INTERVAL '6 months' PRECEDING AND INTERVAL '6 months' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment ORDER BY half_year
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

-- Only goals that were followed up are known; who had left by then was not asked.
SELECT compared.*, points_a_year
FROM compared
JOIN trends ON trends.segment IS NOT DISTINCT FROM compared.segment
WHERE half_year >= $from
ORDER BY half_year, segment
