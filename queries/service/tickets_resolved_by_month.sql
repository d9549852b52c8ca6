/*---
title: Tickets resolved by month
description: How many tickets of a month were resolved, how soon, and how many are left open?
params:
  from: {type: date, default: 2025-01-01, description: first month in which tickets were opened}
  # Tickets of the last days of the lake have had less time to be resolved.
  to: {type: date, default: 2026-01-01, description: the month after the last}
  days: {type: int64, default: 3, min: 1, description: days within which to resolve}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: month
  - assert: resolved <= opened
  # Fewer than 95 in 100 are ever resolved, even at the upper end: tickets are being forgotten.
  - {assert: resolved_share IS NULL OR resolved_share_high >= 95, severity: warn}
---*/
WITH tickets AS (
    SELECT
        $by AS segment,
        CAST(date_trunc('month', opened_at) AS DATE) AS opened_in,
        CAST(date_trunc('month', resolved_at) AS DATE) AS resolved_in,
        date_part('epoch', resolved_at - opened_at) / 3600 AS hours
    FROM support_tickets
    JOIN customers USING (customer_id)
    WHERE opened_at < $to
),

of_the_month AS (
    SELECT
        opened_in AS month,
        segment,
        COUNT(*) AS opened,
        proportion_ci(resolved_in IS NOT NULL) AS resolved_share,
        proportion_ci(COALESCE(hours <= 24 * $days, FALSE)) AS in_time,
        MEDIAN(hours) AS median_hours
    FROM tickets
    GROUP BY opened_in, segment
),

-- A ticket adds itself where it was opened and takes itself off where it was resolved. Those that
-- nobody ever resolves stay open, also when their customer has long given up.
flow AS (
    SELECT opened_in AS month, segment, 1 AS change FROM tickets
    UNION ALL
    SELECT resolved_in, segment, -1 FROM tickets WHERE resolved_in IS NOT NULL
),

changes AS (
    SELECT
        month,
        segment,
        SUM(change) AS change,
        COUNT(*) FILTER (WHERE change < 0) AS resolved_in_month
    FROM flow
    GROUP BY month, segment
),

backlog AS (
    SELECT
        month,
        segment,
        resolved_in_month,
        SUM(change) OVER (PARTITION BY segment ORDER BY month) AS open_at_end
    FROM changes
),

compared AS (
    SELECT
        backlog.month,
        backlog.segment,
        COALESCE(opened, 0) AS opened,
        resolved_in_month,
        open_at_end,
        COALESCE(resolved_share['hits'], 0) AS resolved,
        resolved_share['estimate'] AS resolved_share,
        resolved_share['low'] AS resolved_share_low,
        resolved_share['high'] AS resolved_share_high,
        in_time['estimate'] AS in_time,
        in_time['low'] AS in_time_low,
        in_time['high'] AS in_time_high,
        median_hours,
        FIRST_VALUE(opened) OVER month_before AS opened_previous,
        FIRST_VALUE(in_time['estimate']) OVER month_before AS in_time_previous,
        FIRST_VALUE(median_hours) OVER month_before AS median_hours_previous,
        FIRST_VALUE(opened) OVER a_year_before AS opened_a_year_before,
        FIRST_VALUE(in_time['estimate']) OVER a_year_before AS in_time_a_year_before,
        FIRST_VALUE(median_hours) OVER a_year_before AS median_hours_a_year_before
    FROM backlog
    LEFT JOIN of_the_month
        ON of_the_month.month = backlog.month
        AND of_the_month.segment IS NOT DISTINCT FROM backlog.segment
    WINDOW month_before AS (
        PARTITION BY backlog.segment ORDER BY backlog.month
        RANGE BETWEEN INTERVAL '1 month' PRECEDING AND INTERVAL '1 month' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY backlog.segment ORDER BY backlog.month
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT *
FROM compared
WHERE month >= $from AND month < $to
ORDER BY month, segment
