/*---
title: Engagement of mails by month
description: How many of the mails sent in a month were opened and clicked?
params:
  from: {type: date, default: 2025-01-01, description: first day of sending}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
checks:
  - assert: opened <= sent
---*/
SELECT
    CAST(date_trunc('month', sent_at) AS DATE) AS month,
    $by AS segment,
    engagement_rate(opened_at IS NOT NULL) AS open_rate,
    engagement_rate(clicked_at IS NOT NULL) AS click_rate,
    COUNT(*) AS sent,
    COUNT(opened_at) AS opened,
    COUNT(clicked_at) AS clicked
FROM email_sends
JOIN customers USING (customer_id)
WHERE sent_at >= $from AND sent_at < $to
GROUP BY month, $by
ORDER BY month, segment
