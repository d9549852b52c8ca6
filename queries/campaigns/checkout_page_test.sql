/*---
title: Test of the checkout page
description: Does the new checkout page lead to more purchases than the old one, beyond chance?
params:
  # Of June to August 2025 one half of the visitors saw either page.
  from: {type: date, default: 2025-06-01, description: first day of a checkout}
  to: {type: date, default: 2025-09-01, max: 2026-01-01, description: the day after the last}
  effect:
    type: float64
    default: 5
    min: 0.1
    max: 50
    description: points of difference that must not be missed
  by:
    type: identifier
    enum: [came_from, first_year]
    default: came_from
    description: what to compare
checks:
  - not_null: counted
  # No test in this period: only one of the pages was there.
  - assert: NOT all_together OR (n_control > 0 AND n_variant > 0)
    severity: warn
  # The new page is worse beyond chance: take it back.
  - {assert: p_value IS NULL OR p_value >= 0.05 OR difference > 0, severity: warn}
  # Too few to see such an effect four times out of five: let all together decide, not one segment.
  - assert: >-
      NOT all_together OR needed_in_each IS NULL
      OR (n_control >= needed_in_each AND n_variant >= needed_in_each)
    severity: warn
---*/
WITH followed_up AS (
    SELECT
        visitor_id,
        occurred_at,
        event_type,
        page,
        LEAD(event_type) OVER visits AS next_event,
        LEAD(occurred_at) OVER visits AS next_at
    FROM web_events
    WINDOW visits AS (PARTITION BY visitor_id ORDER BY occurred_at, event_id)
),

-- Segments must be known before the checkout. Those of the customer are not: who purchases is
-- logged in, who gives up often is not, so that hardly anybody in a segment would have given up.
origins AS (
    SELECT
        visitor_id,
        FIRST_VALUE(CAST(referrer AS VARCHAR) ORDER BY occurred_at, event_id) AS came_from,
        CAST(date_part('year', MIN(occurred_at)) AS VARCHAR) AS first_year
    FROM web_events
    GROUP BY visitor_id
),

checkouts AS (
    SELECT
        visitor_id,
        occurred_at,
        page = '/checkout-b' AS is_new_page,
        COALESCE(
            next_event = 'purchase' AND next_at < occurred_at + INTERVAL '30 minutes', FALSE
        ) AS purchased
    FROM followed_up
    WHERE event_type = 'checkout'
),

tested AS (
    SELECT
        visitor_id,
        is_new_page,
        purchased,
        -- Before the test there was the old page only.
        occurred_at >= $from AND occurred_at < $to AS in_period,
        occurred_at >= $from - ($to - $from) AND occurred_at < $from AS in_previous,
        occurred_at >= $from - INTERVAL '1 year'
            AND occurred_at < $to - INTERVAL '1 year' AS a_year_before
    FROM checkouts
),

-- A visitor sees one of the pages, and some check out often. The checkouts of one are not
-- independent of each other, so that visitors count as well: those who purchased at least once.
cases AS (
    SELECT
        'checkout' AS counted,
        visitor_id,
        is_new_page,
        purchased,
        in_period,
        in_previous,
        a_year_before
    FROM tested

    UNION ALL

    SELECT
        'visitor' AS counted,
        visitor_id,
        is_new_page,
        BOOL_OR(purchased) AS purchased,
        in_period,
        in_previous,
        a_year_before
    FROM tested
    GROUP BY visitor_id, is_new_page, in_period, in_previous, a_year_before
),

compared AS (
    SELECT
        counted,
        $by AS segment,
        GROUPING($by) = 1 AS all_together,
        compare_proportions(purchased, is_new_page) FILTER (WHERE in_period) AS test,
        conversion_rate(purchased) FILTER (WHERE in_previous) AS conversion_rate_previous,
        COUNT(*) FILTER (WHERE in_previous) AS n_previous,
        conversion_rate(purchased) FILTER (WHERE a_year_before) AS conversion_rate_a_year_before,
        COUNT(*) FILTER (WHERE a_year_before) AS n_a_year_before
    FROM cases
    JOIN origins USING (visitor_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY GROUPING SETS ((counted, $by), (counted))
)

-- The empty segment came directly; the last row of each is about all together.
SELECT
    counted,
    segment,
    all_together,
    test['control'] AS old_page,
    test['variant'] AS new_page,
    test['difference'] AS difference,
    test['low'] AS difference_low,
    test['high'] AS difference_high,
    test['uplift'] AS uplift,
    test['statistic'] AS statistic,
    test['p_value'] AS p_value,
    COALESCE(test['n_control'], 0) AS n_control,
    COALESCE(test['n_variant'], 0) AS n_variant,
    -- Of a few, nobody or everybody may have purchased: then there is no such number.
    CASE
        WHEN test['control'] > 0 AND test['control'] + $effect < 100
            THEN sample_size_proportion(test['control'], $effect, 0.8, 0.05)
    END AS needed_in_each,
    conversion_rate_previous,
    n_previous,
    conversion_rate_a_year_before,
    n_a_year_before
FROM compared
ORDER BY counted, all_together, segment
