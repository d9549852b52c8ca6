/*---
title: NPS with its parts
description: Who are the promoters and detractors of each segment, and has the score really changed?
params:
  from: {type: date, default: 2025-04-01, description: first day on which a survey was sent}
  to: {type: date, default: 2025-07-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: promoters + passives + detractors = answers
  - assert: answers = 0 OR abs(promoter_share - detractor_share - nps) < 1e-9
  # A fall that chance alone would show in one of a hundred quarters: find out what changed.
  - {assert: p_value IS NULL OR p_value >= 0.01 OR change > 0, severity: warn}
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
        customer_id,
        score,
        sent_at >= $from AND sent_at < $to AS in_period,
        sent_at >= starts AND sent_at < $from AS in_previous,
        sent_at >= $from - INTERVAL '1 year' AND sent_at < $to - INTERVAL '1 year' AS a_year_before
    FROM survey_responses
    CROSS JOIN previous
    WHERE survey = 'nps'
),

scored AS (
    SELECT
        $by AS segment,
        nps_ci(score) FILTER (WHERE in_period) AS with_interval,
        nps_parts(score) FILTER (WHERE in_period) AS parts,
        compare_nps(score, in_period) FILTER (WHERE in_period OR in_previous) AS before_and_after,
        nps_parts(score) FILTER (WHERE a_year_before) AS parts_a_year_before
    FROM surveys
    JOIN customers USING (customer_id)
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
)

SELECT
    segment,
    parts['estimate'] AS nps,
    with_interval['low'] AS nps_low,
    with_interval['high'] AS nps_high,
    COALESCE(parts['promoters'], 0) AS promoters,
    COALESCE(parts['passives'], 0) AS passives,
    COALESCE(parts['detractors'], 0) AS detractors,
    parts['promoter_share'] AS promoter_share,
    parts['passive_share'] AS passive_share,
    parts['detractor_share'] AS detractor_share,
    COALESCE(parts['n'], 0) AS answers,
    before_and_after['control'] AS nps_previous,
    before_and_after['n_control'] AS answers_previous,
    before_and_after['difference'] AS change,
    before_and_after['low'] AS change_low,
    before_and_after['high'] AS change_high,
    before_and_after['p_value'] AS p_value,
    parts_a_year_before['estimate'] AS nps_a_year_before,
    parts_a_year_before['n'] AS answers_a_year_before
FROM scored
ORDER BY segment
