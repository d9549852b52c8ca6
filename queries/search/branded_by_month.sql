/*---
title: Branded and other searches by month
description: How often are we found and clicked by those who know our name, and by those who do not?
params:
  from: {type: date, default: 2025-01-01, description: first month}
  to: {type: date, default: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [searched, landing_page, keyword]
    default: searched
    description: what to compare
grain: [month, segment]
checks:
  - assert: clicks <= impressions
  # Of every hundred who search for our name, fewer than ten click: somebody else stands there.
  - {assert: segment <> 'branded' OR click_through_rate_high >= 10, severity: warn}
---*/
WITH searches AS (
    SELECT
        *,
        CASE WHEN branded THEN 'branded' ELSE 'not branded' END AS searched
    FROM search_positions
    WHERE month >= $from - INTERVAL '1 year' AND month < $to
),

counted AS (
    SELECT
        month,
        $by AS segment,
        SUM(clicks) AS clicks,
        SUM(impressions) AS impressions,
        COUNT(position) AS keywords,
        click_through_rate_ci(clicks, impressions) AS rate
    FROM searches
    GROUP BY month, $by
),

totals AS (
    SELECT *, SUM(clicks) OVER (PARTITION BY month) AS all_clicks
    FROM counted
),

by_month AS (
    SELECT
        month,
        segment,
        MAX(clicks) AS clicks,
        MAX(impressions) AS impressions,
        MAX(keywords) AS keywords,
        FIRST_VALUE(rate) AS rate,
        proportion_ci(clicks, all_clicks) AS share
    FROM totals
    GROUP BY month, segment
)

SELECT
    this.month,
    this.segment,
    this.keywords,
    this.impressions,
    this.clicks,
    this.rate['estimate'] AS click_through_rate,
    this.rate['low'] AS click_through_rate_low,
    this.rate['high'] AS click_through_rate_high,
    this.share['estimate'] AS share_of_clicks,
    this.share['low'] AS share_of_clicks_low,
    this.share['high'] AS share_of_clicks_high,
    previous.impressions AS impressions_previous,
    previous.clicks AS clicks_previous,
    previous.rate['estimate'] AS click_through_rate_previous,
    a_year_before.impressions AS impressions_a_year_before,
    a_year_before.clicks AS clicks_a_year_before,
    a_year_before.rate['estimate'] AS click_through_rate_a_year_before,
    a_year_before.share['estimate'] AS share_of_clicks_a_year_before
FROM by_month AS this
LEFT JOIN by_month AS previous
    ON previous.month = this.month - INTERVAL '1 month'
    AND previous.segment = this.segment
LEFT JOIN by_month AS a_year_before
    ON a_year_before.month = this.month - INTERVAL '1 year'
    AND a_year_before.segment = this.segment
WHERE this.month >= $from AND this.month < $to
ORDER BY month, segment
