/*---
title: NPS by segment
description: Which segments would recommend us, and how sure is that?
params:
  from: {type: date, default: 2025-04-01, description: first day on which a survey was sent}
  to: {type: date, default: 2025-07-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: answers <= sent
  # Worse than a year before, and more so than chance explains: ask those who left why.
  - assert: nps_high >= nps_a_year_before
    severity: warn
---*/
WITH surveys AS (
    SELECT
        $by AS segment,
        nps_ci(score) FILTER (WHERE sent_at >= $from AND sent_at < $to) AS nps,
        COUNT(*) FILTER (WHERE sent_at >= $from AND sent_at < $to) AS sent,
        nps(score) FILTER (
            WHERE sent_at >= $from - INTERVAL '1 year' AND sent_at < $to - INTERVAL '1 year'
        ) AS nps_a_year_before
    FROM survey_responses
    JOIN customers USING (customer_id)
    WHERE survey = 'nps' AND sent_at < $to
    GROUP BY $by
)

SELECT
    segment,
    nps['estimate'] AS nps,
    nps['low'] AS nps_low,
    nps['high'] AS nps_high,
    nps['n'] AS answers,
    sent,
    nps_a_year_before
FROM surveys
ORDER BY segment
