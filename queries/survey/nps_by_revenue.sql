/*---
title: NPS by revenue
description: Do those who pay the most recommend us as much as the others do?
params:
  from: {type: date, default: 2025-07-01, description: first day on which a survey was sent}
  to: {type: date, default: 2025-10-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: answers >= 0
  # Below it, ask the largest customers what is wrong before they go.
  - assert: weighted_nps > nps - 10
    severity: warn
---*/
WITH answers AS (
    SELECT
        customer_id,
        score,
        CAST(date_trunc('month', sent_at) AS DATE) AS month,
        sent_at >= $from AS in_period
    FROM survey_responses
    WHERE survey = 'nps'
        AND score IS NOT NULL
        AND (
            sent_at >= $from AND sent_at < $to
            OR sent_at >= $from - INTERVAL '1 year' AND sent_at < $to - INTERVAL '1 year'
        )
),

paid AS (
    SELECT customer_id, CAST(month || '-01' AS DATE) AS month, mrr
    FROM subscriptions
),

-- An answer weighs what its customer pays in the month of the survey.
weighed AS (
    SELECT answers.customer_id, score, in_period, mrr
    FROM answers
    JOIN paid ON paid.customer_id = answers.customer_id AND paid.month = answers.month
),

compared AS (
    SELECT
        $by AS segment,
        nps_ci(score) FILTER (WHERE in_period) AS nps,
        weighted_nps(score, mrr) FILTER (WHERE in_period) AS weighted_nps,
        SUM(mrr) FILTER (WHERE in_period) AS mrr,
        weighted_nps(score, mrr) FILTER (WHERE NOT in_period) AS a_year_before,
        COUNT(*) FILTER (WHERE NOT in_period) AS answers_a_year_before
    FROM weighed
    JOIN customers USING (customer_id)
    GROUP BY $by
)

SELECT
    segment,
    weighted_nps,
    mrr,
    nps['estimate'] AS nps,
    nps['low'] AS nps_low,
    nps['high'] AS nps_high,
    COALESCE(nps['n'], 0) AS answers,
    a_year_before AS weighted_nps_a_year_before,
    answers_a_year_before
FROM compared
ORDER BY segment
