/*---
title: Effort by quarter
description: How easy is it to get help from us, quarter by quarter?
params:
  from: {type: date, default: 2025-01-01, description: first quarter in which surveys were sent}
  to: {type: date, default: 2026-01-01, description: the quarter after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: quarter
  - assert: agreed <= answers AND answers <= sent
  # Even the upper end is below 60%: help has become hard to get, read the tickets.
  - {assert: agreement IS NULL OR agreement_high >= 60, severity: warn}
---*/
WITH quarterly AS (
    SELECT
        CAST(date_trunc('quarter', sent_at) AS DATE) AS quarter,
        $by AS segment,
        ces(score) AS ces,
        -- It is a mean, so its interval is that of a mean.
        mean_ci(score) AS effort,
        ces_agreement_rate_ci(score) AS agreement,
        COUNT(score) AS answers,
        COUNT(*) AS sent
    FROM survey_responses
    JOIN customers USING (customer_id)
    WHERE survey = 'ces' AND sent_at >= $from - INTERVAL '1 year' AND sent_at < $to
    GROUP BY quarter, $by
),

compared AS (
    SELECT
        quarter,
        segment,
        ces,
        effort['low'] AS ces_low,
        effort['high'] AS ces_high,
        agreement['estimate'] AS agreement,
        agreement['low'] AS agreement_low,
        agreement['high'] AS agreement_high,
        COALESCE(agreement['hits'], 0) AS agreed,
        answers,
        sent,
        FIRST_VALUE(ces) OVER quarter_before AS ces_previous,
        FIRST_VALUE(agreement['estimate']) OVER quarter_before AS agreement_previous,
        FIRST_VALUE(answers) OVER quarter_before AS answers_previous,
        FIRST_VALUE(ces) OVER a_year_before AS ces_a_year_before,
        FIRST_VALUE(agreement['estimate']) OVER a_year_before AS agreement_a_year_before,
        FIRST_VALUE(answers) OVER a_year_before AS answers_a_year_before
    FROM quarterly
    WINDOW quarter_before AS (
        PARTITION BY segment ORDER BY quarter
        RANGE BETWEEN INTERVAL '3 months' PRECEDING AND INTERVAL '3 months' PRECEDING
    ),
    a_year_before AS (
        PARTITION BY segment ORDER BY quarter
        RANGE BETWEEN INTERVAL '1 year' PRECEDING AND INTERVAL '1 year' PRECEDING
    )
)

SELECT *
FROM compared
WHERE quarter >= $from
ORDER BY quarter, segment
