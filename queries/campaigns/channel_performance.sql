/*---
title: Performance of campaigns by channel
description: In which channel do the campaigns of a period bring clicks, orders and a return?
params:
  from: {type: date, default: 2025-07-01, description: first day on which a campaign starts}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  # Of the revenue, what is left after goods and delivery; 100 holds revenue against cost.
  margin:
    type: float64
    default: 100
    min: 0
    max: 100
    description: what counts of the revenue, in percent
checks:
  - assert: clicks <= impressions AND conversions <= clicks
  - assert: campaigns_without_cost <= campaigns
  # Half of the return of a year before: see which campaign it is, `campaigns/campaign_performance`.
  - assert: >-
      roi IS NULL OR roi_a_year_before IS NULL
      OR 100 + roi >= 0.5 * (100 + roi_a_year_before)
    severity: warn
---*/
WITH sales AS (
    SELECT campaign_id, SUM(amount) AS revenue
    FROM orders
    WHERE campaign_id IS NOT NULL
    GROUP BY campaign_id
),

marked AS (
    SELECT
        channel,
        impressions,
        clicks,
        conversions,
        cost,
        COALESCE(revenue, 0) AS revenue,
        starts_on >= $from AND starts_on < $to AS in_period,
        starts_on >= $from - ($to - $from) AND starts_on < $from AS in_previous,
        starts_on >= $from - INTERVAL '1 year'
            AND starts_on < $to - INTERVAL '1 year' AS a_year_before
    FROM campaigns
    LEFT JOIN sales USING (campaign_id)
),

gains AS (
    SELECT *, $margin / 100 * CAST(revenue AS DOUBLE) AS gain
    FROM marked
    WHERE in_period OR in_previous OR a_year_before
),

compared AS (
    SELECT
        channel,
        COUNT(*) FILTER (WHERE in_period) AS campaigns,
        click_through_rate_ci(clicks, impressions) FILTER (WHERE in_period) AS clicked,
        conversion_rate_ci(conversions, clicks) FILTER (WHERE in_period) AS converted,
        SUM(cost) FILTER (WHERE in_period) AS cost,
        COUNT(*) FILTER (WHERE in_period AND cost IS NULL) AS campaigns_without_cost,
        SUM(revenue) FILTER (WHERE in_period) AS revenue,
        -- Of the campaigns whose cost is known.
        roi(gain, cost) FILTER (WHERE in_period) AS roi,
        SUM(conversions) FILTER (WHERE in_period AND cost IS NOT NULL) AS conversions_with_cost,
        COUNT(*) FILTER (WHERE in_previous) AS campaigns_previous,
        click_through_rate(clicks, impressions) FILTER (WHERE in_previous)
            AS click_through_rate_previous,
        conversion_rate(conversions, clicks) FILTER (WHERE in_previous)
            AS conversion_rate_previous,
        SUM(cost) FILTER (WHERE in_previous) AS cost_previous,
        roi(gain, cost) FILTER (WHERE in_previous) AS roi_previous,
        COUNT(*) FILTER (WHERE a_year_before) AS campaigns_a_year_before,
        click_through_rate(clicks, impressions) FILTER (WHERE a_year_before)
            AS click_through_rate_a_year_before,
        conversion_rate(conversions, clicks) FILTER (WHERE a_year_before)
            AS conversion_rate_a_year_before,
        SUM(cost) FILTER (WHERE a_year_before) AS cost_a_year_before,
        roi(gain, cost) FILTER (WHERE a_year_before) AS roi_a_year_before
    FROM gains
    GROUP BY channel
)

SELECT
    channel,
    campaigns,
    clicked['estimate'] AS click_through_rate,
    clicked['low'] AS click_through_rate_low,
    clicked['high'] AS click_through_rate_high,
    converted['estimate'] AS conversion_rate,
    converted['low'] AS conversion_rate_low,
    converted['high'] AS conversion_rate_high,
    clicked['n'] AS impressions,
    clicked['hits'] AS clicks,
    converted['hits'] AS conversions,
    cost,
    campaigns_without_cost,
    CAST(cost AS DOUBLE) / NULLIF(conversions_with_cost, 0) AS cost_per_conversion,
    revenue,
    roi,
    campaigns_previous,
    click_through_rate_previous,
    conversion_rate_previous,
    cost_previous,
    roi_previous,
    campaigns_a_year_before,
    click_through_rate_a_year_before,
    conversion_rate_a_year_before,
    cost_a_year_before,
    roi_a_year_before
FROM compared
ORDER BY channel
