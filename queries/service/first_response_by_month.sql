/*---
title: First response by month
description: How long does a ticket wait for its first answer, and how many wait too long?
params:
  from: {type: date, default: 2025-01-01, description: first month in which tickets were opened}
  # Tickets of the last days of the lake have had less time for an answer.
  to: {type: date, default: 2026-01-01, description: the month after the last}
  hours: {type: int64, default: 8, min: 1, description: hours within which to answer}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: month
  - assert: answered <= tickets
  # Fewer than six in ten are answered in time, even at the upper end: more hands are needed.
  - {assert: in_time_high >= 60, severity: warn}
---*/
WITH responses AS (
    SELECT
        CAST(date_trunc('month', opened_at) AS DATE) AS month,
        $by AS segment,
        date_part('epoch', first_response_at - opened_at) / 3600 AS hours
    FROM support_tickets
    JOIN customers USING (customer_id)
    WHERE opened_at >= $from - INTERVAL '1 year' AND opened_at < $to
),

-- A ticket without any answer was not answered in time either.
monthly AS (
    SELECT
        month,
        segment,
        MEDIAN(hours) AS median_hours,
        PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY hours) AS p90_hours,
        proportion_ci(COALESCE(hours <= $hours, FALSE)) AS in_time,
        COUNT(hours) AS answered,
        COUNT(*) AS tickets
    FROM responses
    GROUP BY month, segment
),

compared AS (
    SELECT
        month,
        segment,
        median_hours,
        p90_hours,
        in_time['estimate'] AS in_time,
        in_time['low'] AS in_time_low,
        in_time['high'] AS in_time_high,
        answered,
        tickets,
        FIRST_VALUE(median_hours) OVER month_before AS median_hours_previous,
        FIRST_VALUE(in_time['estimate']) OVER month_before AS in_time_previous,
        FIRST_VALUE(tickets) OVER month_before AS tickets_previous,
        FIRST_VALUE(median_hours) OVER a_year_before AS median_hours_a_year_before,
        FIRST_VALUE(in_time['estimate']) OVER a_year_before AS in_time_a_year_before,
        FIRST_VALUE(tickets) OVER a_year_before AS tickets_a_year_before
    FROM monthly
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
WHERE month >= $from
ORDER BY month, segment
