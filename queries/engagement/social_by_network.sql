/*---
title: Engagement of social posts by network
description: On which network, or in which campaign, does the audience react most to a post?
params:
  from: {type: date, default: 2024-01-01, description: first day of a post}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [network, campaign]
    default: network
    description: what to compare
checks:
  - assert: posts_with_audience <= posts
---*/
WITH posts AS (
    SELECT social_posts.*, campaigns.name AS campaign
    FROM social_posts
    LEFT JOIN campaigns USING (campaign_id)
    WHERE posted_at >= $from AND posted_at < $to
)

-- A post whose audience the network did not report counts neither above nor below the line.
SELECT
    $by AS segment,
    engagement_rate(likes, shares, comments, audience) AS engagement,
    engagement_rate(likes, audience) AS likes_rate,
    engagement_rate(shares, audience) AS shares_rate,
    engagement_rate(comments, audience) AS comments_rate,
    COUNT(*) AS posts,
    COUNT(audience) AS posts_with_audience,
    SUM(audience) AS audience
FROM posts
GROUP BY $by
ORDER BY segment
