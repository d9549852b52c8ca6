/*---
title: Clicks of campaigns by channel
description: In which channel are our campaigns clicked most often per impression?
params:
  from: {type: date, default: 2024-01-01, description: first day on which a campaign started}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [channel, name]
    default: channel
    description: what to compare
checks:
  - assert: clicks <= impressions
---*/
SELECT
    $by AS segment,
    engagement_rate(clicks, impressions) AS click_rate,
    COUNT(*) AS campaigns,
    SUM(clicks) AS clicks,
    SUM(impressions) AS impressions
FROM campaigns
WHERE starts_on >= $from AND starts_on < $to
GROUP BY $by
ORDER BY segment
