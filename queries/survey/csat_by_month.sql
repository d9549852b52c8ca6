/*---
title: Satisfaction by month
description: Which share of each segment was satisfied with its orders, month by month?
params:
  from: {type: date, default: 2025-07-01, description: first month in which surveys were sent}
  to: {type: date, default: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: month
  - assert: satisfied <= answers AND answers <= sent
  # Even the upper end is below 70%: deliveries of that month went wrong, look into them.
  - {assert: csat IS NULL OR csat_high >= 70, severity: warn}
---*/
WITH monthly AS (
    SELECT
        CAST(date_trunc('month', sent_at) AS DATE) AS month,
        $by AS segment,
        csat_ci(score) AS csat,
        COUNT(score) AS answers,
        COUNT(*) AS sent
    FROM survey_responses
    JOIN customers USING (customer_id)
    WHERE survey = 'csat' AND sent_at >= $from - INTERVAL '1 year' AND sent_at < $to
    GROUP BY month, $by
),

compared AS (
    SELECT
        month,
        segment,
        csat['estimate'] AS csat,
        csat['low'] AS csat_low,
        csat['high'] AS csat_high,
        COALESCE(csat['hits'], 0) AS satisfied,
        answers,
        sent,
        FIRST_VALUE(csat['estimate']) OVER month_before AS csat_previous,
        FIRST_VALUE(answers) OVER month_before AS answers_previous,
        FIRST_VALUE(csat['estimate']) OVER a_year_before AS csat_a_year_before,
        FIRST_VALUE(answers) OVER a_year_before AS answers_a_year_before
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
