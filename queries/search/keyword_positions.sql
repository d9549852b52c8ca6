/*---
title: Positions of tracked keywords
description: At which position are we found for each keyword, and did we rise or fall?
params:
  month: {type: date, default: 2025-12-01, description: first day of the month}
grain: [keyword]
checks:
  - not_null: landing_page
  # Three places lost since the month before, or no longer found: look at the landing page.
  - {assert: "position_previous IS NULL OR COALESCE(risen >= -3, FALSE)", severity: warn}
---*/
WITH compared AS (
    SELECT
        keyword,
        branded,
        landing_page,
        position,
        impressions,
        clicks,
        month = $month AS in_period,
        month = $month - INTERVAL '1 month' AS in_previous,
        month = $month - INTERVAL '1 year' AS a_year_before
    FROM search_positions
),

-- A position that is NULL is not among the first fifty: such a keyword has no impressions either.
summed AS (
    SELECT
        keyword,
        BOOL_OR(branded) AS branded,
        MAX(landing_page) FILTER (WHERE in_period) AS landing_page,
        MAX(position) FILTER (WHERE in_period) AS position,
        MAX(position) FILTER (WHERE in_previous) AS position_previous,
        MAX(position) FILTER (WHERE a_year_before) AS position_a_year_before,
        SUM(impressions) FILTER (WHERE in_period) AS impressions,
        SUM(clicks) FILTER (WHERE in_period) AS clicks,
        click_through_rate_ci(clicks, impressions) FILTER (WHERE in_period) AS rate,
        SUM(clicks) FILTER (WHERE in_previous) AS clicks_previous,
        SUM(clicks) FILTER (WHERE a_year_before) AS clicks_a_year_before,
        click_through_rate(clicks, impressions) FILTER (WHERE a_year_before)
            AS click_through_rate_a_year_before
    FROM compared
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY keyword
)

SELECT
    keyword,
    branded,
    landing_page,
    position,
    position_previous,
    -- Upwards is a smaller number.
    ROUND(position_previous - position, 1) AS risen,
    position_a_year_before,
    ROUND(position_a_year_before - position, 1) AS risen_since_a_year_before,
    impressions,
    clicks,
    rate['estimate'] AS click_through_rate,
    rate['low'] AS click_through_rate_low,
    rate['high'] AS click_through_rate_high,
    clicks_previous,
    clicks_a_year_before,
    click_through_rate_a_year_before
FROM summed
ORDER BY keyword
