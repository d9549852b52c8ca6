/*---
title: NPS of the last three months
description: What is the NPS of the last three months, in which every subscriber was asked?
params:
  from: {type: date, default: 2025-01-01, description: first month in which surveys were sent}
  to: {type: date, default: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: answers = 0 OR nps BETWEEN -100 AND 100
  # The three months lie wholly below the three before them: something has happened in between.
  - {assert: nps_previous IS NULL OR nps_high >= nps_previous, severity: warn}
---*/
WITH monthly AS (
    SELECT
        CAST(date_trunc('month', sent_at) AS DATE) AS month,
        $by AS segment,
        -- A state, not a score: states merge exactly, whereas an average of scores would weigh a
        -- month of few answers like one of many.
        nps_ci_state(score) AS state,
        COUNT(score) AS answers
    FROM survey_responses
    JOIN customers USING (customer_id)
    WHERE survey = 'nps'
    GROUP BY month, $by
),

rolling AS (
    SELECT
        month,
        segment,
        nps_ci_merge(state) OVER last_three_months AS nps,
        SUM(answers) OVER last_three_months AS answers
    FROM monthly
    WINDOW last_three_months AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '2 months' PRECEDING AND CURRENT ROW
    )
),

compared AS (
    SELECT
        month,
        segment,
        nps['estimate'] AS nps,
        nps['low'] AS nps_low,
        nps['high'] AS nps_high,
        answers,
        FIRST_VALUE(nps['estimate']) OVER quarter_before AS nps_previous,
        FIRST_VALUE(answers) OVER quarter_before AS answers_previous,
        FIRST_VALUE(nps['estimate']) OVER a_year_before AS nps_a_year_before,
        FIRST_VALUE(answers) OVER a_year_before AS answers_a_year_before
    FROM rolling
    WINDOW quarter_before AS (
        PARTITION BY segment ORDER BY month
        RANGE BETWEEN INTERVAL '3 months' PRECEDING AND INTERVAL '3 months' PRECEDING
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
