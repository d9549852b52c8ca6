/*---
title: Awareness by month
description: How many people did we reach in each month, and how many of them reacted?
params:
  from: {type: date, default: 2025-01-01, description: first month}
  to: {type: date, default: 2026-01-01, description: the month after the last}
grain: [month]
checks:
  - not_null: unique_visitors
  - assert: unique_visitors <= page_views
  # Fewer visitors than in the same month a year before: no season explains that. Look at the
  # sources in journey/sessions_by_segment.
  - assert: COALESCE(unique_visitors >= unique_visitors_a_year_before, TRUE)
    severity: warn
---*/
WITH views AS (
    -- By the time of the event: late ones stand in the partition of the next month.
    SELECT CAST(date_trunc('month', occurred_at) AS DATE) AS seen_in, visitor_id
    FROM web_events
    WHERE event_type = 'view' AND occurred_at >= $from - INTERVAL '1 year' AND occurred_at < $to
),

visits AS (
    SELECT
        seen_in AS month,
        COUNT(*) AS page_views,
        COUNT(DISTINCT visitor_id) AS unique_visitors
    FROM views
    GROUP BY seen_in
),

-- A campaign is known as a whole: its impressions are spread evenly over its days.
campaign_reach AS (
    SELECT
        month,
        SUM(
            CAST(impressions AS DOUBLE)
            * (LEAST(ends_on + 1, CAST(month + INTERVAL '1 month' AS DATE))
                - GREATEST(starts_on, month))
            / (ends_on + 1 - starts_on)
        ) AS impressions
    FROM visits
    JOIN campaigns
        ON starts_on < month + INTERVAL '1 month'
        AND ends_on >= month
    GROUP BY month
),

search_reach AS (
    SELECT month, SUM(impressions) AS impressions
    FROM search_positions
    GROUP BY month
),

plays AS (
    SELECT CAST(date_trunc('month', started_at) AS DATE) AS month, COUNT(*) AS video_plays
    FROM video_plays
    GROUP BY month
),

-- One follower can like, share and comment, so this is a ratio by post, not a share of people.
reactions AS (
    SELECT
        CAST(date_trunc('month', posted_at) AS DATE) AS month,
        SUM(likes + shares + comments) FILTER (WHERE audience IS NOT NULL) AS interactions,
        COUNT(audience) AS posts,
        ratio_ci(post_id, 100 * (likes + shares + comments), audience)
            FILTER (WHERE audience IS NOT NULL) AS engagement
    FROM social_posts
    GROUP BY month
),

by_month AS (
    SELECT
        visits.month,
        CAST(ROUND(campaign_reach.impressions) AS BIGINT) AS campaign_impressions,
        search_reach.impressions AS search_impressions,
        page_views,
        unique_visitors,
        video_plays,
        interactions,
        engagement['estimate'] AS engagement,
        engagement['low'] AS engagement_low,
        engagement['high'] AS engagement_high,
        posts
    FROM visits
    LEFT JOIN campaign_reach ON campaign_reach.month = visits.month
    LEFT JOIN search_reach ON search_reach.month = visits.month
    LEFT JOIN plays ON plays.month = visits.month
    LEFT JOIN reactions ON reactions.month = visits.month
)

SELECT
    this.month,
    this.campaign_impressions,
    a_year_before.campaign_impressions AS campaign_impressions_a_year_before,
    this.search_impressions,
    a_year_before.search_impressions AS search_impressions_a_year_before,
    this.page_views,
    previous.page_views AS page_views_previous,
    a_year_before.page_views AS page_views_a_year_before,
    this.unique_visitors,
    previous.unique_visitors AS unique_visitors_previous,
    a_year_before.unique_visitors AS unique_visitors_a_year_before,
    this.video_plays,
    a_year_before.video_plays AS video_plays_a_year_before,
    this.interactions,
    this.engagement,
    this.engagement_low,
    this.engagement_high,
    this.posts,
    previous.engagement AS engagement_previous,
    a_year_before.engagement AS engagement_a_year_before,
    a_year_before.posts AS posts_a_year_before
FROM by_month AS this
LEFT JOIN by_month AS previous ON previous.month = this.month - INTERVAL '1 month'
LEFT JOIN by_month AS a_year_before ON a_year_before.month = this.month - INTERVAL '1 year'
WHERE this.month >= $from AND this.month < $to
ORDER BY month
