/*---
title: Return on the loyalty programme
description: Does the loyalty programme earn more than it costs?
params:
  from: {type: date, default: 2025-07-01, min: 2024-03-01, description: first day of an order}
  to: {type: date, default: 2026-01-01, max: 2026-01-01, description: the day after the last}
  # The lake knows no cost of the programme, and no margin: put yours here.
  fixed_cost:
    type: float64
    default: 2500
    min: 0
    description: what the programme costs a month, however many are in it
  cost_of_rewards:
    type: float64
    default: 4
    min: 0
    max: 100
    description: points and gifts, in percent of what members spend
  margin:
    type: float64
    default: 40
    min: 0
    max: 100
    description: what is left of the revenue, in percent
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: members_with_baseline <= members
  # Below zero the programme costs more than it earns: cut the rewards there, or end it.
  - {assert: roi IS NULL OR roi >= 0, severity: warn}
---*/
WITH periods AS (
    SELECT 'now' AS period, $from AS starts_on, $to AS ends_on
    UNION ALL
    SELECT 'previous' AS period, $from - ($to - $from) AS starts_on, $from AS ends_on
    UNION ALL
    SELECT
        'a year before' AS period,
        $from - INTERVAL '1 year' AS starts_on,
        $to - INTERVAL '1 year' AS ends_on
),

purchases AS (
    SELECT customer_id, CAST(ordered_at AS DATE) AS ordered_on, amount
    FROM orders
),

-- What a member spent a day before joining, in up to half a year. Who joined on the day of sign-up
-- has no such days: nobody knows what the programme changed there.
baselines AS (
    SELECT
        members.customer_id,
        joined_on,
        CAST(COALESCE(SUM(amount), 0) AS DOUBLE) / NULLIF(days_before, 0) AS spent_per_day
    FROM (
        SELECT
            customer_id,
            joined_on,
            LEAST(180, joined_on - GREATEST(signed_up_on, DATE '2024-01-01')) AS days_before
        FROM loyalty_members
        JOIN customers USING (customer_id)
    ) AS members
    LEFT JOIN purchases
        ON purchases.customer_id = members.customer_id
        AND ordered_on >= joined_on - days_before
        AND ordered_on < joined_on
    GROUP BY members.customer_id, joined_on, days_before
),

spent AS (
    SELECT
        period,
        baselines.customer_id,
        spent_per_day,
        ends_on - GREATEST(starts_on, joined_on) AS days,
        12 * (ends_on - starts_on) / 365.25 AS months,
        COALESCE(SUM(amount), 0) AS revenue
    FROM baselines
    JOIN periods
        ON joined_on < ends_on
    LEFT JOIN purchases
        ON purchases.customer_id = baselines.customer_id
        AND ordered_on >= GREATEST(starts_on, joined_on)
        AND ordered_on < ends_on
    GROUP BY period, baselines.customer_id, spent_per_day, starts_on, ends_on, joined_on
),

-- Each member carries the fixed cost by the days of membership.
calculated AS (
    SELECT
        period,
        customer_id,
        revenue,
        spent_per_day IS NOT NULL AS has_baseline,
        CAST(
            $margin / 100 * (CAST(revenue AS DOUBLE) - spent_per_day * days) AS DECIMAL(24, 12)
        ) AS gain,
        CAST(
            $fixed_cost * months * days / NULLIF(SUM(days) OVER (PARTITION BY period), 0)
            + $cost_of_rewards / 100 * CAST(revenue AS DOUBLE) AS DECIMAL(24, 12)
        ) AS cost,
        $margin / 100 * CAST(revenue AS DOUBLE) AS margin_of_all
    FROM spent
)

-- `roi` counts what members spend beyond what they spent before they joined, with whatever else has
-- changed since; `roi_of_all_sales` all that they spend, as if nothing would have come anyway. The
-- last row is about all together.
SELECT
    $by AS segment,
    GROUPING($by) = 1 AS all_together,
    roi(gain, cost) FILTER (WHERE period = 'now') AS roi,
    roi(margin_of_all, cost) FILTER (WHERE period = 'now') AS roi_of_all_sales,
    ROUND(SUM(gain) FILTER (WHERE period = 'now'), 2) AS gain,
    ROUND(SUM(cost) FILTER (WHERE period = 'now' AND has_baseline), 2) AS cost,
    COUNT(*) FILTER (WHERE period = 'now') AS members,
    COUNT(*) FILTER (WHERE period = 'now' AND has_baseline) AS members_with_baseline,
    SUM(revenue) FILTER (WHERE period = 'now') AS revenue,
    roi(gain, cost) FILTER (WHERE period = 'previous') AS roi_previous,
    COUNT(*) FILTER (WHERE period = 'previous') AS members_previous,
    roi(gain, cost) FILTER (WHERE period = 'a year before') AS roi_a_year_before,
    COUNT(*) FILTER (WHERE period = 'a year before') AS members_a_year_before
FROM calculated
JOIN customers USING (customer_id)
GROUP BY ROLLUP ($by)
ORDER BY all_together, segment
