/*---
title: Performance of campaigns
description: Which campaign is clicked, converts and pays back, beside the same one a year before?
params:
  from: {type: date, default: 2025-01-01, description: first day on which a campaign starts}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  # Of the revenue, what is left after goods and delivery; 100 holds revenue against cost.
  margin:
    type: float64
    default: 100
    min: 0
    max: 100
    description: what counts of the revenue, in percent
checks:
  - not_null: name
  - assert: clicks <= impressions AND conversions <= clicks
  # It does not bring back what it cost: end it, or say what else it is for. One whose invoice has
  # not come in has no return yet.
  - {assert: roi IS NULL OR roi >= 0, severity: warn}
---*/
WITH sales AS (
    SELECT campaign_id, SUM(amount) AS revenue,     FROM orders
    WHERE campaign_id IS NOT NULL
    GROUP BY campaign_id
),

measured AS (
    SELECT
        channel,
        campaign_id,
        name,
        starts_on,
        click_through_rate_ci(clicks, impressions) AS clicked,
        conversion_rate_ci(conversions, clicks) AS converted,
        SUM(cost) AS cost,
        COALESCE(SUM(revenue), 0) AS revenue,
        roi($margin / 100 * CAST(COALESCE(revenue, 0) AS DOUBLE), cost) AS roi
    FROM campaigns
    LEFT JOIN sales USING (campaign_id)
    GROUP BY channel, campaign_id, name, starts_on
),

-- The same campaign a year before has the same name, but for the year; the one before is that of
-- its channel.
named AS (
    SELECT
        *,
        replace(
            name,
            CAST(date_part('year', starts_on) AS VARCHAR),
            CAST(date_part('year', starts_on) - 1 AS VARCHAR)
        ) AS name_a_year_before,
        LAG(clicked['estimate']) OVER of_channel AS click_through_rate_previous,
        LAG(clicked['n']) OVER of_channel AS impressions_previous,
        LAG(roi) OVER of_channel AS roi_previous
    FROM measured
    WINDOW of_channel AS (PARTITION BY channel ORDER BY starts_on, campaign_id)
)

SELECT
    now.channel,
    now.starts_on,
    now.campaign_id,
    now.name,
    now.clicked['estimate'] AS click_through_rate,
    now.clicked['low'] AS click_through_rate_low,
    now.clicked['high'] AS click_through_rate_high,
    now.converted['estimate'] AS conversion_rate,
    now.converted['low'] AS conversion_rate_low,
    now.converted['high'] AS conversion_rate_high,
    now.clicked['n'] AS impressions,
    now.clicked['hits'] AS clicks,
    now.converted['hits'] AS conversions,
    now.cost,
    CAST(now.cost AS DOUBLE) / NULLIF(now.clicked['hits'], 0) AS cost_per_click,
    CAST(now.cost AS DOUBLE) / NULLIF(now.converted['hits'], 0) AS cost_per_conversion,
    now.revenue,
    now.roi,
    now.click_through_rate_previous,
    now.impressions_previous,
    now.roi_previous,
    a_year_before.clicked['estimate'] AS click_through_rate_a_year_before,
    a_year_before.converted['estimate'] AS conversion_rate_a_year_before,
    a_year_before.clicked['n'] AS impressions_a_year_before,
    a_year_before.roi AS roi_a_year_before
FROM named AS now
LEFT JOIN named AS a_year_before
    ON a_year_before.name = now.name_a_year_before
    AND a_year_before.campaign_id <> now.campaign_id
WHERE now.starts_on >= $from AND now.starts_on < $to
ORDER BY channel, starts_on, campaign_id
