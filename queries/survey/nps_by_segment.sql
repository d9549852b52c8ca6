/*---
title: NPS by segment
description: Which segments would recommend us, and how many answers stand behind that?
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
  - assert: answers <= sent
---*/
SELECT
    $by AS segment,
    nps(score) AS nps,
    COUNT(*) FILTER (WHERE score >= 9) AS promoters,
    COUNT(*) FILTER (WHERE score BETWEEN 7 AND 8) AS passives,
    COUNT(*) FILTER (WHERE score <= 6) AS detractors,
    COUNT(score) AS answers,
    COUNT(*) AS sent
FROM survey_responses
JOIN customers USING (customer_id)
WHERE survey = 'nps' AND sent_at >= $from AND sent_at < $to
GROUP BY $by
ORDER BY segment
