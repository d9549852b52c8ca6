/*---
title: NPS by month
description: How does the Net Promoter Score of each segment move from one survey month to the next?
params:
  from: {type: date, default: 2025-01-01, description: first day on which a survey was sent}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - not_null: month
  - assert: answers <= sent
---*/
SELECT
    CAST(date_trunc('month', sent_at) AS DATE) AS month,
    $by AS segment,
    nps(score) AS nps,
    COUNT(score) AS answers,
    COUNT(*) AS sent
FROM survey_responses
JOIN customers USING (customer_id)
WHERE survey = 'nps' AND sent_at >= $from AND sent_at < $to
GROUP BY month, $by
ORDER BY month, segment
