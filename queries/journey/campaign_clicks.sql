/*---
title: Clicks of campaigns
description: In which channel are our campaigns clicked most often per impression?
params:
  from: {type: date, default: 2025-07-01, description: first day on which a campaign started}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [channel, name]
    default: channel
    description: what to compare
grain: [segment]
checks:
  - assert: clicks <= impressions
  # Sure to be clicked less than half as often as a year before: renew what the campaigns show.
  - assert: COALESCE(click_through_rate_high >= click_through_rate_a_year_before / 2, TRUE)
    severity: warn
---*/
WITH compared AS (
    SELECT
        *,
        starts_on >= $from AND starts_on < $to AS in_period,
        starts_on >= $from - ($to - $from) AND starts_on < $from AS in_previous,
        starts_on >= $from - INTERVAL '1 year' AND starts_on < $to - INTERVAL '1 year'
            AS a_year_before
    FROM campaigns
),

-- The interval takes each impression for a case of its own.
summed AS (
    SELECT
        $by AS segment,
        COUNT(*) FILTER (WHERE in_period) AS campaigns,
        click_through_rate_ci(clicks, impressions) FILTER (WHERE in_period) AS rate,
        COUNT(*) FILTER (WHERE in_previous) AS campaigns_previous,
        click_through_rate_ci(clicks, impressions) FILTER (WHERE in_previous) AS rate_previous,
        COUNT(*) FILTER (WHERE a_year_before) AS campaigns_a_year_before,
        click_through_rate_ci(clicks, impressions) FILTER (WHERE a_year_before)
            AS rate_a_year_before
    FROM compared
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
)

SELECT
    segment,
    campaigns,
    COALESCE(rate['hits'], 0) AS clicks,
    COALESCE(rate['n'], 0) AS impressions,
    rate['estimate'] AS click_through_rate,
    rate['low'] AS click_through_rate_low,
    rate['high'] AS click_through_rate_high,
    campaigns_previous,
    rate_previous['n'] AS impressions_previous,
    rate_previous['estimate'] AS click_through_rate_previous,
    campaigns_a_year_before,
    rate_a_year_before['n'] AS impressions_a_year_before,
    rate_a_year_before['estimate'] AS click_through_rate_a_year_before
FROM summed
ORDER BY segment
