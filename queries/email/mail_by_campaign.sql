/*---
title: Mails by campaign
description: Which mails are opened and clicked most, and which drive receivers away?
params:
  from: {type: date, default: 2025-07-01, description: first day of sending}
  to: {type: date, default: 2026-01-01, description: the day after the last}
  by:
    type: identifier
    enum: [campaign, series, segment, country, account_manager]
    default: campaign
    description: what to compare; a campaign stands beside the one a year before
grain: [segment]
checks:
  - assert: opened <= sent
  # Sure to be clicked less than once in fifty mails: not worth the place in the inbox.
  - {assert: click_through_rate_high >= 2, severity: warn}
---*/
WITH mails AS (
    SELECT
        -- 'Newsletter 2025-07' and 'Newsletter 2024-07' are the same campaign of two years.
        TRIM(regexp_replace(campaigns.name, ' [0-9]{4}-?[ ]?', ' ')) AS campaign,
        regexp_replace(campaigns.name, ' [0-9]{4}.*', '') AS series,
        segment,
        country,
        account_manager,
        opened_at IS NOT NULL AS opened,
        clicked_at IS NOT NULL AS clicked,
        unsubscribed,
        sent_at >= $from AND sent_at < $to AS in_period,
        sent_at >= $from - ($to - $from) AND sent_at < $from AS in_previous,
        sent_at >= $from - INTERVAL '1 year' AND sent_at < $to - INTERVAL '1 year'
            AS a_year_before
    FROM email_sends
    JOIN campaigns USING (campaign_id)
    JOIN customers USING (customer_id)
),

summed AS (
    SELECT
        $by AS segment,
        open_rate_ci(opened) FILTER (WHERE in_period) AS opens,
        click_through_rate_ci(clicked) FILTER (WHERE in_period) AS clicks,
        click_to_open_rate_ci(opened, clicked) FILTER (WHERE in_period) AS clicks_of_opens,
        unsubscribe_rate_ci(unsubscribed) FILTER (WHERE in_period) AS unsubscribes,
        open_rate_ci(opened) FILTER (WHERE in_previous) AS opens_previous,
        click_through_rate_ci(clicked) FILTER (WHERE in_previous) AS clicks_previous,
        open_rate_ci(opened) FILTER (WHERE a_year_before) AS opens_a_year_before,
        click_through_rate_ci(clicked) FILTER (WHERE a_year_before) AS clicks_a_year_before,
        unsubscribe_rate_ci(unsubscribed) FILTER (WHERE a_year_before)
            AS unsubscribes_a_year_before
    FROM mails
    WHERE in_period OR in_previous OR a_year_before
    GROUP BY $by
)

SELECT
    segment,
    opens['n'] AS sent,
    opens['hits'] AS opened,
    clicks['hits'] AS clicked,
    unsubscribes['hits'] AS unsubscribed,
    opens['estimate'] AS open_rate,
    opens['low'] AS open_rate_low,
    opens['high'] AS open_rate_high,
    clicks['estimate'] AS click_through_rate,
    clicks['low'] AS click_through_rate_low,
    clicks['high'] AS click_through_rate_high,
    clicks_of_opens['estimate'] AS click_to_open_rate,
    clicks_of_opens['low'] AS click_to_open_rate_low,
    clicks_of_opens['high'] AS click_to_open_rate_high,
    unsubscribes['estimate'] AS unsubscribe_rate,
    unsubscribes['low'] AS unsubscribe_rate_low,
    unsubscribes['high'] AS unsubscribe_rate_high,
    opens_previous['n'] AS sent_previous,
    opens_previous['estimate'] AS open_rate_previous,
    clicks_previous['estimate'] AS click_through_rate_previous,
    opens_a_year_before['n'] AS sent_a_year_before,
    opens_a_year_before['estimate'] AS open_rate_a_year_before,
    clicks_a_year_before['estimate'] AS click_through_rate_a_year_before,
    unsubscribes_a_year_before['estimate'] AS unsubscribe_rate_a_year_before
FROM summed
WHERE opens IS NOT NULL
ORDER BY segment
