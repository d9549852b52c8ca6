/*---
title: Mails by month
description: How many of the mails sent in each month were opened, clicked, or led to a goodbye?
params:
  from: {type: date, default: 2025-01-01, description: first month}
  # The mails of the last days of the lake have had less time to be opened.
  to: {type: date, default: 2026-01-01, description: the month after the last}
  by:
    type: identifier
    enum: [segment, country, channel, account_manager]
    default: segment
    description: what to compare
grain: [month, segment]
checks:
  - assert: opened <= sent
  - assert: clicked <= sent
  # Sure to lose more than one receiver in fifty in a month: send less, or to fewer.
  - {assert: unsubscribe_rate_low <= 2, severity: warn}
---*/
WITH by_month AS (
    SELECT
        CAST(date_trunc('month', sent_at) AS DATE) AS month,
        $by AS segment,
        open_rate_ci(opened_at IS NOT NULL) AS opens,
        click_through_rate_ci(clicked_at IS NOT NULL) AS clicks,
        click_to_open_rate_ci(opened_at IS NOT NULL, clicked_at IS NOT NULL) AS clicks_of_opens,
        unsubscribe_rate_ci(unsubscribed) AS unsubscribes
    FROM email_sends
    JOIN customers USING (customer_id)
    WHERE sent_at >= $from - INTERVAL '1 year' AND sent_at < $to
    GROUP BY date_trunc('month', sent_at), $by
)

SELECT
    this.month,
    this.segment,
    this.opens['n'] AS sent,
    this.opens['hits'] AS opened,
    this.clicks['hits'] AS clicked,
    this.unsubscribes['hits'] AS unsubscribed,
    this.opens['estimate'] AS open_rate,
    this.opens['low'] AS open_rate_low,
    this.opens['high'] AS open_rate_high,
    this.clicks['estimate'] AS click_through_rate,
    this.clicks['low'] AS click_through_rate_low,
    this.clicks['high'] AS click_through_rate_high,
    this.clicks_of_opens['estimate'] AS click_to_open_rate,
    this.clicks_of_opens['low'] AS click_to_open_rate_low,
    this.clicks_of_opens['high'] AS click_to_open_rate_high,
    this.unsubscribes['estimate'] AS unsubscribe_rate,
    this.unsubscribes['low'] AS unsubscribe_rate_low,
    this.unsubscribes['high'] AS unsubscribe_rate_high,
    previous.opens['n'] AS sent_previous,
    previous.opens['estimate'] AS open_rate_previous,
    previous.clicks['estimate'] AS click_through_rate_previous,
    previous.clicks_of_opens['estimate'] AS click_to_open_rate_previous,
    previous.unsubscribes['estimate'] AS unsubscribe_rate_previous,
    a_year_before.opens['n'] AS sent_a_year_before,
    a_year_before.opens['estimate'] AS open_rate_a_year_before,
    a_year_before.clicks['estimate'] AS click_through_rate_a_year_before,
    a_year_before.clicks_of_opens['estimate'] AS click_to_open_rate_a_year_before,
    a_year_before.unsubscribes['estimate'] AS unsubscribe_rate_a_year_before
FROM by_month AS this
LEFT JOIN by_month AS previous
    ON previous.month = this.month - INTERVAL '1 month'
    AND previous.segment IS NOT DISTINCT FROM this.segment
LEFT JOIN by_month AS a_year_before
    ON a_year_before.month = this.month - INTERVAL '1 year'
    AND a_year_before.segment IS NOT DISTINCT FROM this.segment
WHERE this.month >= $from AND this.month < $to
ORDER BY month, segment
