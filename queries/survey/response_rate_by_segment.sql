/*---
title: Response rate by segment
description: Which share of the surveys sent to each segment was answered, and how soon?
params:
  from: {type: date, default: 2025-07-01, description: first day on which a survey was sent}
  # Surveys of the last days of the lake have had less time for an answer.
  to: {type: date, default: 2025-12-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: answered <= sent
  # Too few answer for the rest to be guessed from them: send fewer surveys, or shorter ones.
  - {assert: sent < 30 OR response_rate_high >= 25, severity: warn}
---*/
WITH previous AS (
    SELECT CASE
        -- Whole months go back by as many months, any other period by as many days.
        WHEN date_part('day', $from) = 1 AND date_part('day', $to) = 1
            THEN date_trunc('month', $from - ($to - $from) + INTERVAL '15 days')
        ELSE $from - ($to - $from)
    END AS starts
),

surveys AS (
    SELECT
        survey,
        customer_id,
        score IS NOT NULL AS answered,
        date_part('epoch', responded_at - sent_at) / 3600 AS hours,
        sent_at >= $from AND sent_at < $to AS in_period,
        sent_at >= starts AND sent_at < $from AS in_previous,
        sent_at >= $from - INTERVAL '1 year' AND sent_at < $to - INTERVAL '1 year' AS a_year_before
    FROM survey_responses
    CROSS JOIN previous
),

counted AS (
    SELECT
        survey,
        $by AS segment,
        response_rate_ci(answered) FILTER (WHERE in_period) AS response_rate,
        COUNT(*) FILTER (WHERE in_period) AS sent,
        MEDIAN(hours) FILTER (WHERE in_period) AS median_hours,
        response_rate_ci(answered) FILTER (WHERE in_previous) AS before,
        COUNT(*) FILTER (WHERE in_previous) AS sent_previous,
        response_rate_ci(answered) FILTER (WHERE a_year_before) AS a_year_before,
        COUNT(*) FILTER (WHERE a_year_before) AS sent_a_year_before
    FROM surveys
    JOIN customers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY survey, $by
)

SELECT
    survey,
    segment,
    response_rate['estimate'] AS response_rate,
    response_rate['low'] AS response_rate_low,
    response_rate['high'] AS response_rate_high,
    COALESCE(response_rate['hits'], 0) AS answered,
    sent,
    median_hours,
    before['estimate'] AS response_rate_previous,
    sent_previous,
    a_year_before['estimate'] AS response_rate_a_year_before,
    sent_a_year_before
FROM counted
ORDER BY survey, segment
