/*---
title: Social engagement by network or campaign
description: On which network, or in which campaign, does the audience react most to a post?
params:
  from: {type: date, default: 2025-07-01, description: first day of a post}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [network, campaign, purpose]
    default: network
    description: what to compare; a campaign is empty for ordinary posts
grain: [segment]
checks:
  - assert: posts_with_audience <= posts
  # Sure to react less than a year before: post what was shared most instead of more.
  - assert: COALESCE(engagement_high >= engagement_a_year_before, TRUE)
    severity: warn
---*/
WITH posts AS (
    SELECT
        social_posts.*,
        likes + shares + comments AS interactions,
        -- The campaign of a year before has the same name but for the year.
        TRIM(regexp_replace(campaigns.name, ' [0-9]{4}-?[ ]?', ' ')) AS campaign,
        CASE WHEN campaign_id IS NULL THEN 'ordinary' ELSE 'campaign' END AS purpose,
        posted_at >= $from AND posted_at < $to AS in_period,
        posted_at >= $from - ($to - $from) AND posted_at < $from AS in_previous,
        posted_at >= $from - INTERVAL '1 year' AND posted_at < $to - INTERVAL '1 year'
            AS a_year_before
    FROM social_posts
    LEFT JOIN campaigns USING (campaign_id)
),

-- A post whose audience the network did not report counts neither above nor below the line.
summed AS (
    SELECT
        $by AS segment,
        COUNT(*) FILTER (WHERE in_period) AS posts,
        SUM(service_requests) FILTER (WHERE in_period) AS service_requests,
        COUNT(audience) FILTER (WHERE in_period) AS posts_with_audience,
        SUM(audience) FILTER (WHERE in_period) AS audience,
        ratio_ci(post_id, 100 * interactions, audience)
            FILTER (WHERE in_period AND audience IS NOT NULL) AS engagement,
        engagement_rate(likes, audience) FILTER (WHERE in_period) AS likes_rate,
        engagement_rate(shares, audience) FILTER (WHERE in_period) AS shares_rate,
        engagement_rate(comments, audience) FILTER (WHERE in_period) AS comments_rate,
        engagement_rate(interactions, audience) FILTER (WHERE in_previous)
            AS engagement_previous,
        COUNT(audience) FILTER (WHERE in_previous) AS posts_with_audience_previous,
        engagement_rate(interactions, audience) FILTER (WHERE a_year_before)
            AS engagement_a_year_before,
        COUNT(audience) FILTER (WHERE a_year_before) AS posts_with_audience_a_year_before,
        SUM(service_requests) FILTER (WHERE in_previous) AS service_requests_previous,
        SUM(service_requests) FILTER (WHERE a_year_before) AS service_requests_a_year_before
    FROM posts
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
)

SELECT
    segment,
    posts,
    posts_with_audience,
    audience,
    engagement['estimate'] AS engagement,
    engagement['low'] AS engagement_low,
    engagement['high'] AS engagement_high,
    likes_rate,
    shares_rate,
    comments_rate,
    engagement_previous,
    posts_with_audience_previous,
    engagement_a_year_before,
    posts_with_audience_a_year_before,
    service_requests,
    service_requests_previous,
    service_requests_a_year_before
FROM summed
ORDER BY segment
