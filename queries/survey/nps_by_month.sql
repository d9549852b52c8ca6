/*---
title: NPS by month
description: How does the Net Promoter Score of each segment move from one survey month to the next?
params:
  from: {type: date, default: 2025-01-01, description: first month in which surveys were sent}
  to: {type: date, default: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: month
  - assert: answers <= sent
  # Even the upper end is below zero, so detractors outnumber promoters and it is no accident:
  # ask them why.
  - {assert: nps IS NULL OR nps_high >= 0, severity: warn}
---*/
WITH monthly AS (
    SELECT
        CAST(date_trunc('month', sent_at) AS DATE) AS month,
        $by AS segment,
        nps_ci(score) AS nps,
        COUNT(score) AS answers,
        COUNT(*) AS sent
    FROM survey_responses
    JOIN customers USING (customer_id)
    WHERE survey = 'nps' AND sent_at >= $from - INTERVAL '1 year' AND sent_at < $to
    GROUP BY month, $by
),

compared AS (
    SELECT
        month,
        segment,
        nps['estimate'] AS nps,
        nps['low'] AS nps_low,
        nps['high'] AS nps_high,
        answers,
        sent,
        FIRST_VALUE(nps['estimate']) OVER month_before AS nps_previous,
        FIRST_VALUE(answers) OVER month_before AS answers_previous,
        FIRST_VALUE(nps['estimate']) OVER a_year_before AS nps_a_year_before,
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

-- Each subscriber is asked once a quarter, so neighbouring months ask different people.
SELECT *
FROM compared
WHERE month >= $from
ORDER BY month, segment
