/*---
title: Social engagement by month
description: How large is our audience in each network, how much do we post, and who reacts?
params:
  from: {type: date, default: 2025-01-01, description: first month}
  to: {type: date, default: 2026-01-01, description: the month after the last}
grain: [month, network]
checks:
  - assert: posts_with_audience <= posts
  # A network without a post for a month is forgotten: one row each.
  - {assert: posts >= 2, severity: warn}
---*/
WITH posts AS (
    SELECT
        *,
        CAST(date_trunc('month', posted_at) AS DATE) AS month,
        likes + shares + comments AS interactions
    FROM social_posts
    WHERE posted_at >= $from - INTERVAL '1 year' AND posted_at < $to
),

-- People are not known here, and one can like, share and comment: a ratio by post, in percent. A
-- post whose audience the network did not report counts neither above nor below the line.
by_month AS (
    SELECT
        month,
        network,
        COUNT(*) AS posts,
        LAST_VALUE(audience ORDER BY posted_at, post_id) FILTER (WHERE audience IS NOT NULL)
            AS followers,
        ratio_ci(post_id, 100 * interactions, audience) FILTER (WHERE audience IS NOT NULL)
            AS engagement,
        SUM(interactions) FILTER (WHERE audience IS NOT NULL) AS interactions,
        SUM(audience) AS audience,
        COUNT(audience) AS posts_with_audience,
        SUM(service_requests) AS service_requests
    FROM posts
    GROUP BY month, network
)

SELECT
    this.month,
    this.network,
    this.posts,
    previous.posts AS posts_previous,
    a_year_before.posts AS posts_a_year_before,
    this.followers,
    previous.followers AS followers_previous,
    a_year_before.followers AS followers_a_year_before,
    this.engagement['estimate'] AS engagement,
    this.engagement['low'] AS engagement_low,
    this.engagement['high'] AS engagement_high,
    this.interactions,
    this.audience,
    this.posts_with_audience,
    previous.engagement['estimate'] AS engagement_previous,
    previous.posts_with_audience AS posts_with_audience_previous,
    a_year_before.engagement['estimate'] AS engagement_a_year_before,
    a_year_before.posts_with_audience AS posts_with_audience_a_year_before,
    this.service_requests,
    previous.service_requests AS service_requests_previous,
    a_year_before.service_requests AS service_requests_a_year_before
FROM by_month AS this
LEFT JOIN by_month AS previous
    ON previous.month = this.month - INTERVAL '1 month'
    AND previous.network = this.network
LEFT JOIN by_month AS a_year_before
    ON a_year_before.month = this.month - INTERVAL '1 year'
    AND a_year_before.network = this.network
WHERE this.month >= $from AND this.month < $to
ORDER BY month, network
