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
---*/
WITH monthly AS (
    SELECT
        CAST(date_trunc('month', sent_at) AS DATE) AS month,
        $by AS segment,
        -- A state, not a score: states merge exactly, whereas an average of scores would weigh a
        -- month of few answers like one of many.
        nps_state(score) AS state,
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
        nps_merge(state) OVER last_three_months AS nps,
        SUM(answers) OVER last_three_months AS answers
    FROM monthly
    WINDOW last_three_months AS (
        PARTITION BY segment ORDER BY month ROWS BETWEEN 2 PRECEDING AND CURRENT ROW
    )
)

SELECT month, segment, nps, answers
FROM rolling
WHERE month >= $from AND month < $to
ORDER BY month, segment
