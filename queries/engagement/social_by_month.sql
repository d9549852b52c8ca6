/*---
title: Engagement of social posts by month
description: Which share of our followers reacts to a post, month by month and network by network?
params:
  from: {type: date, default: 2025-01-01, description: first day of a post}
  to: {type: date, default: 2026-01-01, description: the day after the last}
checks:
  - not_null: month
---*/
SELECT
    CAST(date_trunc('month', posted_at) AS DATE) AS month,
    network,
    engagement_rate(likes, shares, comments, audience) AS engagement,
    COUNT(audience) AS posts,
    SUM(likes + shares + comments) FILTER (WHERE audience IS NOT NULL) AS interactions,
    SUM(audience) AS audience
FROM social_posts
WHERE posted_at >= $from AND posted_at < $to
GROUP BY month, network
ORDER BY month, network
